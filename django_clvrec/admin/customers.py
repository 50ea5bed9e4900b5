"""Customers of the live snapshot: RFM, scores, tier, purchases and recommendations."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import floatformat
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

from django_clvrec.admin.base import ReadOnly
from django_clvrec.admin.single import single_urls
from django_clvrec.exceptions import NoSource
from django_clvrec.models import CustomerScore, Snapshot, Tier, segment_label
from django_clvrec.office.customer import customer_page
from django_clvrec.sources import get_source, registered


class NamedChangeList(ChangeList):
    """A page of customers with the shop's own objects, fetched in one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        named: dict[str, dict[str, Any]] = {}
        for source in {row.snapshot.source for row in rows}:
            keys = [row.customer_key for row in rows if row.snapshot.source == source]
            named[source] = names_of(source, keys)
        for row in rows:
            row.customer = named[row.snapshot.source].get(row.customer_key, "")
        self.result_list = rows


def names_of(source: str, keys: list[str]) -> dict[str, Any]:
    """The shop's customers by key; none where the source is not registered any more."""
    try:
        return get_source(source).customers_in_bulk(keys)
    except NoSource:
        return {}


class SegmentFilter(admin.SimpleListFilter):
    """Segments of the live snapshots that have customers, as its report counted them."""

    title = _("segment")
    parameter_name = "segment"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        reports = Snapshot.objects.live().values_list("report__segments", flat=True)
        names = dict.fromkeys(name for sizes in reports for name in sizes or ())
        return [(name, segment_label(name)) for name in names]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(segment=self.value()) if self.value() else rows


@admin.register(CustomerScore)
class CustomerScoreAdmin(ReadOnly):
    """Find a customer by tier, score or key, and see why they are where they are."""

    list_display = (
        "customer_key", "customer_name", "tier", "overall_score", "segment_name", "revenue",
        "lifetime_value", "recency_days", "frequency",
    )  # fmt: skip
    list_filter = ("tier", SegmentFilter, "overall_score", "snapshot__source")
    search_fields = ("customer_key__startswith",)
    search_help_text = _("The key of a customer, or how it begins")
    list_select_related = ("snapshot",)
    change_list_template = "admin/clvrec/customerscore/change_list.html"
    change_form_template = "admin/clvrec/customerscore/change_form.html"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("customer_key", "customer_name"),
                    ("tier", "overall_score", "segment_name"),
                    "snapshot",
                )
            },
        ),
        (
            _("Recency, frequency, monetary value"),
            {
                "fields": (
                    ("recency_days", "recency_score"),
                    ("frequency", "frequency_score"),
                    ("revenue", "monetary_score"),
                    "age_days",
                )
            },
        ),
        (
            _("Expected"),
            {
                "fields": (("expectation", "lifetime_value", "p_alive_percent"),),
                "description": _(
                    "Who has stopped without saying so shows in few expected orders. P(alive) is "
                    "of little use for that: of who ordered once it is always 100 %."
                ),
            },
        ),
    )  # fmt: skip
    readonly_fields = (
        "customer_name", "revenue", "segment_name", "expectation", "lifetime_value",
        "p_alive_percent",
    )  # fmt: skip

    @admin.display(description=_("segment"), ordering="segment")
    def segment_name(self, row: CustomerScore) -> str:
        return segment_label(row.segment) if row.segment else "–"

    @admin.display(description=_("lifetime value"), ordering="clv")
    def lifetime_value(self, row: CustomerScore) -> str:
        if row.clv is None:
            return "–"
        value = floatformat(row.clv, "2g")
        if row.clv_low is None or row.clv_high is None:
            return value
        return f"{value} ({floatformat(row.clv_low, '0g')} – {floatformat(row.clv_high, '0g')})"

    @admin.display(description=_("expected orders"), ordering="expected_orders")
    def expectation(self, row: CustomerScore) -> str:
        if row.expected_orders is None:
            return "–"
        days = row.snapshot.report.get("lifetime", {}).get("days")
        return _("%(orders)s in %(days)s days") % {
            "orders": floatformat(row.expected_orders, "2g"), "days": days,
        }  # fmt: skip

    @admin.display(description=_("P(alive)"), ordering="p_alive")
    def p_alive_percent(self, row: CustomerScore) -> str:
        return "–" if row.p_alive is None else f"{floatformat(100 * row.p_alive, 0)} %"

    @admin.display(description=_("name"))
    def customer_name(self, row: Any) -> str:
        if not hasattr(row, "customer"):  # the list has fetched all of its customers at once
            row.customer = names_of(row.snapshot.source, [row.customer_key]).get(
                row.customer_key, ""
            )
        return str(row.customer)

    @admin.display(description=_("monetary value"), ordering="monetary_value")
    def revenue(self, row: CustomerScore) -> str:
        return f"{row.monetary_value:,.2f}"

    def get_urls(self) -> list[URLPattern]:
        return [*single_urls(self), *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return NamedChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[CustomerScore]:
        return super().get_queryset(request).filter(snapshot__live_of__isnull=False)

    def _source(self, request: HttpRequest) -> str | None:
        """The source that is looked at: two shops, or two currencies, have no common sum."""
        chosen = request.GET.get("snapshot__source")
        return chosen or next(iter(registered()), None)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        live = CustomerScore.objects.live(self._source(request))
        means, segments = live.tier_means(), live.segment_means()
        rows = [
            row | {"label": Tier(row["tier"]).label, "revenue_percent": 100 * row["revenue_share"]}
            for row in means
        ]
        extra = {
            "tier_means": rows if any(row["customers"] for row in rows) else [],
            "segment_means": [
                row | {"label": segment_label(row["segment"])} for row in segments if row["segment"]
            ],
            "source": self._source(request),
        }
        return super().changelist_view(request, extra | (extra_context or {}))

    def page_context(self, row: CustomerScore) -> dict[str, Any]:
        return customer_page(row)
