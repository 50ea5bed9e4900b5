"""Two groups side by side, from the sums of the report or by what has to be read of customers."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from django_clvrec.cells import SUMMED, Sums
from django_clvrec.groups.conditions import Conditions
from django_clvrec.groups.counting import Summary, cells_in, summary_of
from django_clvrec.groups.population import Population
from django_clvrec.models import CustomerScore, Tier

Groups = tuple[Conditions, Conditions]


@dataclass(kw_only=True)
class _Group:
    """What a group comes to while rows are added."""

    sums: Sums = field(default_factory=Sums)
    tiers: Counter[str] = field(default_factory=Counter)
    segments: Counter[str] = field(default_factory=Counter)

    def add(self, row: "_Row") -> None:
        self.sums += row.sums
        self.tiers[row.tier] += row.sums.customers
        self.segments[row.segment] += row.sums.customers


@dataclass(frozen=True, kw_only=True)
class _Row:
    """Customers of one tier and segment, and which groups they are in."""

    tier: str
    segment: str
    sums: Sums
    in_one: bool = False
    in_other: bool = False


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two groups, each with its figures and its customers by tier and by segment."""

    summaries: tuple[Summary, Summary]
    tiers: list[tuple[str, tuple[int, int]]]
    segments: list[tuple[str, tuple[int, int]]]
    both: int
    """Customers in both groups."""


def compare(population: Population, one: Conditions, other: Conditions) -> Comparison:
    """Two queries at most."""
    first, second = found = (_Group(), _Group())
    known = [population.has_in_cells(group) for group in (one, other)]
    # Each group is read by itself where that is less to read: what the cells tell is not read at
    # all, and buyers are few. To ask of everybody whether they are among them takes longer.
    if any(known) or one.item or other.item:
        both = _add_apart(population, (one, other), found)
    else:
        both = _add_at_once(population, (one, other), found)
    segments = dict.fromkeys([*population.segments, *sorted(first.segments | second.segments)])
    return Comparison(
        summaries=(
            summary_of(first.sums, population.total),
            summary_of(second.sums, population.total),
        ),
        tiers=[(name, (first.tiers[name], second.tiers[name])) for name in Tier.values],
        segments=[(name, (first.segments[name], second.segments[name])) for name in segments],
        both=both,
    )


def _add_at_once(population: Population, groups: Groups, found: Sequence[_Group]) -> int:
    """Add up each group, by one query; customers in both."""
    one, other = (population.condition(group) for group in groups)
    rows = population.everyone()
    if one and other:
        rows = rows.filter(one | other)
    both = 0
    for row in _summed(rows, in_one=_membership(one), in_other=_membership(other)):
        is_in = (row.in_one, row.in_other)
        for group, is_member in zip(found, is_in, strict=True):
            if is_member:
                group.add(row)
        both += row.sums.customers if all(is_in) else 0
    return both


def _add_apart(population: Population, groups: Groups, found: Sequence[_Group]) -> int:
    """The same, by two queries at most."""

    def cost(place: int) -> tuple[bool, bool]:
        return population.has_in_cells(groups[place]), not groups[place].item

    # along with one group is told who of it is in the other too: with one that is read, and few
    told, rest = sorted((0, 1), key=cost)
    both = 0
    for row in _rows(population, groups[told], groups[rest]):
        found[told].add(row)
        both += row.sums.customers if row.in_other else 0
    for row in _rows(population, groups[rest], groups[rest]):
        found[rest].add(row)
    return both


def _rows(population: Population, group: Conditions, other: Conditions) -> Iterable[_Row]:
    """Sums of a group, one for each tier, segment and whether they are of the other group too."""
    if population.has_in_cells(group):
        return _rows_of_cells(population, group, other)
    # that all of a group are of the same group need not be asked
    condition = Q() if other is group else population.condition(other)
    return _summed(population.queryset(group), in_other=_membership(condition))


def _rows_of_cells(population: Population, group: Conditions, other: Conditions) -> Iterable[_Row]:
    others = {*cells_in(population.cells, other)}
    for cell in cells_in(population.cells, group):
        yield _Row(tier=cell.tier, segment=cell.segment, sums=cell.sums, in_other=cell in others)


def _summed(rows: QuerySet[CustomerScore], **memberships: Any) -> Iterable[_Row]:
    """One row for each tier, segment and membership: a pass that only adds up."""
    found: Any = rows.values("tier", "segment", **memberships).annotate(**SUMMED)
    for row in found:
        values = {name: row.pop(name) for name in SUMMED}
        sums = Sums(**values | {"revenue": float(values["revenue"])})
        yield _Row(**row, sums=sums)


def _membership(condition: Q) -> Any:
    """1 or 0; comparing with a forecast that is not there gives neither true nor false."""
    if not condition:
        return Value(1)
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())
