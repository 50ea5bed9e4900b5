"""Pages of long lists: no count and no page goes deeper than somebody turns pages."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property
from rest_framework.pagination import PageNumberPagination

MOST_ROWS = 10_000
"""A page further on would have the database pass over all rows before; `after` goes on there."""


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts so far and no further."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:MOST_ROWS].count())


class Pages(PageNumberPagination):
    """Pages of customers."""

    django_paginator_class = BoundedPaginator
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500


class SnapshotPages(Pages):
    """Pages of snapshots, each of which has a report of some hundred kilobytes."""

    max_page_size = 50
