"""How far long lists are turned, on pages and by the API."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MOST_ROWS = 10_000
"""A page further on would have the database pass over all rows before: filters lead there."""


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than somebody turns pages."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST_ROWS].count())
