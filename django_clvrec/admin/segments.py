"""The table of segments: one line for each rule."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from django_clvrec.admin.base import Office
from django_clvrec.conf import get_config
from django_clvrec.core.segments import DEFAULT, rules_of
from django_clvrec.models import SegmentTable


class Rules(forms.CharField):
    """`at_risk 0-0.25 0.45-0.7` on a line: a name, bounds of recency, of frequency and value."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 16, "cols": 50}), **options)

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            return value
        return "\n".join(
            f"{rule['name']} {_span(rule['recency'])} {_span(rule['frequency_monetary'])}"
            for rule in value
        )

    def to_python(self, value: Any) -> Any:
        rules = []
        for number, line in enumerate((value or "").splitlines(), 1):
            if not line.strip():
                continue
            try:
                name, recency, orders = line.split()
                bounds = [_bounds(recency), _bounds(orders)]
            except ValueError:
                raise forms.ValidationError(
                    _("Line %(number)s is not like “at_risk 0-0.25 0.45-0.7”."),
                    params={"number": number},
                ) from None
            rules.append({"name": name, "recency": bounds[0], "frequency_monetary": bounds[1]})
        return rules


def _span(bounds: Any) -> str:
    return "-".join(f"{bound:.6f}".rstrip("0").rstrip(".") for bound in bounds)


def _bounds(text: str) -> list[float]:
    low, high = text.split("-")
    return [float(low), float(high)]


class TableForm(forms.ModelForm):  # type: ignore[type-arg]
    """A table as text; a new one begins with what holds now."""

    rules = Rules(
        label=_("rules"),
        help_text=_(
            "One rule on a line: its name, then from where to where of recency (1: who bought "
            "last), then of frequency and monetary value (1: who bought most). Several lines may "
            "share a name. Together they must hold every customer once."
        ),
    )

    class Meta:
        model = SegmentTable
        fields = ("source", "rules")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk is None:
            table = get_config()["SEGMENTS"] or DEFAULT
            self.initial.setdefault("rules", [vars(rule) for rule in rules_of(table)])


@admin.register(SegmentTable)
class SegmentTableAdmin(Office):
    """Names and bounds of segments; they hold from the next refresh on."""

    form = TableForm
    list_display = ("__str__", "updated_at")
