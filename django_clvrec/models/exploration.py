"""What was learnt of the items that newcomers see."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from django_clvrec.models.choices import KEY_LENGTH, LEVEL_LENGTH
from django_clvrec.models.exact import ExactCharField


class BanditArm(models.Model):
    """How often newcomers saw and clicked an item in a popular list, as of `updated_at`.

    What is older counts less; see `django_clvrec.exploration`.
    """

    level = ExactCharField(_("level"), max_length=LEVEL_LENGTH)
    context = ExactCharField(_("context"), max_length=KEY_LENGTH, blank=True)
    """What the policy says of the request; under the empty one all requests are counted."""
    item_key = ExactCharField(_("item"), max_length=KEY_LENGTH)
    shown = models.FloatField(_("shown"), default=0)
    """Shows, each counted as `core.bandit.examined` at its rank."""
    clicked = models.FloatField(_("clicked"), default=0)
    updated_at = models.DateTimeField(_("updated at"), db_index=True)

    class Meta:
        verbose_name = _("explored item")
        verbose_name_plural = _("explored items")
        constraints = (
            models.UniqueConstraint(
                fields=("level", "context", "item_key"), name="clvrec_arm_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.level} {self.item_key} {self.context}".strip()
