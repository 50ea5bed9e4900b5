"""Changes of tier and of segment, the newest first."""

from django.contrib import admin

from django_clvrec.admin.base import ReadOnly
from django_clvrec.models import SegmentChange, TierChange


@admin.register(TierChange)
class TierChangeAdmin(ReadOnly):
    """Who has moved, from where to where, when and why."""

    list_display = ("customer_key", "from_tier", "to_tier", "cause", "changed_at", "source")
    list_filter = ("cause", "from_tier", "to_tier", "source")
    search_fields = ("customer_key__startswith",)
    show_full_result_count = False


@admin.register(SegmentChange)
class SegmentChangeAdmin(ReadOnly):
    """Who stands in another segment than before the last refresh."""

    list_display = ("customer_key", "from_segment", "to_segment", "changed_at", "source")
    list_filter = ("to_segment", "from_segment", "source")
    search_fields = ("customer_key__startswith",)
    show_full_result_count = False
