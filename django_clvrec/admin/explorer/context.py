"""What the page of customers shows."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_clvrec.admin.explorer.words import chips, figures, query
from django_clvrec.groups import (
    DEFAULT_ORDER,
    EVERYONE,
    Conditions,
    Population,
    Reading,
    is_order,
    page_of,
    source_names,
    summary,
)
from django_clvrec.models import CustomerGroup, PopularItems, Tier, segment_label
from django_clvrec.office.names import names_of

OTHERS = (
    "source",
    "order",
    "after",
    "before",
    "figures",
    "a",
    "b",
    "_changelist_filters",
    "e",
    "_popup",
)
"""Parameters that are no conditions."""
COLUMNS = (
    ("", gettext_lazy("Customer"), ""),
    ("", gettext_lazy("Name"), ""),
    ("", gettext_lazy("Tier"), ""),
    ("score", gettext_lazy("Overall score"), "-"),
    ("", gettext_lazy("Segment"), ""),
    ("value", gettext_lazy("Monetary value"), "-"),
    ("clv", gettext_lazy("Lifetime value"), "-"),
    ("recency", gettext_lazy("Days since the last order"), ""),
    ("orders", gettext_lazy("Orders"), "-"),
)
"""The order that a column gives, its title, and the sign of what is looked for first."""
SUGGESTED = 100
"""Items of each level that the field of purchases suggests."""


def population_for(request: HttpRequest) -> tuple[Population, list[str]]:
    """The source that is asked for, else the first that has a live snapshot; and all sources.

    Two queries.
    """
    names = source_names()
    first = next((name for name, is_live in names.items() if is_live), next(iter(names), ""))
    asked = request.GET.get("source") or request.POST.get("source") or first
    return Population.of(asked if asked in names else first), list(names)


def reading_of(request: HttpRequest, population: Population) -> Reading:
    """The conditions of a request."""
    return population.read(request.GET, OTHERS)


def page_context(request: HttpRequest) -> dict[str, Any]:
    """All of the page, in a number of queries that does not depend on the customers."""
    population, sources = population_for(request)
    reading = reading_of(request, population)
    asked = reading.conditions
    order = request.GET.get("order", "")
    order = order if is_order(order) else DEFAULT_ORDER
    return {
        "population": population,
        "sources": sources,
        "form": reading.form,
        "faults": reading.faults,
        "unknown": reading.unknown,
        "order": order,
        "conditions": asked,
        "parameters": _pairs(asked) if asked else [],
        "query": query(population, asked),
        "everyone": query(population, None),
        "groups": _groups(population),
        "levels": _levels(population),
        "quick": _quick(population, asked or EVERYONE),
        "columns": list(_columns(population, asked, order)),
        "chips": _chips(population, asked) if asked else [],
        **_figures(request, population, asked),
        **(_results(request, population, asked, order) if asked else {"rows": []}),
    }


def _figures(
    request: HttpRequest, population: Population, asked: Conditions | None
) -> dict[str, Any]:
    """Purchases are looked through once for the rows; for the figures the page's script asks apart,
    or whoever follows the link."""
    if asked is None:
        return {"figures": {}}
    if asked.item and "figures" not in request.GET:
        return {"figures": {}, "count_query": query(population, asked, figures=1)}
    return {"figures": figures(summary(population, asked))}


def _pairs(asked: Conditions) -> list[tuple[str, Any]]:
    """Parameters for hidden fields, one for each value."""
    return [
        (name, str(one))
        for name, value in asked.parameters().items()
        for one in (value if isinstance(value, list) else [value])
    ]


def _results(
    request: HttpRequest, population: Population, asked: Conditions, order: str
) -> dict[str, Any]:
    page = page_of(
        population, asked, order, after=_number(request, "after"), before=_number(request, "before")
    )
    names = names_of(population.source, [row.customer_key for row in page.rows])
    rows = [
        {
            "row": row,
            "name": names.get(row.customer_key, ""),
            "segment": segment_label(row.segment) if row.segment else "",
        }
        for row in page.rows
    ]
    steps = {"before": page.before, "after": page.after}
    links = {
        name: query(population, asked, order=order, **{name: number}) if number else ""
        for name, number in steps.items()
    }
    return {"rows": rows, "links": links}


def _number(request: HttpRequest, name: str) -> int | None:
    """A row's number; none where it is no number of any row."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _groups(population: Population) -> list[dict[str, Any]]:
    """Saved groups of the source. One query."""
    kept = CustomerGroup.objects.filter(source=population.source)
    found = []
    for group in kept:
        reading = population.read(group.conditions)
        found.append(
            {
                "group": group,
                "query": query(population, reading.conditions) if reading.conditions else "",
            }
        )
    return found


def _levels(population: Population) -> list[dict[str, Any]]:
    """Levels that can be asked for, with what is popular at each. Two queries at most a level."""
    shop = population.shop
    if shop is None or population.why_no_purchases or population.snapshot is None:
        return []
    lists = PopularItems.objects.filter(snapshot=population.snapshot, tier="")
    found = {row.level: [key for key, _score in row.items[:SUGGESTED]] for row in lists}
    return [
        {
            "name": level,
            "items": [
                (f"{level}:{key}", item)
                for key, item in shop.items_in_bulk(level, found.get(level, [])).items()
            ],
        }
        for level in shop.levels
    ]


def _chips(population: Population, asked: Conditions) -> list[dict[str, str]]:
    name, shop = "", population.shop
    if asked.item and shop:
        level, key = asked.item
        name = str(shop.items_in_bulk(level, [key]).get(key, ""))
    return [
        {"text": chip.text, "query": query(population, chip.rest)} for chip in chips(asked, name)
    ]


def _quick(population: Population, asked: Conditions) -> list[dict[str, Any]]:
    """Tiers and segments as links that add a condition, or take it away."""
    sizes = population.report.get("tiers") or {}
    tiers = {name: sizes.get(name) for name in Tier.values}
    named: list[tuple[str, str, dict[str, Any]]] = [
        ("tier", _("Tiers"), tiers),
        ("segment", _("Segments"), dict(population.segments)),
    ]
    return [
        {"title": title, "links": list(_links(population, asked, name, values))}
        for name, title, values in named
        if values
    ]


def _links(
    population: Population, asked: Conditions, name: str, sizes: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    for value, size in sizes.items():
        is_asked = value in getattr(asked, name)
        other = asked.without(name, value) if is_asked else asked.with_one(name, value)
        yield {
            "text": Tier(value).label if name == "tier" else segment_label(value),
            "size": size,
            "is_asked": is_asked,
            "query": query(population, other),
        }


def _columns(
    population: Population, asked: Conditions | None, order: str
) -> Iterator[dict[str, Any]]:
    for name, title, sign in COLUMNS:
        is_ordered = bool(name) and order.removeprefix("-") == name
        wanted = f"{sign}{name}"
        if is_ordered and order == wanted:
            wanted = name if sign else f"-{name}"
        yield {
            "title": title,
            "query": query(population, asked, order=wanted) if name else "",
            "sort": ("descending" if order.startswith("-") else "ascending") if is_ordered else "",
        }
