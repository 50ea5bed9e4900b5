"""Fields that several forms share: levels that the shop has, and tiers."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from django_clvrec.models import Tier
from django_clvrec.sources import registered


def tiers_field() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=capfirst(_("tiers")),
        choices=Tier.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: every tier."),
    )


class DateAndTime(AdminSplitDateTime):
    """The admin's own, with a name for each of its two fields, which a screen reader can say."""

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs)
        for widget, name in zip(self.widgets, (_("Date"), _("Time")), strict=True):
            widget.attrs["aria-label"] = name


def level_choices(kept: str) -> list[tuple[str, str]]:
    """Levels of all sources, and the one that is kept, which may be gone from them."""
    levels = {level: level for source in registered().values() for level in source.levels}
    return [*(levels | ({kept: kept} if kept else {})).items()]
