"""Customers of a snapshot: RFM, scores, tier, segment and what is expected of them."""

from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from django_clvrec.models.choices import KEY_LENGTH, SEGMENT_LENGTH, Tier
from django_clvrec.models.exact import ExactCharField
from django_clvrec.models.keys import CustomerKeyField
from django_clvrec.models.snapshots import OfSnapshotQuerySet, Snapshot


class CustomerScoreQuerySet(OfSnapshotQuerySet):
    """Scores, and what they say of each tier."""

    def in_tier(self, *tiers: str) -> Self:
        """Customers of any of `tiers`, as the snapshot has them."""
        return self.filter(tier__in=tiers)

    def in_segment(self, *segments: str) -> Self:
        """Customers of any of `segments`."""
        return self.filter(segment__in=segments)

    def segment_means(self) -> list[dict[str, Any]]:
        """Size, revenue and forecasts of every segment that has customers. One query."""
        return list(
            self.order_by("segment")
            .values("segment")
            .annotate(
                customers=models.Count("pk"),
                revenue=models.Sum("monetary_value"),
                recency_days=models.Avg("recency_days"),
                frequency=models.Avg("frequency"),
                mean_expected_orders=models.Avg("expected_orders"),
                total_clv=models.Sum("clv"),
                mean_clv=models.Avg("clv"),
            )
        )

    def tier_means(self) -> list[dict[str, Any]]:
        """Size, revenue and means of every tier, the empty ones too. One query."""
        rows = self.order_by().values("tier").annotate(
            customers=models.Count("pk"),
            revenue=models.Sum("monetary_value"),
            recency_days=models.Avg("recency_days"),
            frequency=models.Avg("frequency"),
            monetary_value=models.Avg("monetary_value"),
        )  # fmt: skip
        found = {row["tier"]: row for row in rows}
        total = sum(row["revenue"] for row in found.values())
        empty = {"customers": 0, "revenue": Decimal(0), "recency_days": None, "frequency": None}
        empty |= {"monetary_value": None}
        return [
            empty
            | found.get(tier, {"tier": tier})
            | {
                "revenue_share": float(found[tier]["revenue"] / total)
                if tier in found and total
                else 0.0
            }
            for tier in Tier.values
        ]


class CustomerScore(models.Model):
    """One customer in one snapshot: RFM, scores, tier, segment and forecasts."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="scores")
    customer_key = CustomerKeyField(_("customer"), max_length=KEY_LENGTH)
    recency_days = models.IntegerField(_("recency (days)"))
    frequency = models.IntegerField(_("orders"))
    monetary_value = models.DecimalField(_("monetary value"), max_digits=24, decimal_places=4)
    age_days = models.IntegerField(_("customer for (days)"))
    recency_score = models.PositiveSmallIntegerField(_("recency score"))
    frequency_score = models.PositiveSmallIntegerField(_("frequency score"))
    monetary_score = models.PositiveSmallIntegerField(_("monetary score"))
    overall_score = models.PositiveSmallIntegerField(_("overall score"))
    tier = models.CharField(_("tier"), max_length=10, choices=Tier)
    segment = ExactCharField(_("segment"), max_length=SEGMENT_LENGTH, blank=True, db_default="")
    """Its name in the table of segments; empty in snapshots that are older than segments."""
    order_days = models.IntegerField(_("days with an order"), null=True)
    expected_orders = models.FloatField(_("expected orders"), null=True)
    """Within the horizon; like all forecasts None where there was too little to learn from."""
    p_alive = models.FloatField(_("P(alive)"), null=True)
    clv = models.FloatField(_("customer lifetime value"), null=True)
    """Expected discounted revenue within the horizon; in 90 of 100 cases it lies between
    `clv_low` and `clv_high`."""
    clv_low = models.FloatField(_("at least"), null=True)
    clv_high = models.FloatField(_("at most"), null=True)

    objects = CustomerScoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ("-overall_score", "customer_key")
        permissions = (
            ("export_customerscore", _("Can export customers")),
            ("erase_customer", _("Can erase what is kept of a customer")),
        )
        constraints = (
            models.UniqueConstraint(fields=("snapshot", "customer_key"), name="clvrec_score_once"),
        )
        indexes = (
            models.Index(fields=("snapshot", "tier", "overall_score"), name="clvrec_score_tier"),
            models.Index(
                fields=("snapshot", "overall_score", "customer_key"), name="clvrec_score_overall"
            ),
            models.Index(
                fields=("snapshot", "segment", "customer_key"), name="clvrec_score_segment"
            ),
        )

    def __str__(self) -> str:
        return self.customer_key
