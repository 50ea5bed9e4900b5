"""The page of two groups side by side."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from django_clvrec.admin.explorer.context import reading_of
from django_clvrec.admin.explorer.words import figures, in_words, number, query
from django_clvrec.exceptions import BadGroup
from django_clvrec.groups import (
    EVERYONE,
    Comparison,
    Conditions,
    Population,
    compare,
    conditions_of,
)
from django_clvrec.models import CustomerGroup, Tier, segment_label

CURRENT, ALL = "current", "everyone"


def comparison_context(request: HttpRequest, population: Population) -> dict[str, Any]:
    """Groups are named by `a` and `b`: a number of a saved one, the page's conditions, everyone."""
    chosen, faults = [], []
    for name in ("a", "b"):
        try:
            chosen.append(_group(request, population, request.GET.get(name, "")))
        except BadGroup as error:
            faults.append(str(error))
    context: dict[str, Any] = {"population": population, "faults": faults}
    if faults:
        return context
    (_title, one), (_title, other) = chosen
    sides = [
        {"title": title, "told": in_words(conditions), "query": query(population, conditions)}
        for title, conditions in chosen
    ]
    return context | {"sides": sides} | _tables(compare(population, one, other))


def _group(request: HttpRequest, population: Population, wanted: str) -> tuple[str, Conditions]:
    """What a group is called, and who is in it. Raises BadGroup."""
    if wanted == ALL:
        return _("Everyone"), EVERYONE
    if wanted == CURRENT:
        reading = reading_of(request, population)
        if reading.conditions is None:
            raise BadGroup(" ".join(reading.faults))
        return _("The conditions of the page"), reading.conditions
    is_number = wanted.isascii() and wanted.isdigit() and len(wanted) < 19
    group = CustomerGroup.objects.filter(pk=wanted).first() if is_number else None
    if group is None:
        raise BadGroup(_("There is no such group. Choose two on the page of customers."))
    return group.name, conditions_of(population, group)


def _tables(found: Comparison) -> dict[str, Any]:
    told = [figures(one) for one in found.summaries]
    titles = {
        "size": _("Customers"),
        "revenue": _("Revenue"),
        "recency": _("Mean days since the last order"),
        "orders": _("Mean orders"),
        "clv": _("Mean lifetime value"),
    }
    sizes = [one.customers for one in found.summaries]
    shares = [100 * found.both / size if size else None for size in sizes]
    return {
        "comparison": found,
        "figures": [(title, [one[name] for one in told]) for name, title in titles.items()],
        "both": number(found.both),
        "both_shares": [number(share, 1) for share in shares],
        "mixes": [
            {
                "title": _("Tiers"),
                "rows": [(Tier(name).label, _mix(row, sizes)) for name, row in found.tiers],
            },
            {
                "title": _("Segments"),
                "rows": [
                    (segment_label(name) if name else _("No segment"), _mix(row, sizes))
                    for name, row in found.segments
                ],
            },
        ],
    }


def _mix(row: tuple[int, int], sizes: list[int]) -> list[tuple[str, str]]:
    """How many, and how large a part of their group they are."""
    return [
        (number(few), number(100 * few / of if of else None, 1))
        for few, of in zip(row, sizes, strict=True)
    ]
