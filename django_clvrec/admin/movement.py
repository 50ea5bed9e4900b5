"""Changes of tier and of segment, the newest first."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from django_clvrec.admin.base import OfCustomers, ReadOnly
from django_clvrec.admin.filters import FromSegmentFilter, SourceFilter, ToSegmentFilter
from django_clvrec.models import SegmentChange, TierChange, segment_label
from django_clvrec.pseudonyms import searched


class ByCustomer(ReadOnly):
    """Rows that are found by how a key begins; where they hold pseudonyms, by a whole one."""

    search_fields = ("customer_key__startswith",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, searched(search_term.strip()))


@admin.register(TierChange)
class TierChangeAdmin(OfCustomers, ByCustomer):
    """Who has moved, from where to where, when and why."""

    list_display = ("customer_key", "from_tier", "to_tier", "cause", "changed_at", "source")
    list_filter = ("cause", "from_tier", "to_tier", SourceFilter)
    ordering = ("-pk",)


@admin.register(SegmentChange)
class SegmentChangeAdmin(OfCustomers, ByCustomer):
    """Who stands in another segment than before the last refresh."""

    list_display = ("customer_key", "from_name", "to_name", "changed_at", "source")
    list_filter = (ToSegmentFilter, FromSegmentFilter, SourceFilter)
    ordering = ("-pk",)

    @admin.display(description=_("from"), ordering="from_segment")
    def from_name(self, row: SegmentChange) -> str:
        return segment_label(row.from_segment) if row.from_segment else "–"

    @admin.display(description=_("to"), ordering="to_segment")
    def to_name(self, row: SegmentChange) -> str:
        return segment_label(row.to_segment)
