"""Two groups side by side, from the sums of the report or by one pass over the customers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, Sum, Value, When

from django_clvrec.groups.conditions import Conditions
from django_clvrec.groups.counting import Summary, cells_in
from django_clvrec.groups.population import Population
from django_clvrec.models import Tier

SUMS = ("revenue", "recency_days", "frequency", "clv", "expected_orders")


@dataclass(kw_only=True)
class _Sums:
    """What a group comes to while rows are added."""

    customers: int = 0
    with_clv: int = 0
    with_forecast: int = 0
    sums: Counter[str] = field(default_factory=Counter)
    tiers: Counter[str] = field(default_factory=Counter)
    segments: Counter[str] = field(default_factory=Counter)

    def add(self, row: dict[str, Any]) -> None:
        self.customers += row["customers"]
        self.with_clv += row["with_clv"]
        self.with_forecast += row["with_forecast"]
        self.tiers[row["tier"]] += row["customers"]
        self.segments[row["segment"]] += row["customers"]
        for name in SUMS:
            self.sums[name] += float(row[name] or 0)  # type: ignore[assignment]

    def summary(self, total: int | None) -> Summary:
        def mean(name: str, of: int) -> float | None:
            return self.sums[name] / of if of else None

        return Summary(
            customers=self.customers,
            total=total,
            revenue=float(self.sums["revenue"]),
            recency_days=mean("recency_days", self.customers),
            frequency=mean("frequency", self.customers),
            clv=mean("clv", self.with_clv),
            expected_orders=mean("expected_orders", self.with_forecast),
        )


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two groups, each with its figures and its customers by tier and by segment."""

    summaries: tuple[Summary, Summary]
    tiers: list[tuple[str, tuple[int, int]]]
    segments: list[tuple[str, tuple[int, int]]]
    both: int
    """Customers in both groups."""


def compare(population: Population, one: Conditions, other: Conditions) -> Comparison:
    """One query at most."""
    if population.cells and one.are_of_cells and other.are_of_cells:
        rows = _rows_of_cells(population, one, other)
    else:
        rows = _rows_of_table(population, one, other)
    sums, both = (_Sums(), _Sums()), 0
    for row in rows:
        is_in = (row["in_one"], row["in_other"])
        for group, is_member in zip(sums, is_in, strict=True):
            if is_member:
                group.add(row)
        both += row["customers"] if all(is_in) else 0
    first, second = sums
    segments = dict.fromkeys([*population.segments, *sorted(first.segments | second.segments)])
    return Comparison(
        summaries=(first.summary(population.total), second.summary(population.total)),
        tiers=[(name, (first.tiers[name], second.tiers[name])) for name in Tier.values],
        segments=[(name, (first.segments[name], second.segments[name])) for name in segments],
        both=both,
    )


def _rows_of_cells(
    population: Population, one: Conditions, other: Conditions
) -> Iterable[dict[str, Any]]:
    first, second = (set(cells_in(population.cells, each)) for each in (one, other))
    for cell in first | second:
        yield asdict(cell.sums) | {
            "frequency": cell.sums.orders,
            "tier": cell.tier,
            "segment": cell.segment,
            "in_one": cell in first,
            "in_other": cell in second,
        }


def _rows_of_table(population: Population, one: Conditions, other: Conditions) -> Iterable[Any]:
    """One row for each tier, segment and membership: a pass that only adds up."""
    first, second = population.condition(one), population.condition(other)
    rows = population.everyone()
    # purchases would be looked through once to filter and once more to tell the groups apart
    if first and second and not (one.item or other.item):
        rows = rows.filter(first | second)
    return rows.values(
        "tier", "segment", in_one=_membership(first), in_other=_membership(second)
    ).annotate(
        customers=Count("pk"),
        with_clv=Count("clv"),
        with_forecast=Count("expected_orders"),
        revenue=Sum("monetary_value"),
        recency_days=Sum("recency_days"),
        frequency=Sum("frequency"),
        clv=Sum("clv"),
        expected_orders=Sum("expected_orders"),
    )


def _membership(condition: Q) -> Any:
    """1 or 0; comparing with a forecast that is not there gives neither true nor false."""
    if not condition:
        return Value(1)
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())
