"""From a purchase source to a purchase log in Parquet, block by block in flat memory.

    queryset on PostgreSQL ──copying──┐
    queryset elsewhere ────iterating──┼─▶ raw lines ─▶ LineRules ─▶ lines.parquet
    Parquet dataset ────────datasets──┘

Each way in gives the same raw lines in the same order, and so the same log to the last byte.
Where something learns from feedback, what was shown is written beside it.
"""

from django_clvrec.extract.copying import is_busy
from django_clvrec.extract.log import extract, extract_strange, line_count
from django_clvrec.extract.shown import extract_shown

__all__ = ["extract", "extract_shown", "extract_strange", "is_busy", "line_count"]
