"""How customers move through tiers and segments: where they stand now, and every change."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from django_clvrec.models.choices import KEY_LENGTH, SEGMENT_LENGTH, Tier
from django_clvrec.models.exact import ExactCharField
from django_clvrec.models.keys import CustomerKeyField
from django_clvrec.models.snapshots import Snapshot


class CurrentTier(models.Model):
    """The tier of a customer who has moved since a snapshot; others are where it put them."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE)
    customer_key = CustomerKeyField(_("customer"), max_length=KEY_LENGTH)
    tier = models.CharField(_("tier"), max_length=10, choices=Tier)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("snapshot", "customer_key"), name="clvrec_current_tier_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.customer_key}: {self.tier}"


class TierChange(models.Model):
    """One customer left one tier for another. It outlives the snapshots that it lies between."""

    class Cause(models.TextChoices):
        ORDER = "order", pgettext_lazy("a purchase", "Order")
        AGEING = "ageing", _("Time passed")
        REFRESH = "refresh", _("Refresh")
        ACTIVATION = "activation", _("Another snapshot made live")

    source = ExactCharField(_("source"), max_length=KEY_LENGTH)
    customer_key = CustomerKeyField(_("customer"), max_length=KEY_LENGTH)
    from_tier = models.CharField(_("from"), max_length=10, choices=Tier)
    to_tier = models.CharField(_("to"), max_length=10, choices=Tier)
    cause = models.CharField(_("cause"), max_length=10, choices=Cause)
    changed_at = models.DateTimeField(_("changed at"))
    snapshot_id = models.BigIntegerField(_("snapshot"))
    """Whose cut points decided; no foreign key, for snapshots are removed and history is not."""

    class Meta:
        verbose_name = _("tier change")
        verbose_name_plural = _("tier changes")
        ordering = ("-changed_at", "-pk")
        indexes = (
            models.Index(fields=("source", "customer_key"), name="clvrec_change_customer"),
            models.Index(fields=("source", "changed_at"), name="clvrec_change_time"),
        )

    def __str__(self) -> str:
        return f"{self.customer_key}: {self.from_tier} → {self.to_tier}"


class SegmentChange(models.Model):
    """One customer stands in another segment than in the snapshot that was live before."""

    source = ExactCharField(_("source"), max_length=KEY_LENGTH)
    customer_key = CustomerKeyField(_("customer"), max_length=KEY_LENGTH)
    from_segment = ExactCharField(_("from"), max_length=SEGMENT_LENGTH, blank=True)
    """Empty for who was not known before."""
    to_segment = ExactCharField(_("to"), max_length=SEGMENT_LENGTH)
    changed_at = models.DateTimeField(_("changed at"))
    snapshot_id = models.BigIntegerField(_("snapshot"))

    class Meta:
        verbose_name = _("segment change")
        verbose_name_plural = _("segment changes")
        ordering = ("-changed_at", "-pk")
        indexes = (
            models.Index(fields=("source", "customer_key"), name="clvrec_segment_customer"),
            models.Index(fields=("source", "changed_at"), name="clvrec_segment_time"),
        )

    def __str__(self) -> str:
        return f"{self.customer_key}: {self.from_segment} → {self.to_segment}"
