"""Bursts of newcomers: items that are bought by customers who came only just before.

Who pushes an item needs customers, and quick ones are new: in some days far more of its buyers are
newcomers than among the buyers of everything else in those days, and than among its own before.
An honest launch or sale is bought by customers whom the shop knows, and Christmas brings newcomers
to all items alike. Shares are compared by the binomial tail, widened by how far the shop's own
items differ; cf. Günnemann et al., “Robust multivariate autoregression for anomaly detection in
dynamic product ratings”, WWW 2014, and Beutel et al., “CopyCatch”, WWW 2013.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

LONGER = 4
"""So many times the days are looked at too, for pushes that take their time."""
SIDE = 4
"""Spans on each side that tell what share of newcomers is usual at the time."""
LEEWAY = 1.5
"""A span may have so many times the newcomers of those around it: a season, and no push."""
NEVER = np.iinfo(np.int32).max // 2
SETTLED = 3
"""Times the days that have to pass in a log before regulars have shown that they are."""
EARLY = 0.1
GAP_DAYS = 366
"""Up to a tenth of the customers may have come so long before all others without the log being as
old: their orders have lost their time, and are of 1970 or of the year 1."""
PAST = 10
"""Buyers that an item's own past has to outweigh."""


@dataclass(frozen=True, kw_only=True)
class Newcomers:
    """Buyers with orders on at most `before` days that were `days` or more before they bought."""

    days: int
    before: int = 0

    def settled_days(self) -> int:
        """So long after the log began, regulars can be told from newcomers."""
        return self.days * SETTLED

    def among(self, lines: "Purchases", known: Ints) -> Flags:
        """By line; `known` is what `known_days` tells of each customer."""
        since = known[lines.customers, self.before]
        return np.asarray(lines.days - since < self.days, dtype=bool)


@dataclass(frozen=True, kw_only=True)
class BurstRules:
    """What is a burst."""

    days: int = 7
    buyers: int = 5
    """Newcomers beyond what is usual."""
    share: float = 0.5
    """Of newcomers among the buyers."""
    chance: float = 0.001
    """Of one false alarm in all spans together, if buyers came by chance."""

    def newcomers(self) -> dict[int, tuple["Newcomers", ...]]:
        """By the width of spans, who is new in them."""
        short, long = self.days, self.days * LONGER
        new, hardly_known = Newcomers(days=short), Newcomers(days=long, before=1)
        return {short: (new, hardly_known), long: (new, Newcomers(days=long), hardly_known)}


@dataclass(frozen=True, kw_only=True)
class Purchases:
    """Lines that have an item, by number of customer and item, and day."""

    customers: Ints
    items: Ints
    days: Ints

    def __len__(self) -> int:
        return len(self.items)

    def where(self, chosen: Flags | Ints) -> "Purchases":
        return Purchases(
            customers=self.customers[chosen], items=self.items[chosen], days=self.days[chosen]
        )


@dataclass(frozen=True, kw_only=True)
class Burst:
    """An item that newcomers bought from day `first` to day `last`, in days since 1970."""

    item: int
    first: int
    last: int
    who: Newcomers
    buyers: int
    newcomers: int
    usual: float
    """The share of newcomers that was to be expected."""
    chance: float

    def pairs(self, lines: "Purchases", known: Ints) -> Flags:
        """All that its newcomers ever bought of the item, by line."""
        mine = (lines.items == self.item) & self.who.among(lines, known)
        mine &= (lines.days >= self.first) & (lines.days <= self.last)
        pushing = np.isin(lines.customers, lines.customers[mine])
        return np.asarray(pushing & (lines.items == self.item), dtype=bool)


@dataclass(frozen=True, kw_only=True)
class Spans:
    """Buyers of each item in spans of equal width, by ascending item, then span."""

    width: int
    who: Newcomers
    shift: int
    """Span s begins on day `s × width - shift`."""
    known_from: int
    """The first day of which can be told who is new."""
    lately: int
    """The first day of those by whose purchases it is told what is popular."""
    items: Ints
    numbers: Ints
    buyers: Floats
    newcomers: Floats

    @classmethod
    def joined(cls, parts: Sequence["Spans"]) -> "Spans":
        """Those of some items, then of others with higher numbers."""
        return replace(
            parts[0],
            items=np.concatenate([one.items for one in parts]),
            numbers=np.concatenate([one.numbers for one in parts]),
            buyers=np.concatenate([one.buyers for one in parts]),
            newcomers=np.concatenate([one.newcomers for one in parts]),
        )

    def first_days(self) -> Ints:
        """When the span of each entry begins."""
        return self.numbers * self.width - self.shift

    def is_late(self) -> Flags:
        return np.asarray(self.first_days() + self.width > self.lately, dtype=bool)

    def where(self, chosen: Flags) -> "Spans":
        return replace(
            self,
            items=self.items[chosen],
            numbers=self.numbers[chosen],
            buyers=self.buyers[chosen],
            newcomers=self.newcomers[chosen],
        )


def shifts(width: int) -> tuple[int, ...]:
    """Spans begin twice per width, so that a burst of half of it lies within one."""
    return (0, width // 2) if width > 1 else (0,)


def known_days(customers: Ints, days: Ints) -> NDArray[np.int32]:
    """Customers × 2: the first two days on which each ordered; a day without end where it has none.

    Numbers of customers count from 0.
    """
    size = int(customers.max(initial=-1)) + 1
    found = np.full((size, 2), NEVER, dtype=np.int32)
    np.minimum.at(found[:, 0], customers, days)
    later = days > found[customers, 0]
    np.minimum.at(found[:, 1], customers[later], days[later])
    return found


def first_day(known: Ints) -> int:
    """When the log of these customers begins, whatever the times of a few of them are."""
    if not len(known):
        return NEVER
    days = np.sort(known[:, 0])
    is_lost = (np.diff(days) > GAP_DAYS) & (np.arange(1, len(days)) <= EARLY * len(days))
    return int(days[np.flatnonzero(is_lost).max(initial=-1) + 1])


def spans_of(
    lines: Purchases,
    known: Ints,
    *,
    width: int,
    shift: int,
    kinds: Sequence[Newcomers],
    lately: int,
) -> list[Spans]:
    """For each kind of newcomers, an entry for each item and span with a buyer."""
    numbers = (lines.days.astype(np.int64) + shift) // width
    start = int(numbers.min(initial=0))
    many = int(numbers.max(initial=0)) - start + 1
    places = lines.items.astype(np.int64) * many + numbers - start
    # those of one customer in a span stand together
    order = np.lexsort((lines.customers, places))
    places, lines = places[order], lines.where(order)
    changes = (np.diff(places) != 0) | (np.diff(lines.customers) != 0)
    once = np.flatnonzero(np.append(True, changes)[: len(places)])
    cells, at = np.unique(places[once], return_inverse=True)
    first = first_day(known)
    found = []
    for who in kinds:
        is_new = np.maximum.reduceat(who.among(lines, known), once) if len(once) else once
        found.append(
            Spans(
                width=width,
                who=who,
                shift=shift,
                known_from=first + who.settled_days(),
                lately=lately,
                items=cells // many,
                numbers=cells % many + start,
                buyers=np.bincount(at, minlength=len(cells)).astype(np.float64),
                newcomers=np.bincount(at, is_new, minlength=len(cells)).astype(np.float64),
            )
        )
    return found


def bursts_of(tables: list[Spans], rules: BurstRules) -> list[Burst]:
    """Bursts by ascending item, then day; those of one item that overlap are one."""
    known = [table.where(table.first_days() >= table.known_from) for table in tables]
    judged = [(table, usual_shares(table)) for table in known]
    tested = np.zeros(2)
    for table, _ in judged:
        large = table.buyers >= rules.buyers
        tested += np.count_nonzero(large & table.is_late()), np.count_nonzero(large)
    # half of the chance is for what has just been bought, where there is less to be compared
    late, ever = rules.chance / 2 / np.maximum(1, tested)
    found = [
        burst
        for table, usual in judged
        for burst in _judge(table, usual, rules, np.where(table.is_late(), late, ever))
    ]
    return _merged(found)


def usual_shares(table: Spans) -> Floats:
    """By entry the share of newcomers to be expected: of other items then, or of its own past."""
    first = int(table.numbers.min(initial=0))
    place = table.numbers - first
    size = int(place.max(initial=-1)) + 1
    new = np.bincount(place, table.newcomers, size).astype(np.float64)
    all_ = np.bincount(place, table.buyers, size).astype(np.float64)
    around = LEEWAY * _around(new, all_)[place]
    # without the item itself, or what is pushed would be what is usual
    others = (new[place] - table.newcomers + around) / (all_[place] - table.buyers + 1)
    now = np.minimum(np.minimum(others, around), 1.0)
    starts = np.flatnonzero(np.append(True, np.diff(table.items) != 0)[: len(table.items)])
    lengths = np.diff(np.append(starts, len(table.items)))

    def before(column: Floats) -> Floats:
        sums = np.cumsum(column) - column
        return np.asarray(sums - np.repeat(sums[starts], lengths), dtype=np.float64)

    own = (before(table.newcomers) + PAST * now) / (before(table.buyers) + PAST)
    return np.asarray(np.maximum(now, own), dtype=np.float64)


def _around(new: Floats, all_: Floats) -> Floats:
    """By span the median share of those around it; 1 where there are none."""
    shares = np.divide(new, all_, where=all_ > 0, out=np.full(len(new), np.nan))
    found = np.ones(len(new))
    for at in range(len(new)):
        near = np.concatenate([shares[max(0, at - SIDE) : at], shares[at + 1 : at + 1 + SIDE]])
        near = near[~np.isnan(near)]
        if len(near):
            found[at] = np.median(near)
    return found


def _judge(table: Spans, usual: Floats, rules: BurstRules, chance: Floats) -> list[Burst]:
    n, x = table.buyers, table.newcomers
    spread = _spread(n, x, usual, rules)
    tail = betainc(np.maximum(x, 1) / spread, (n - x) / spread + 1, usual)
    chosen = (x - n * usual >= rules.buyers) & (x >= rules.share * n) & (tail < chance)
    starts = table.first_days()
    return [
        Burst(
            item=int(table.items[at]),
            first=int(starts[at]),
            last=int(starts[at]) + table.width - 1,
            who=table.who,
            buyers=int(n[at]),
            newcomers=int(x[at]),
            usual=float(usual[at]),
            chance=float(tail[at]),
        )
        for at in np.flatnonzero(chosen)
    ]


def _spread(n: Floats, x: Floats, usual: Floats, rules: BurstRules) -> float:
    """How many times wider than binomial the shop's own items vary; robust, and at least 1."""
    tested = (n >= rules.buyers) & (usual > 0) & (usual < 1)
    if not tested.any():
        return 1.0
    n, x, usual = n[tested], x[tested], usual[tested]
    off = (x - n * usual) / np.sqrt(n * usual * (1 - usual))
    scale = 1.4826 * np.median(np.abs(off - np.median(off)))
    return float(max(1.0, scale**2))


def _merged(found: list[Burst]) -> list[Burst]:
    merged: list[list[Burst]] = []
    last = 0
    for burst in sorted(found, key=lambda burst: (burst.item, burst.first, burst.last)):
        if merged and burst.item == merged[-1][0].item and burst.first <= last:
            merged[-1].append(burst)
            last = max(last, burst.last)
        else:
            merged.append([burst])
            last = burst.last
    return [_one(several) for several in merged]


def _one(bursts: list[Burst]) -> Burst:
    """The figures of the most surprising, and the time of all."""
    best = min(bursts, key=lambda burst: (burst.chance, burst.first))
    return replace(
        best,
        first=bursts[0].first,
        last=max(burst.last for burst in bursts),
    )
