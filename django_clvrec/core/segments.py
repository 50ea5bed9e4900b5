"""Named segments: rectangles over recency and frequency-monetary scores, such as “At risk”.

Scores become places between 0 and 1, so that a table holds for any number of clusters: of k
clusters the one with score s has the place (s + 1/2) / k. The frequency-monetary place is the mean
of both, on the way from ONCE to 1; below that is who has too few orders to have a tier: one large
order makes nobody loyal, and who has ordered for years, though seldom, is not new.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from django_clvrec.core.tiers import Scale

Floats = NDArray[np.float64]
NAME = re.compile(r"[\w.-]{1,50}")
"""Names stand in addresses and in lists with commas, so they hold no space and no comma."""

ONCE = 0.2
"""Below this place of frequency and monetary value are those with fewer orders than MIN_ORDERS."""
DEFAULT: tuple[Mapping[str, Any], ...] = tuple(
    {"name": name, "recency": recency, "frequency_monetary": orders}
    for name, recency, orders in (
        ("champions", (0.75, 1), (0.75, 1)),
        ("loyal", (0.75, 1), (0.55, 0.75)),
        ("loyal", (0.5, 0.75), (0.55, 1)),
        ("potential_loyal", (0.5, 1), (0.2, 0.55)),
        ("new", (0.75, 1), (0, 0.2)),
        ("promising", (0.5, 0.75), (0, 0.2)),
        ("needs_attention", (0.25, 0.5), (0.55, 0.75)),
        ("about_to_sleep", (0.25, 0.5), (0, 0.55)),
        ("at_risk", (0.25, 0.5), (0.75, 1)),
        ("at_risk", (0, 0.25), (0.55, 0.75)),
        ("cant_lose", (0, 0.25), (0.75, 1)),
        ("hibernating", (0, 0.25), (0.2, 0.55)),
        ("lost", (0, 0.25), (0, 0.2)),
    )
)
"""What segments there are where a shop says nothing else."""


@dataclass(frozen=True, kw_only=True)
class SegmentRule:
    """One rectangle: from the lower bound up to below the upper one, 1 itself included."""

    name: str
    recency: tuple[float, float]
    """1 is who bought last."""
    frequency_monetary: tuple[float, float]

    def holds(self, recency: Any, frequency_monetary: Any) -> NDArray[np.bool_]:
        return _within(recency, self.recency) & _within(frequency_monetary, self.frequency_monetary)


def _within(places: Any, bounds: tuple[float, float]) -> NDArray[np.bool_]:
    low, high = bounds
    inside: NDArray[np.bool_] = (places >= low) & ((places < high) | (high == 1))
    return inside


def rules_of(table: Any) -> tuple[SegmentRule, ...]:
    """The rules of a table; several may share a name.

    Raises ValueError, which says where the table is not one: a gap, an overlap, or a rule that
    is not `{"name", "recency": [from, to], "frequency_monetary": [from, to]}`.
    """
    if not isinstance(table, (list, tuple)):
        raise ValueError("A table of segments is a list of rules.")
    rules = tuple(_rule(number, given) for number, given in enumerate(table, 1))
    for recency in _middles(rule.recency for rule in rules):
        for orders in _middles(rule.frequency_monetary for rule in rules):
            names = [rule.name for rule in rules if rule.holds(recency, orders)]
            where = f"recency {recency:.3g}, frequency_monetary {orders:.3g}"
            if not names:
                raise ValueError(f"No segment holds customers at {where}.")
            if len(names) > 1:
                raise ValueError(f"{' and '.join(names)} both hold customers at {where}.")
    return rules


def _middles(bounds: Iterable[tuple[float, float]]) -> list[float]:
    """A place between any two neighbouring bounds."""
    cuts = sorted({0.0, 1.0, *(bound for pair in bounds for bound in pair)})
    return [(low + high) / 2 for low, high in pairwise(cuts)]


def _rule(number: int, given: Any) -> SegmentRule:
    wrong = ValueError(
        f'Rule {number} is not {{"name": "at_risk", "recency": [0, 0.25], '
        '"frequency_monetary": [0.45, 1]} with a name without spaces and bounds that rise from '
        "0 to 1."
    )
    if not isinstance(given, Mapping) or {*given} != {"name", "recency", "frequency_monetary"}:
        raise wrong
    name = given["name"]
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise wrong
    try:
        bounds = [
            (float(low), float(high))
            for low, high in (given["recency"], given["frequency_monetary"])
        ]
    except (TypeError, ValueError):
        raise wrong from None
    if not all(0 <= low < high <= 1 for low, high in bounds):
        raise wrong
    return SegmentRule(name=name, recency=bounds[0], frequency_monetary=bounds[1])


def places(scores: Any, k: int) -> Floats:
    """Scores 0..k-1 as places between 0 and 1."""
    found: Floats = (np.asarray(scores, dtype=float) + 0.5) / k
    return found


def segments(
    rules: tuple[SegmentRule, ...],
    scale: Scale,
    *,
    recency_score: Any,
    frequency_score: Any,
    monetary_score: Any,
    frequency: Any,
) -> NDArray[np.object_]:
    """The segment of each customer, from arrays of equal length."""
    recency = places(recency_score, scale.recency.k)
    orders = places(frequency_score, scale.frequency.k)
    orders = (orders + places(monetary_score, scale.monetary_value.k)) / 2
    is_scored = np.asarray(frequency) >= scale.min_orders
    orders = np.where(is_scored, ONCE + (1 - ONCE) * orders, 0.0)
    found = np.full(len(recency), "", dtype=object)
    for rule in rules:
        found[rule.holds(recency, orders)] = rule.name
    return found
