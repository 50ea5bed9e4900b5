"""All at once: tenants, buyers with UUIDs, pence, currencies, refunds, several sections."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import DateField, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Coalesce

from django_clvrec.sources import PurchaseSource, register
from tests.awkward_shop.models import Line, Placing, Rate

day = Cast(OuterRef("order__placed_at"), DateField())
rates = Rate.objects.filter(currency=OuterRef("order__currency"), day__lte=day).order_by("-day")
refunds = Line.objects.filter(refunded=OuterRef("pk")).values("refunded")
paid_back = refunds.annotate(back=Sum("pence")).values("back")
places = Placing.objects.filter(product=OuterRef("product_id")).order_by("position", "section")


class AwkwardPurchases(PurchaseSource):
    """What one tenant sold; its name is the tenant's host."""

    customer = "order__buyer_id"
    order = "order_id"
    purchased_at = "order__placed_at"
    revenue = (
        (F("pence") * F("quantity") + Coalesce(Subquery(paid_back), 0))
        * Decimal("0.01")
        * Subquery(rates.values("pounds")[:1])
    )
    items = {"section": Subquery(places.values("section")[:1]), "product": "product_id"}

    def item_rows(self, level: str) -> QuerySet[Any, Any] | None:
        rows = super().item_rows(level)
        return rows if rows is None or level != "product" else rows.filter(site__domain=self.name)


def register_tenants() -> None:
    """One source for each host; the tests' own settings have none."""
    for host in getattr(settings, "TENANTS", ()):
        lines = Line.objects.filter(
            order__status="paid", order__site__domain=host, refunded=None,
            order__buyer__deleted_at=None,
        )  # fmt: skip
        register(type("AwkwardPurchases", (AwkwardPurchases,), {"name": host, "queryset": lines}))


register_tenants()
