"""Snapshots, which of them is live, and what every row of one knows."""

from typing import Any, Self

from django.db import connections, models, router
from django.utils.translation import gettext_lazy as _

from django_clvrec.models.choices import KEY_LENGTH
from django_clvrec.models.exact import ExactCharField


def write_database() -> str:
    """The database that holds snapshots: a transaction must be on that one."""
    return router.db_for_write(Snapshot)


def is_private() -> bool:
    """Whether that database is in this process's memory, where nobody else writes."""
    connection: Any = connections[write_database()]
    return connection.vendor == "sqlite" and bool(connection.is_in_memory_db())


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    """Snapshots by where they stand."""

    def live(self, source: str | None = None) -> Self:
        """The snapshot that is served, of one source or of each."""
        found = self.filter(live_of__isnull=False)
        return found if source is None else found.filter(source=source)

    def cancelled(self) -> Self:
        """Those of which somebody has asked that they end."""
        return self.exclude(cancelled_by="")


class Snapshot(models.Model):
    """One immutable result of a refresh, or the record of one that runs or failed."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")
        HELD = "held", _("Held back")
        EXPIRED = "expired", _("Being removed")

    source = ExactCharField(_("source"), max_length=KEY_LENGTH)
    engine = models.CharField(_("engine"), max_length=KEY_LENGTH)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    as_of = models.DateTimeField(_("as of"))
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    stage = models.CharField(_("stage"), max_length=100, blank=True)
    done = models.PositiveBigIntegerField(_("done"), default=0)
    total = models.PositiveBigIntegerField(_("total"), default=0)
    holder = ExactCharField(max_length=KEY_LENGTH, blank=True)
    """Which process runs it, so that the next refresh can tell whether that still lives."""
    request = ExactCharField(max_length=KEY_LENGTH, blank=True)
    """Whose wish it fulfils, such as the id of a Celery task; a wish is not fulfilled twice."""
    heartbeat_at = models.DateTimeField(null=True)
    folder = models.CharField(max_length=1000, blank=True)
    """Where its files lie while it runs, so that the next refresh can clean up."""
    error = models.TextField(_("error"), blank=True)
    report = models.JSONField(_("report"), default=dict)
    """What `clvrec_refresh --json` prints, and the elbow curves."""
    cancelled_by = models.CharField(_("cancelled by"), max_length=KEY_LENGTH, blank=True)
    """Who asked for its end while it ran; the refresh sees it at its next step."""
    plan = models.JSONField(default=dict)
    """Who serves whom, by parameters and weights: what the next refresh may build on."""

    revision = models.PositiveBigIntegerField(default=0, db_default=0)
    """Of its source: who was erased up to there is not in it."""

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        ordering = ("-pk",)
        permissions = (
            ("run_refresh", _("Can start and cancel refreshes")),
            ("activate_snapshot", _("Can choose which snapshot is live")),
        )

    def __str__(self) -> str:
        return f"{self.source} #{self.pk}"

    @property
    def is_live(self) -> bool:
        return SourceState.objects.filter(live=self).exists()


class SourceState(models.Model):
    """The two pointers of a source: which snapshot is live, and which one is being made.

    Both change by one conditional UPDATE, which is atomic on every database.
    """

    source = ExactCharField(primary_key=True, max_length=KEY_LENGTH)
    live = models.OneToOneField(
        Snapshot, on_delete=models.PROTECT, null=True, related_name="live_of"
    )
    running = models.OneToOneField(
        Snapshot, on_delete=models.SET_NULL, null=True, related_name="running_of"
    )
    revision = models.PositiveBigIntegerField(default=0, db_default=0)
    """How often customers were erased: what processes hold of an older one is read anew."""

    def __str__(self) -> str:
        return self.source


class OfSnapshotQuerySet(models.QuerySet[Any]):
    """Rows that belong to a snapshot."""

    def live(self, source: str | None = None) -> Self:
        """The rows that are served now, of one source or of each."""
        found = self.filter(snapshot__live_of__isnull=False)
        return found if source is None else found.filter(snapshot__source=source)


class SnapshotArray(models.Model):
    """A part of an `.npz` archive: arrays are kept in parts that every database can store."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="arrays")
    name = ExactCharField(max_length=200)
    part = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("snapshot", "name", "part"), name="clvrec_array_once"),
        )

    def __str__(self) -> str:
        return f"{self.name}/{self.part}"
