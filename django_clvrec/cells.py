"""Sums over customers that a snapshot's report keeps: one row for each combination that occurs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from django_clvrec.core.tiers import overall_score

DIMENSIONS = ("recency", "frequency", "monetary_value")


@dataclass(frozen=True, slots=True)
class Cell:
    """Customers who agree in scores, tier and segment, and sums over them."""

    recency_score: int
    frequency_score: int
    monetary_score: int
    tier: str
    segment: str
    customers: int
    revenue: float
    clv: float
    recency_days: float
    frequency: float
    expected_orders: float
    with_forecast: int
    """How many of them have a forecast; the sums of forecasts are over those."""
    overall_score: int


def cells_of(report: Mapping[str, Any]) -> list[Cell]:
    """Empty where the report has none: it is older, or there are no customers."""
    rows = report.get("cells")
    if not rows:
        return []
    clusters = report.get("clusters", {})
    k = tuple(clusters[name]["k"] for name in DIMENSIONS)
    overall = cache(lambda *scores: overall_score(scores, k))
    names = [one.name for one in fields(Cell)]
    found = []
    for row in rows:
        # where nobody has a forecast their sum is null
        whole: list[Any] = [0 if value is None else value for value in row]
        found.append(Cell(**dict(zip(names, [*whole, overall(*row[:3])], strict=True))))
    return found
