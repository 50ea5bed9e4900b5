"""Lists of a snapshot: of each customer, and what is popular."""

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

from django_clvrec.models.choices import KEY_LENGTH, LEVEL_LENGTH, Intent, Tier
from django_clvrec.models.exact import ExactCharField
from django_clvrec.models.keys import CustomerKeyField
from django_clvrec.models.snapshots import OfSnapshotQuerySet, Snapshot


class ItemList(models.Model):
    """An ordered list of items with their scores."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE)
    level = ExactCharField(_("level"), max_length=LEVEL_LENGTH)
    items = models.JSONField(_("items"))
    """`[[item key, score], …]`, best first."""

    objects = OfSnapshotQuerySet.as_manager()

    class Meta:
        abstract = True

    def pairs(self) -> Sequence[tuple[str, float]]:
        return [(key, score) for key, score in self.items]


class Recommendation(ItemList):
    """What a customer is recommended at one level, for one intent."""

    customer_key = CustomerKeyField(_("customer"), max_length=KEY_LENGTH)
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
