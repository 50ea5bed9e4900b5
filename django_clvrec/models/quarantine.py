"""Items whose purchases look like a push, and what was decided of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from django_clvrec.models.choices import KEY_LENGTH, LEVEL_LENGTH
from django_clvrec.models.exact import ExactCharField


class Quarantine(models.Model):
    """An item that newcomers bought far more than others did, from one day to another.

    What these newcomers bought of it is not learnt from until somebody lets it count. They stay
    customers, and what they paid stays in their scores.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Undecided")
        CONFIRMED = "confirmed", _("Kept out")
        RELEASED = "released", _("Counts")

    source = ExactCharField(_("source"), max_length=KEY_LENGTH)
    level = ExactCharField(_("level"), max_length=LEVEL_LENGTH)
    item_key = ExactCharField(_("item"), max_length=KEY_LENGTH)
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("until"))
    days = models.PositiveSmallIntegerField(_("days"))
    orders_before = models.PositiveSmallIntegerField(_("orders before"))
    """A newcomer had so many days with orders, at most, that were `days` or more before."""
    buyers = models.PositiveIntegerField(_("buyers"))
    newcomers = models.PositiveIntegerField(_("newcomers"))
    usual = models.FloatField(_("usual share"))
    """The share of newcomers that other items had then, or this one before."""
    chance = models.FloatField(_("chance"))
    """That so many are newcomers, if they came by chance."""
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    snapshot_id = models.BigIntegerField(_("snapshot"))
    """Of the refresh that found it last; no foreign key, for snapshots are removed."""
    found_at = models.DateTimeField(_("found at"), auto_now_add=True)
    decided_by = models.CharField(_("decided by"), max_length=255, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = _("item in quarantine")
        verbose_name_plural = _("items in quarantine")
        ordering = ("-last_day", "pk")
        indexes = (models.Index(fields=("source", "state"), name="clvrec_quarantine_state"),)

    def __str__(self) -> str:
        return f"{self.level} {self.item_key}"
