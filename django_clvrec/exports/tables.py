"""What is exported: tables whose rows are read page by page, so that memory stays flat.

Pages go on from the last key, which holds for every database: some drivers would fetch all rows
of one long statement, and a pooler may forbid the cursors that prevent it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from django.db.models import QuerySet

from django_clvrec.core.ranking import AGAIN, DISCOVER
from django_clvrec.exports.choosing import (
    check_kept,
    check_lists,
    check_segments,
    check_tiers,
    chosen_snapshot,
)
from django_clvrec.groups import Population, conditions_of, group_named
from django_clvrec.models import CustomerScore, PopularItems, Recommendation, Snapshot

PAGE_CUSTOMERS = 500
"""A page of lists has LIST_LENGTH times as many rows."""

STORED, POPULAR_IN_TIER, POPULAR = "stored", "popular_in_tier", "popular"
"""Where a list comes from, in the words of answers."""

Rows = Sequence[Sequence[Any]]
Pairs = Sequence[tuple[str, float]]


class Kind(Enum):
    """What the cells of a column hold, besides nothing."""

    TEXT = auto()
    WHOLE = auto()
    NUMBER = auto()
    MONEY = auto()


@dataclass(frozen=True, kw_only=True)
class Table:
    """Named columns, and rows that can be read once."""

    columns: Mapping[str, Kind]
    pages: Iterator[Rows]
    """Raise SnapshotRemoved at the end if the snapshot went meanwhile."""


LIST_COLUMNS = {
    "customer_key": Kind.TEXT,
    "rank": Kind.WHOLE,
    "item_key": Kind.TEXT,
    "score": Kind.NUMBER,
    "source": Kind.TEXT,
}
SCORE_COLUMNS = {
    "customer_key": Kind.TEXT,
    "recency_days": Kind.WHOLE,
    "frequency": Kind.WHOLE,
    "monetary_value": Kind.MONEY,
    "age_days": Kind.WHOLE,
    "order_days": Kind.WHOLE,
    "recency_score": Kind.WHOLE,
    "frequency_score": Kind.WHOLE,
    "monetary_score": Kind.WHOLE,
    "overall_score": Kind.WHOLE,
    "tier": Kind.TEXT,
    "segment": Kind.TEXT,
    "expected_orders": Kind.NUMBER,
    "p_alive": Kind.NUMBER,
    "clv": Kind.NUMBER,
    "clv_low": Kind.NUMBER,
    "clv_high": Kind.NUMBER,
}


def recommendations(
    *,
    level: str | None = None,
    intent: str = DISCOVER,
    n: int = 10,
    source: str | None = None,
    snapshot: int | None = None,
) -> Table:
    """The best `n` items of every customer, as the live or the given snapshot has them.

    Who has no list of their own gets what is popular in their tier, else with everyone; to buy
    again there is nothing of that kind, so they have no rows.

    Raises NoLiveSnapshot, NoSource, UnknownSnapshot, UnknownLevel, UnknownIntent, BadListLength.
    """
    chosen = chosen_snapshot(source, snapshot)
    level = check_lists(chosen, level, intent, n)
    return Table(columns=LIST_COLUMNS, pages=_kept(chosen, _list_pages(chosen, level, intent, n)))


def scores(
    *,
    tiers: Sequence[str] = (),
    segments: Sequence[str] = (),
    group: str | None = None,
    source: str | None = None,
    snapshot: int | None = None,
) -> Table:
    """One row for each customer, or for those of any of `tiers` and any of `segments`, and of a
    saved group.

    Raises NoLiveSnapshot, NoSource, UnknownSnapshot, UnknownTier, UnknownSegment, UnknownGroup and
    BadGroup.
    """
    chosen = chosen_snapshot(source, snapshot)
    check_tiers(tiers)
    check_segments(chosen, segments)
    rows = CustomerScore.objects.filter(snapshot=chosen)
    if group is not None:
        population = Population(chosen.source, chosen)
        kept = conditions_of(population, group_named(group, chosen.source))
        rows = rows.filter(population.condition(kept))
    rows = rows.in_tier(*tiers) if tiers else rows
    rows = rows.in_segment(*segments) if segments else rows
    return members(chosen, rows)


def members(snapshot: Snapshot, rows: QuerySet[CustomerScore]) -> Table:
    """The columns of `scores`, for some customers of a snapshot."""
    return Table(columns=SCORE_COLUMNS, pages=_kept(snapshot, _pages(rows, *SCORE_COLUMNS)))


def _kept(snapshot: Snapshot, pages: Iterator[Rows]) -> Iterator[Rows]:
    yield from pages
    check_kept(snapshot)


def _pages(rows: QuerySet[Any], *fields: str) -> Iterator[Rows]:
    """Pages in the order of the customers' keys, which are the first of `fields`."""
    ordered = rows.order_by("customer_key").values_list(*fields)
    page = list(ordered[:PAGE_CUSTOMERS])
    while page:
        yield page
        page = list(ordered.filter(customer_key__gt=page[-1][0])[:PAGE_CUSTOMERS])


def _list_pages(snapshot: Snapshot, level: str, intent: str, n: int) -> Iterator[Rows]:
    popular = {} if intent == AGAIN else _popular(snapshot, level)
    lists = Recommendation.objects.filter(snapshot=snapshot, level=level, intent=intent)
    customers = CustomerScore.objects.filter(snapshot=snapshot)
    for page in _pages(customers, "customer_key", "tier"):
        # a range and not a thousand keys: databases limit how many a statement can name
        near = lists.filter(customer_key__gte=page[0][0], customer_key__lte=page[-1][0])
        stored = dict(near.values_list("customer_key", "items"))
        rows: list[tuple[Any, ...]] = []
        for key, tier in page:
            found, pairs = _best(stored.get(key), popular, tier)
            rows += (
                (key, rank, item, float(score), found)
                for rank, (item, score) in enumerate(pairs[:n], 1)
            )
        yield rows


def _popular(snapshot: Snapshot, level: str) -> dict[str, Pairs]:
    rows = PopularItems.objects.filter(snapshot=snapshot, level=level)
    return dict(rows.values_list("tier", "items"))


def _best(stored: Pairs | None, popular: Mapping[str, Pairs], tier: str) -> tuple[str, Pairs]:
    if stored:
        return STORED, stored
    if in_tier := popular.get(tier):
        return POPULAR_IN_TIER, in_tier
    return POPULAR, popular.get("", ())
