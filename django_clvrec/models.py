"""What a refresh leaves behind: snapshots, and under each its scores, lists and arrays.

Customers and items are opaque keys, never foreign keys to the host's models: any primary key
fits, and migrations never depend on the host.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Self

from django.db import models, router
from django.utils.translation import gettext_lazy as _

from django_clvrec.core.ranking import AGAIN, DISCOVER, MIXED
from django_clvrec.core.tiers import NEW

KEY_LENGTH = 255
LEVEL_LENGTH = 100


def write_database() -> str:
    """The database that holds snapshots: a transaction must be on that one."""
    return router.db_for_write(Snapshot)


class Tier(models.TextChoices):
    """The four tiers a customer can be in."""

    NEW = NEW, _("New")
    LOW = "low", _("Low value")
    MID = "mid", _("Mid value")
    HIGH = "high", _("High value")


class Intent(models.TextChoices):
    """What a list is for."""

    DISCOVER = DISCOVER, _("Discover")
    AGAIN = AGAIN, _("Buy again")
    MIXED = MIXED, _("Mixed")


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    """Snapshots by where they stand."""

    def live(self, source: str | None = None) -> Self:
        """The snapshot that is served, of one source or of each."""
        found = self.filter(live_of__isnull=False)
        return found if source is None else found.filter(source=source)


class Snapshot(models.Model):
    """One immutable result of a refresh, or the record of one that runs or failed."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")
        HELD = "held", _("Held back")
        EXPIRED = "expired", _("Being removed")

    source = models.CharField(_("source"), max_length=KEY_LENGTH)
    engine = models.CharField(_("engine"), max_length=KEY_LENGTH)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    as_of = models.DateTimeField(_("as of"))
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    stage = models.CharField(_("stage"), max_length=100, blank=True)
    done = models.PositiveBigIntegerField(_("done"), default=0)
    total = models.PositiveBigIntegerField(_("total"), default=0)
    holder = models.CharField(max_length=KEY_LENGTH, blank=True)
    """Which process runs it, so that the next refresh can tell whether that still lives."""
    request = models.CharField(max_length=KEY_LENGTH, blank=True)
    """Whose wish it fulfils, such as the id of a Celery task; a wish is not fulfilled twice."""
    heartbeat_at = models.DateTimeField(null=True)
    folder = models.CharField(max_length=1000, blank=True)
    """Where its files lie while it runs, so that the next refresh can clean up."""
    error = models.TextField(_("error"), blank=True)
    report = models.JSONField(_("report"), default=dict)
    """What `clvrec_refresh --json` prints, and the elbow curves."""
    plan = models.JSONField(default=dict)
    """Who serves whom, by parameters and weights: what the next refresh may build on."""

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.source} #{self.pk}"

    @property
    def is_live(self) -> bool:
        return SourceState.objects.filter(live=self).exists()


class SourceState(models.Model):
    """The two pointers of a source: which snapshot is live, and which one is being made.

    Both change by one conditional UPDATE, which is atomic on every database.
    """

    source = models.CharField(primary_key=True, max_length=KEY_LENGTH)
    live = models.OneToOneField(
        Snapshot, on_delete=models.PROTECT, null=True, related_name="live_of"
    )
    running = models.OneToOneField(
        Snapshot, on_delete=models.SET_NULL, null=True, related_name="running_of"
    )

    def __str__(self) -> str:
        return self.source


class OfSnapshotQuerySet(models.QuerySet[Any]):
    """Rows that belong to a snapshot."""

    def live(self, source: str | None = None) -> Self:
        """The rows that are served now, of one source or of each."""
        found = self.filter(snapshot__live_of__isnull=False)
        return found if source is None else found.filter(snapshot__source=source)


class CustomerScoreQuerySet(OfSnapshotQuerySet):
    """Scores, and what they say of each tier."""

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
    """One customer in one snapshot: RFM, scores and tier."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="scores")
    customer_key = models.CharField(_("customer"), max_length=KEY_LENGTH)
    recency_days = models.IntegerField(_("recency (days)"))
    frequency = models.IntegerField(_("orders"))
    monetary_value = models.DecimalField(_("monetary value"), max_digits=24, decimal_places=4)
    age_days = models.IntegerField(_("customer for (days)"))
    recency_score = models.PositiveSmallIntegerField(_("recency score"))
    frequency_score = models.PositiveSmallIntegerField(_("frequency score"))
    monetary_score = models.PositiveSmallIntegerField(_("monetary score"))
    overall_score = models.PositiveSmallIntegerField(_("overall score"))
    tier = models.CharField(_("tier"), max_length=10, choices=Tier)

    objects = CustomerScoreQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ("-overall_score", "customer_key")
        constraints = (
            models.UniqueConstraint(fields=("snapshot", "customer_key"), name="clvrec_score_once"),
        )
        indexes = (
            models.Index(fields=("snapshot", "tier", "overall_score"), name="clvrec_score_tier"),
            models.Index(
                fields=("snapshot", "overall_score", "customer_key"), name="clvrec_score_overall"
            ),
        )

    def __str__(self) -> str:
        return self.customer_key


class ItemList(models.Model):
    """An ordered list of items with their scores."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE)
    level = models.CharField(_("level"), max_length=LEVEL_LENGTH)
    items = models.JSONField(_("items"))
    """`[[item key, score], …]`, best first."""

    objects = OfSnapshotQuerySet.as_manager()

    class Meta:
        abstract = True

    def pairs(self) -> Sequence[tuple[str, float]]:
        return [(key, score) for key, score in self.items]


class Recommendation(ItemList):
    """What a customer is recommended at one level, for one intent."""

    customer_key = models.CharField(_("customer"), max_length=KEY_LENGTH)
    intent = models.CharField(_("intent"), max_length=10, choices=Intent)
    model = models.CharField(_("model"), max_length=100)

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        constraints = (
            models.UniqueConstraint(
                fields=("snapshot", "customer_key", "level", "intent"), name="clvrec_list_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.customer_key}: {self.level}, {self.intent}"


class PopularItems(ItemList):
    """What is popular at one level: in one tier, or over all customers where it is empty.

    There is none for the tier `new`, whose customers get the overall one.
    """

    tier = models.CharField(_("tier"), max_length=10, choices=Tier, blank=True)

    class Meta:
        verbose_name = _("popular items")
        verbose_name_plural = _("popular items")
        constraints = (
            models.UniqueConstraint(
                fields=("snapshot", "level", "tier"), name="clvrec_popular_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.level} {self.tier}".strip()


class SnapshotArray(models.Model):
    """A part of an `.npz` archive: arrays are kept in parts that every database can store."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="arrays")
    name = models.CharField(max_length=200)
    part = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("snapshot", "name", "part"), name="clvrec_array_once"),
        )

    def __str__(self) -> str:
        return f"{self.name}/{self.part}"
