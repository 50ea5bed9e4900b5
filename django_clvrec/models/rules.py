"""Rules of the shop window, which admins keep."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from django_clvrec.models.choices import KEY_LENGTH, LEVEL_LENGTH, Tier
from django_clvrec.models.exact import ExactCharField


class MerchandisingRule(models.Model):
    """Moves, pins or hides items in every list that it applies to.

    Empty conditions hold for everything; of several conditions all must hold.
    """

    class Action(models.TextChoices):
        BOOST = "boost", _("Boost")
        PIN = "pin", _("Pin")
        HIDE = "hide", _("Hide")

    name = models.CharField(_("name"), max_length=200)
    is_active = models.BooleanField(_("active"), default=True)
    source = ExactCharField(_("source"), max_length=KEY_LENGTH, blank=True)
    level = ExactCharField(_("level"), max_length=LEVEL_LENGTH)
    action = models.CharField(_("action"), max_length=10, choices=Action)
    items = models.JSONField(_("items"), default=list, blank=True)
    """Item keys. A pin needs them, and puts them in this order from `position` on."""
    categories = models.JSONField(_("categories"), default=list, blank=True)
    tiers = models.JSONField(_("tiers"), default=list, blank=True)
    price_from = models.DecimalField(
        _("price from"), max_digits=24, decimal_places=4, null=True, blank=True
    )
    price_to = models.DecimalField(
        _("price to"), max_digits=24, decimal_places=4, null=True, blank=True
    )
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    factor = models.FloatField(
        _("factor"), default=1.0, validators=[MinValueValidator(0.01), MaxValueValidator(100)]
    )
    """Of a boost: what relevance is multiplied by; below 1 it is a demotion."""
    position = models.PositiveSmallIntegerField(
        _("position"), default=1, validators=[MinValueValidator(1)]
    )
    """Of a pin: where it begins, from 1."""

    class Meta:
        verbose_name = _("merchandising rule")
        verbose_name_plural = _("merchandising rules")
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError, which says what is wrong with each field."""
        wrong: dict[str, Any] = {}
        for name in ("items", "categories", "tiers"):
            value = getattr(self, name)
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                wrong[name] = _('A list of texts, such as ["17", "4"].')
        if "tiers" not in wrong and not set(self.tiers) <= set(Tier.values):
            wrong["tiers"] = _("Use some of %(tiers)s.") % {"tiers": ", ".join(Tier.values)}
        if self.action == self.Action.PIN and not self.items:
            wrong["items"] = _("A pin needs items.")
        if None not in {self.price_from, self.price_to} and self.price_from > self.price_to:  # type: ignore[operator]
            wrong["price_to"] = _("It is below the lower bound.")
        if self.starts_at and self.ends_at and self.starts_at >= self.ends_at:
            wrong["ends_at"] = _("It is not after the beginning.")
        if wrong:
            raise ValidationError(wrong)
