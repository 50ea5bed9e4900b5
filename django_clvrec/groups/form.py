"""From parameters of a page, or from a saved group, to conditions; what is wrong in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from django_clvrec.core.tiers import MAX_OVERALL
from django_clvrec.groups.conditions import RANGES, Conditions
from django_clvrec.models import KEY_LENGTH, LEVEL_LENGTH, SEGMENT_LENGTH, Tier
from django_clvrec.pseudonyms import is_on, searched

LARGEST = 2**31 - 1
"""The largest whole number that every database takes for days and orders."""


MOST_VALUES = 100
"""Tiers or segments of one condition."""


class Several(forms.MultipleChoiceField):
    """So many values, each once."""

    def to_python(self, value: Any) -> list[str]:
        found = [*dict.fromkeys(super().to_python(value))]
        if len(found) > MOST_VALUES:
            raise ValidationError(_("At most %(most)d values."), params={"most": MOST_VALUES})
        return found


class Segments(Several):
    """Also segments that no customer is in any more: a saved group goes on without an error."""

    def valid_value(self, value: Any) -> bool:
        ProhibitNullCharactersValidator()(value)
        return len(value) <= SEGMENT_LENGTH


def _whole(label: Any, most: int = LARGEST) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=0, max_value=most)


def _number(label: Any) -> forms.FloatField:
    return forms.FloatField(label=label, required=False, widget=_steps())


def _money(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, required=False, max_digits=24, decimal_places=4, widget=_steps()
    )


def _steps() -> forms.NumberInput:
    return forms.NumberInput(attrs={"step": "any"})


class ConditionsForm(forms.Form):
    """The conditions as an admin thinks of them."""

    tier = Several(
        label=_("Tier"),
        choices=Tier.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    segment = Segments(label=_("Segment"), required=False, widget=forms.CheckboxSelectMultiple)
    score_from = _whole(_("Overall score from"), MAX_OVERALL)
    score_to = _whole(_("Overall score to"), MAX_OVERALL)
    clv_from = _number(_("Lifetime value from"))
    clv_to = _number(_("Lifetime value to"))
    recency_from = _whole(_("Days since the last order, from"))
    recency_to = _whole(_("Days since the last order, to"))
    orders_from = _whole(_("Orders from"))
    orders_to = _whole(_("Orders to"))
    value_from = _money(_("Monetary value from"))
    value_to = _money(_("Monetary value to"))
    bought = forms.CharField(
        label=_("Has bought"), required=False, max_length=KEY_LENGTH + LEVEL_LENGTH + 1
    )
    q = forms.CharField(label=_("Key begins with"), required=False, max_length=KEY_LENGTH)

    def __init__(
        self,
        data: Any,
        *,
        segments: Sequence[tuple[str, str]] = (),
        levels: Sequence[str] = (),
        why_not: str = "",
    ) -> None:
        """`segments` with their labels; without `levels` nothing can be asked of purchases, and
        `why_not` says why."""
        super().__init__(data)
        self.levels, self.why_not = levels, why_not
        segment: Any = self.fields["segment"]
        segment.choices = segments
        if is_on():  # of a pseudonym, how the key begins tells nothing
            self.fields["q"].label = _("Key in the shop, or pseudonym")

    def clean_q(self) -> str:
        return searched(self.cleaned_data["q"])

    @property
    def numbers(self) -> list[forms.BoundField]:
        """The fields of the two ends of each range."""
        return [self[f"{name}_{end}"] for name in RANGES for end in ("from", "to")]

    def clean_bought(self) -> str:
        asked: str = self.cleaned_data["bought"]
        if not asked:
            return ""
        if not self.levels:
            raise ValidationError(self.why_not)
        level, _colon, key = asked.partition(":")
        if level not in self.levels or not key:
            raise ValidationError(
                _(
                    "Write a level and the key of an item, such as %(level)s:12. "
                    "Levels are %(levels)s."
                ),
                params={"level": self.levels[0], "levels": ", ".join(self.levels)},
            )
        return asked

    def clean(self) -> dict[str, Any]:
        found = self.cleaned_data
        for name in RANGES:
            low, high = found.get(f"{name}_from"), found.get(f"{name}_to")
            if low is not None and high is not None and low > high:
                self.add_error(f"{name}_to", _("It is below the lower bound."))
        return found


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A form that was read, and what came of it."""

    form: ConditionsForm
    conditions: Conditions | None
    """None where something is wrong: half of the conditions would be another group."""
    unknown: tuple[str, ...] = ()
    """Names that mean nothing here."""

    @property
    def faults(self) -> list[str]:
        """What is wrong, each with the name of what it is about."""
        found = []
        for name, messages in self.form.errors.items():
            label = self.form.fields[name].label if name in self.form.fields else ""
            found += [f"{label}: {message}" if label else str(message) for message in messages]
        return found


def read(data: Mapping[str, Any], known: Sequence[str] = (), **facts: Any) -> Reading:
    """Conditions from the parameters of a request, or from `CustomerGroup.conditions`.

    `known` are names that are no conditions and no fault; `facts` is what the form asks for.
    """
    lists = _as_lists(data)
    form = ConditionsForm(lists, **facts)
    unknown = tuple(name for name in lists if name not in form.fields and name not in known)
    if not form.is_valid():
        return Reading(form=form, conditions=None, unknown=unknown)
    found = form.cleaned_data
    values = found | {name: tuple(found[name]) for name in ("tier", "segment")}
    return Reading(form=form, conditions=Conditions(**values), unknown=unknown)


def _as_lists(data: Mapping[str, Any]) -> MultiValueDict[str, Any]:
    """Without the empty ones, such as that of “every tier” in a list of choices."""
    is_request = isinstance(data, MultiValueDict)
    lists = data.lists() if is_request else data.items()  # type: ignore[attr-defined]
    return MultiValueDict(
        {
            name: [one for one in (value if isinstance(value, list) else [value]) if one != ""]
            for name, value in lists
        }
    )
