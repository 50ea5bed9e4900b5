"""Filters of lists whose choices are known without looking through a large table."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from django_clvrec.models import Snapshot, segment_label
from django_clvrec.sources import registered


class SourceFilter(admin.SimpleListFilter):
    """Registered sources, where there are several."""

    title = _("source")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in registered()]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(source=self.value()) if self.value() else rows


class SegmentFilter(admin.SimpleListFilter):
    """Segments of the live snapshots, as their reports name them."""

    title = _("segment")
    parameter_name = "segment"
    column = "segment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        reports = Snapshot.objects.live().values_list("report__segments", flat=True)
        names = dict.fromkeys(name for sizes in reports for name in sizes or ())
        return [(name, segment_label(name)) for name in names]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(**{self.column: self.value()}) if self.value() else rows


class ToSegmentFilter(SegmentFilter):
    """Where a customer came to stand."""

    title = _("to")
    parameter_name = column = "to_segment"


class FromSegmentFilter(SegmentFilter):
    """Where a customer stood before."""

    title = _("from")
    parameter_name = column = "from_segment"
