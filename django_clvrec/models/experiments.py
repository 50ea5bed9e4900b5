"""Experiments: who may take part, and between what they are divided."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Left
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from django_clvrec.models.choices import LEVEL_LENGTH, Tier
from django_clvrec.models.exact import ExactCharField
from django_clvrec.models.feedback import ShownList
from django_clvrec.models.variants import is_divided, wrong_variants

KEY_LENGTH = 50
OVERLAPS = _(
    "“%(other)s” is active for some of the same lists: one would be measured with the other in "
    "it. Stop it first, or give the two other levels, tiers or times."
)
USED = _("Lists were shown under this key before, and would be counted too. Use another one.")
DIVIDED = _(
    "It runs and lists were shown: customers would change sides. Stop it, and start another "
    "experiment under another key."
)


class Experiment(models.Model):
    """Customers and visitors divided at random, each always shown the same variant."""

    key = models.SlugField(_("key"), max_length=KEY_LENGTH, unique=True)
    """Who gets what is drawn from it: an experiment with another key divides anew."""
    name = models.CharField(_("name"), max_length=200)
    is_active = models.BooleanField(_("active"), default=False)
    level = ExactCharField(_("level"), max_length=LEVEL_LENGTH, blank=True)
    """Empty: every level."""
    tiers = models.JSONField(_("tiers"), default=list, blank=True)
    """Empty: every tier."""
    variants = models.JSONField(_("variants"))
    """Dicts of `name`, `weight` and what is done; the first one is the control."""
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("experiment")
        verbose_name_plural = _("experiments")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.name or self.key

    @property
    def weights(self) -> dict[str, float]:
        """By name of the variant, the control first."""
        return {one["name"]: float(one["weight"]) for one in self.variants}

    @property
    def control(self) -> str:
        return str(self.variants[0]["name"])

    def label(self, variant: str) -> str:
        """How a variant stands in tokens and in `ShownList.variant`."""
        return f"{self.key}:{variant}"

    def shown_lists(self) -> "models.QuerySet[ShownList]":
        """Lists of all its variants, those too that were renamed or taken away."""
        beginning = self.label("")
        # the lower bound can use the index, whatever the order of the database's letters
        found = ShownList.objects.filter(variant__gte=beginning).order_by()
        return found.alias(beginning=Left("variant", len(beginning))).filter(beginning=beginning)

    def clean(self) -> None:
        """Raises ValidationError, which says what is wrong with each field."""
        wrong: dict[str, Any] = {}
        if not isinstance(self.tiers, list) or not {*map(str, self.tiers)} <= {*Tier.values}:
            wrong["tiers"] = _("Use some of %(tiers)s.") % {"tiers": ", ".join(Tier.values)}
        if messages := wrong_variants(self.key, self.variants):
            wrong["variants"] = messages
        if self.starts_at and self.ends_at and self.starts_at >= self.ends_at:
            wrong["ends_at"] = _("It is not after the beginning.")
        if not wrong and self.is_active and (other := self.overlapping()):
            wrong["is_active"] = OVERLAPS % {"other": other.key}
        wrong |= {} if wrong else self._wrong_changes()
        if wrong:
            raise ValidationError(wrong)

    def _wrong_changes(self) -> dict[str, Any]:
        """By field: what would mix up lists that were shown with those that will be."""
        before = Experiment.objects.filter(pk=self.pk).first()
        if before and before.is_active and before.shown_lists().exists():
            if before.key != self.key:
                return {"key": DIVIDED}
            if not is_divided(before.variants) or before.weights != self.weights:
                return {"variants": DIVIDED}
        is_new = before is None or before.key != self.key
        return {"key": USED} if is_new and self.shown_lists().exists() else {}

    def overlapping(self) -> "Experiment | None":
        """Another active experiment that some list would belong to as well."""
        others = Experiment.objects.filter(is_active=True).exclude(pk=self.pk)
        now = timezone.now()
        return next((other for other in others if self._meets(other, now)), None)

    def has_ended(self, now: datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= now

    def _meets(self, other: "Experiment", now: datetime) -> bool:
        """In lists that are still to be shown."""
        is_before = self.has_ended(max(now, other.starts_at or now))
        is_after = other.has_ended(max(now, self.starts_at or now))
        return (
            (not self.level or not other.level or self.level == other.level)
            and (not self.tiers or not other.tiers or not {*self.tiers}.isdisjoint(other.tiers))
            and not (is_before or is_after)
        )
