"""A page of customers in an order, found from the last row of the page before.

An OFFSET would have the database pass over all rows before. Customers without a value come last
in both directions, as a second run through the table: databases disagree about where nulls stand,
and an order that says it would find no index.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet

from django_clvrec.groups.conditions import Conditions
from django_clvrec.groups.population import Population
from django_clvrec.models import CustomerScore

PAGE_ROWS = 50
ORDERS: Mapping[str, str] = {
    "score": "overall_score",
    "clv": "clv",
    "value": "monetary_value",
    "recency": "recency_days",
    "orders": "frequency",
}
NULLABLE = frozenset({"clv"})
INDEXED = "overall_score"
"""What an index is in the order of."""
DEFAULT_ORDER = "-score"
"""The best first; `-` is from high to low."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some rows, and where to go on; a row's number is no secret in an address, a key may be."""

    rows: list[CustomerScore]
    before: int | None = None
    """The first row, where there are rows before it."""
    after: int | None = None
    """The last row, where there are rows behind it."""


def is_order(name: str) -> bool:
    """Whether there is such an order."""
    return name.removeprefix("-") in ORDERS


def page_of(
    population: Population,
    conditions: Conditions,
    order: str = DEFAULT_ORDER,
    *,
    after: int | None = None,
    before: int | None = None,
) -> Page:
    """The page behind or before a row, else the first one.

    Three queries at most: where the row stands, and one or two for the page.
    """
    number = before if before is not None else after
    # any row of the snapshot, also one that meets no conditions: it only says where to begin
    start = None if number is None else population.everyone().filter(pk=number).first()
    walk = _Walk(
        rows=population.queryset(conditions),
        field=ORDERS[order.removeprefix("-")],
        is_falling=order.startswith("-"),
        is_backwards=start is not None and before is not None,
        is_filtered=bool(conditions.parameters().keys() - {"score_from", "score_to"}),
    )
    found = list(walk.rows_from(start))
    has_more, found = len(found) > PAGE_ROWS, found[:PAGE_ROWS]
    if walk.is_backwards:
        found.reverse()
    if not found:
        return Page(rows=[])
    is_first = not has_more if walk.is_backwards else start is None
    is_last = not (walk.is_backwards or has_more)
    return Page(
        rows=found,
        before=None if is_first else found[0].pk,
        after=None if is_last else found[-1].pk,
    )


@dataclass(frozen=True, kw_only=True)
class _Walk:
    """Rows in an order, in one direction."""

    rows: QuerySet[CustomerScore]
    field: str
    is_falling: bool
    is_backwards: bool
    is_filtered: bool

    def rows_from(self, start: CustomerScore | None) -> Iterator[CustomerScore]:
        """One row more than a page, so that whoever asks knows whether that is all."""
        wanted, runs = PAGE_ROWS + 1, self._runs()
        if start is not None and None not in runs:
            runs = runs[runs.index(getattr(start, self.field) is None) :]
        for run in runs:
            few = list(self._run(run, start)[:wanted])
            yield from few
            wanted, start = wanted - len(few), None
            if not wanted:
                return

    def _runs(self) -> list[bool | None]:
        """Whether each run is through the customers without a value; None where all have one."""
        if self.field not in NULLABLE:
            return [None]
        return [True, False] if self.is_backwards else [False, True]

    def _run(self, is_null: bool | None, start: CustomerScore | None) -> QuerySet[CustomerScore]:
        """Equals stand in the direction of the order too: so one index serves both directions."""
        is_falling = self.is_falling != self.is_backwards
        than, rows = "lt" if is_falling else "gt", self.rows
        if is_null is not None:
            rows = rows.filter((f"{self.field}__isnull", is_null))
        # who has no value stands in the order of the score
        field = INDEXED if is_null else self.field
        if start is not None:
            value = getattr(start, field)
            equal = Q((field, value), (f"customer_key__{than}", start.customer_key))
            # the bound is said once more, so that an index is entered where the page begins
            rows = rows.filter(Q((f"{field}__{than}", value)) | equal, (f"{field}__{than}e", value))
        terms = (self._term(field, is_whole=is_null is None), F("customer_key"))
        return rows.order_by(*(one.desc() if is_falling else one.asc() for one in terms))

    def _term(self, field: str, *, is_whole: bool) -> Any:
        """A planner that finds an index in the order walks it until a page is full, and believes
        that conditions are met evenly. They are not: for tier `high` from the lowest score on that
        is nearly all of the index, row by row. A sum has no index, so the table is passed once."""
        if field == INDEXED and (self.is_filtered or not is_whole):
            return F(field) + 0
        return F(field)
