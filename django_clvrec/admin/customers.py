"""Customers of the live snapshot: RFM, scores, tier, purchases and recommendations."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import floatformat
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

from django_clvrec.admin.explorer import Explorer
from django_clvrec.admin.held import held_urls
from django_clvrec.admin.single import single_urls
from django_clvrec.models import CustomerScore, segment_label
from django_clvrec.office.customer import customer_page
from django_clvrec.office.names import names_of


@admin.register(CustomerScore)
class CustomerScoreAdmin(Explorer):
    """Find a customer by tier, score or key, and see why they are where they are."""

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
        return str(floatformat(row.monetary_value, "2g"))

    def get_urls(self) -> list[URLPattern]:
        return [*single_urls(self), *held_urls(self), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CustomerScore]:
        return super().get_queryset(request).filter(snapshot__live_of__isnull=False)

    def page_context(self, row: CustomerScore) -> dict[str, Any]:
        return customer_page(row)
