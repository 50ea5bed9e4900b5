"""Pages of long lists: no count and no page goes deeper than somebody turns pages."""

from rest_framework.pagination import PageNumberPagination

from django_clvrec.office.bounds import BoundedPaginator


class Pages(PageNumberPagination):
    """Pages of customers."""

    django_paginator_class = BoundedPaginator
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500


class SnapshotPages(Pages):
    """Pages of snapshots, each of which has a report of some hundred kilobytes."""

    max_page_size = 50
