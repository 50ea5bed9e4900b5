"""How items can belong together, for pages that look nothing up."""

TOGETHER, ALSO = "together", "also"
RELATIONS = (TOGETHER, ALSO)
"""together: in the same order; also: by the same customers, whenever."""
