"""What visitors did with the lists they were shown, by key and nothing else about them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from django_clvrec.models.choices import KEY_LENGTH, LEVEL_LENGTH, Intent, Tier
from django_clvrec.models.exact import ExactCharField
from django_clvrec.models.keys import CustomerKeyField


class ShownList(models.Model):
    """A list that came into somebody's view. Its id is the one in the list's token."""

    id = models.UUIDField(primary_key=True, editable=False)
    subject_key = CustomerKeyField(_("shown to"), max_length=KEY_LENGTH)
    is_customer = models.BooleanField(_("customer"))
    """Whether `subject_key` is a customer's key, or what the policy calls a visitor."""
    level = ExactCharField(_("level"), max_length=LEVEL_LENGTH)
    intent = models.CharField(_("intent"), max_length=10, choices=Intent)
    answer_source = models.CharField(_("source of the answer"), max_length=20)
    """As visitors are told it: never with a tier."""
    snapshot_id = models.BigIntegerField(_("snapshot"))
    """No foreign key, for snapshots are removed and feedback is not."""
    tier = models.CharField(_("tier"), max_length=10, choices=Tier)
    """Where the subject stood when it was shown; looked up on the server."""
    variant = ExactCharField(_("variant"), max_length=LEVEL_LENGTH, blank=True)
    context = ExactCharField(_("context"), max_length=KEY_LENGTH, blank=True)
    items = models.JSONField(_("items"))
    """`[[item key, propensity or null], …]` in the order shown."""
    shown_at = models.DateTimeField(_("shown at"))
    batch = models.UUIDField(editable=False)
    """Which request stored it: of many that try at once, the one that counts it."""

    class Meta:
        verbose_name = _("shown list")
        verbose_name_plural = _("shown lists")
        indexes = (
            models.Index(fields=("subject_key", "shown_at"), name="clvrec_shown_subject"),
            models.Index(fields=("shown_at",), name="clvrec_shown_time"),
            models.Index(fields=("variant", "level", "shown_at"), name="clvrec_shown_variant"),
        )

    def __str__(self) -> str:
        return str(self.pk)


class Feedback(models.Model):
    """An item of a shown list was clicked or bought; each is counted once."""

    class Kind(models.TextChoices):
        CLICKED = "clicked", _("Clicked")
        BOUGHT = "bought", _("Bought")

    shown_list = models.ForeignKey(
        ShownList,
        on_delete=models.CASCADE,
        related_name="feedback",
        db_column="list_id",
        db_constraint=False,  # rows come a thousand a second, always behind their list
        db_index=False,  # the constraint below begins with it
    )
    item_key = ExactCharField(_("item"), max_length=KEY_LENGTH)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    rank = models.PositiveSmallIntegerField(_("rank"))
    at = models.DateTimeField(_("at"))
    value = models.DecimalField(_("revenue"), max_digits=24, decimal_places=4, null=True)
    """Of what was bought."""
    batch = models.UUIDField(editable=False)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        constraints = (
            models.UniqueConstraint(
                fields=("shown_list", "item_key", "kind"), name="clvrec_feedback_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}: {self.item_key}"
