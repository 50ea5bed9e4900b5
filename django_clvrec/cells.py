"""A snapshot's customers counted once, by scores, tier and segment, and how they are spread.

Both are kept in its report, so that a page of ten million customers reads a few hundred numbers.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Self, TypeVar

from django.db.models import Count, QuerySet, Sum

Key = TypeVar("Key", bound=Hashable)
GROUPED = ("recency_score", "frequency_score", "monetary_score", "overall_score", "tier", "segment")
SUMMED = {
    "customers": Count("pk"),
    "revenue": Sum("monetary_value"),
    "recency_days": Sum("recency_days"),
    "orders": Sum("frequency"),
    "with_forecast": Count("expected_orders"),
    "expected_orders": Sum("expected_orders"),
    "with_clv": Count("clv"),
    "clv": Sum("clv"),
}
"""What `Sums` are of rows of CustomerScore, in the same order."""
MEASURED = ("recency_days", "frequency", "monetary_value", "clv")
"""Of these a report keeps how they are spread."""


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Customers, and sums over them. Forecasts are None where no customer has any."""

    customers: int = 0
    revenue: float = 0.0
    recency_days: int = 0
    orders: int = 0
    with_forecast: int = 0
    """Customers of whom orders are expected, perhaps few."""
    expected_orders: float | None = None
    with_clv: int = 0
    clv: float | None = None

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(**{
            one.name: _added(getattr(self, one.name), getattr(other, one.name))
            for one in fields(Sums)
        })  # fmt: skip

    @property
    def mean_revenue(self) -> float | None:
        return _ratio(self.revenue, self.customers)

    @property
    def mean_recency_days(self) -> float | None:
        return _ratio(self.recency_days, self.customers)

    @property
    def mean_orders(self) -> float | None:
        return _ratio(self.orders, self.customers)

    @property
    def mean_expected_orders(self) -> float | None:
        return _ratio(self.expected_orders, self.with_forecast)

    @property
    def mean_clv(self) -> float | None:
        return _ratio(self.clv, self.with_clv)


def _added(one: Any, other: Any) -> Any:
    return one if other is None else other if one is None else one + other


def _ratio(total: float | None, count: int) -> float | None:
    return total / count if count and total is not None else None


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Customers with the same scores in the same tier and segment."""

    recency_score: int
    frequency_score: int
    monetary_score: int
    overall_score: int
    tier: str
    segment: str
    sums: Sums

    @classmethod
    def of_json(cls, row: list[Any]) -> Self:
        names = dict(zip(GROUPED, row, strict=False))
        values = dict(zip((one.name for one in fields(Sums)), row[len(GROUPED) :], strict=True))
        return cls(**names, sums=Sums(**values))


def counted(rows: QuerySet[Any]) -> list[list[Any]]:
    """Cells of `rows` of CustomerScore, as they are kept in JSON. One query."""
    found = rows.order_by(*GROUPED).values(*GROUPED).annotate(**SUMMED)
    return [[_json(value) for value in row] for row in found.values_list(*GROUPED, *SUMMED)]


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        value = float(value)
    return round(value, 4) if isinstance(value, float) else value


def cells_of(report: Mapping[str, Any]) -> list[Cell]:
    """The cells that a report keeps; none where it is older than they are."""
    return [Cell.of_json(row) for row in report.get("cells", [])]


def summed(cells: Iterable[Cell], by: Callable[[Cell], Key]) -> dict[Key, Sums]:
    """Sums of the cells that have the same `by`."""
    found: dict[Key, Sums] = {}
    for cell in cells:
        key = by(cell)
        found[key] = found.get(key, Sums()) + cell.sums
    return found


def total(cells: Iterable[Cell]) -> Sums:
    """Sums of all."""
    return sum((cell.sums for cell in cells), Sums())
