"""What conditions and figures are called on the page."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from django_clvrec.groups import RANGES, Conditions, Population, Summary
from django_clvrec.models import Tier, segment_label
from django_clvrec.pseudonyms import is_on

NOTHING = "–"
SPANS: Mapping[str, tuple[Any, Any, Any]] = {
    "score": (
        gettext_lazy("Overall score from %(low)s to %(high)s"),
        gettext_lazy("Overall score from %(low)s"),
        gettext_lazy("Overall score up to %(high)s"),
    ),
    "clv": (
        gettext_lazy("Lifetime value from %(low)s to %(high)s"),
        gettext_lazy("Lifetime value from %(low)s"),
        gettext_lazy("Lifetime value up to %(high)s"),
    ),
    "recency": (
        gettext_lazy("Last order %(low)s to %(high)s days ago"),
        gettext_lazy("Last order %(low)s days ago or longer"),
        gettext_lazy("Last order within %(high)s days"),
    ),
    "orders": (
        gettext_lazy("From %(low)s to %(high)s orders"),
        gettext_lazy("%(low)s orders or more"),
        gettext_lazy("%(high)s orders or fewer"),
    ),
    "value": (
        gettext_lazy("Monetary value from %(low)s to %(high)s"),
        gettext_lazy("Monetary value from %(low)s"),
        gettext_lazy("Monetary value up to %(high)s"),
    ),
}


class Chip(NamedTuple):
    """One condition in words, and the conditions without it."""

    text: str
    rest: Conditions


def chips(conditions: Conditions, item: str = "") -> Iterator[Chip]:
    """Every condition that is asked; `item` is what the shop calls what was bought."""
    for tier in conditions.tier:
        text = _("Tier: %s") % Tier(tier).label
        yield Chip(text, conditions.without("tier", tier))
    for segment in conditions.segment:
        text = _("Segment: %s") % segment_label(segment)
        yield Chip(text, conditions.without("segment", segment))
    for name in RANGES:
        if text := _span(conditions, name):
            yield Chip(text, conditions.without(name))
    if conditions.item:
        level, key = conditions.item
        text = _("Has bought %(level)s %(item)s") % {"level": level, "item": item or key}
        yield Chip(text, conditions.without("bought"))
    if conditions.q:
        text = _("Pseudonym %s") if is_on() else _("Key begins with %s")
        yield Chip(text % conditions.q, conditions.without("q"))


def in_words(conditions: Conditions) -> str:
    """All of them in a line."""
    return "; ".join(chip.text for chip in chips(conditions)) or _("Everyone")


def _span(conditions: Conditions, name: str) -> str:
    ends = [getattr(conditions, f"{name}_{end}") for end in ("from", "to")]
    low, high = (None if end is None else number(end) for end in ends)
    if low is None and high is None:
        return ""
    both, above, below = SPANS[name]
    text = above if high is None else below if low is None else both
    return str(text) % {"low": low, "high": high}


def number(value: Any, places: int | None = None) -> str:
    """As people of the page's language write it; a dash for none."""
    if value is None:
        return NOTHING
    rounded = value if places is None else round(value, places)  # number_format cuts
    return number_format(rounded, places, use_l10n=True, force_grouping=True)


def size(found: Summary) -> str:
    """How many customers, and how large a part of all they are."""
    if not found.is_exact:
        return _("More than %s customers") % number(found.customers)
    several = ngettext("%(customers)s customer", "%(customers)s customers", found.customers)
    text = several % {"customers": number(found.customers)}
    if found.share is None:
        return text
    return _("%(customers)s, %(share)s %% of all") % {
        "customers": text,
        "share": number(100 * found.share, 1),
    }


def figures(found: Summary) -> dict[str, str]:
    """The group in figures, by a name for each."""
    revenue = number(found.revenue, 2)
    return {
        "size": size(found),
        "revenue": revenue if found.is_exact else _("At least %s") % revenue,
        "recency": number(found.recency_days, 1),
        "orders": number(found.frequency, 1),
        "clv": number(found.clv, 2),
        "note": ""
        if found.is_exact
        else _("The means are those of %s of them.") % number(found.customers),
    }


def query(population: Population, conditions: Conditions | None, **more: Any) -> str:
    """The address's part behind the question mark."""
    asked = {"source": population.source} | (conditions.parameters() if conditions else {}) | more
    return urlencode({name: value for name, value in asked.items() if value}, doseq=True)
