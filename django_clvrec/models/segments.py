"""The table of segments, where admins keep one of their own."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from django_clvrec.core.segments import rules_of
from django_clvrec.models.choices import KEY_LENGTH
from django_clvrec.models.exact import ExactCharField

LABELS = {
    "champions": _("Champions"),
    "loyal": _("Loyal"),
    "potential_loyal": _("Potential loyal"),
    "new": _("New customers"),
    "promising": _("Promising"),
    "needs_attention": _("Needs attention"),
    "about_to_sleep": _("About to sleep"),
    "at_risk": _("At risk"),
    "cant_lose": _("Can’t lose"),
    "hibernating": _("Hibernating"),
    "lost": _("Lost"),
}


def segment_label(name: str) -> str:
    """What people call a segment; of a shop's own segments, their name in words."""
    return str(LABELS.get(name) or name.replace("_", " ").capitalize())


class SegmentTable(models.Model):
    """Which segment a customer is in, by recency and by frequency and monetary value.

    It takes the place of the setting SEGMENTS from the next refresh on.
    """

    source = ExactCharField(
        _("source"), max_length=KEY_LENGTH, blank=True, unique=True,
        help_text=_("Empty: every source without a table of its own."),
    )  # fmt: skip
    rules = models.JSONField(_("rules"), default=list)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True)

    class Meta:
        verbose_name = _("table of segments")
        verbose_name_plural = _("tables of segments")
        ordering = ("source",)

    def __str__(self) -> str:
        return self.source or str(_("every source"))

    def clean(self) -> None:
        """Raises ValidationError where the table leaves a gap, or a customer in two segments."""
        try:
            rules_of(self.rules)
        except ValueError as error:
            raise ValidationError({"rules": str(error)}) from error
