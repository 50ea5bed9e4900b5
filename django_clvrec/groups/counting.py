"""How large a group is and what it is like, without a scan that has no end."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, Sum

from django_clvrec.cells import Cell, Sums
from django_clvrec.cells import total as total_of
from django_clvrec.groups.conditions import Conditions
from django_clvrec.groups.population import Population

MOST_COUNTED = 100_000


@dataclass(frozen=True, kw_only=True)
class Summary:
    """A group in a few figures; means are None where there is nobody to take them of."""

    customers: int = 0
    is_exact: bool = True
    """Otherwise there are more than `customers`, and the figures are those of so many."""
    total: int | None = None
    """All customers of the snapshot."""
    revenue: float = 0.0
    recency_days: float | None = None
    frequency: float | None = None
    clv: float | None = None
    expected_orders: float | None = None

    @property
    def share(self) -> float | None:
        """Of all customers, from 0 to 1."""
        return self.customers / self.total if self.total else None


def count(population: Population, conditions: Conditions) -> tuple[int, bool]:
    """How many customers meet `conditions`, and whether that is exact: else there are more."""
    found = summary(population, conditions)
    return found.customers, found.is_exact


def summary(population: Population, conditions: Conditions) -> Summary:
    """From the sums of the report, or by one query over MOST_COUNTED + 1 rows at most."""
    if population.has_in_cells(conditions):
        return summary_of(total_of(cells_in(population.cells, conditions)), population.total)
    found: dict[str, Any] = population.queryset(conditions)[: MOST_COUNTED + 1].aggregate(
        customers=Count("pk"),
        revenue=Sum("monetary_value"),
        recency_days=Avg("recency_days"),
        frequency=Avg("frequency"),
        clv=Avg("clv"),
        expected_orders=Avg("expected_orders"),
    )
    customers = min(found["customers"], MOST_COUNTED)
    return Summary(
        customers=customers,
        is_exact=customers == found["customers"],
        total=population.total,
        revenue=float(found["revenue"] or 0),
        recency_days=found["recency_days"] and float(found["recency_days"]),
        frequency=found["frequency"] and float(found["frequency"]),
        clv=found["clv"],
        expected_orders=found["expected_orders"],
    )


def cells_in(cells: Iterable[Cell], conditions: Conditions) -> list[Cell]:
    """Cells whose customers meet `conditions`, which must be of cells."""
    low = 0 if conditions.score_from is None else conditions.score_from
    high = float("inf") if conditions.score_to is None else conditions.score_to
    return [
        cell
        for cell in cells
        if (not conditions.tier or cell.tier in conditions.tier)
        and (not conditions.segment or cell.segment in conditions.segment)
        and low <= cell.overall_score <= high
    ]


def summary_of(sums: Sums, total: int | None) -> Summary:
    """What sums over all of a group say of it."""
    return Summary(
        customers=sums.customers,
        total=total,
        revenue=sums.revenue,
        recency_days=sums.mean_recency_days,
        frequency=sums.mean_orders,
        clv=sums.mean_clv,
        expected_orders=sums.mean_expected_orders,
    )
