"""Moments of the past to learn from: what a customer had bought by then, and what came after."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from django_clvrec.core.histories import Floats, Histories, Ints, times_of
from django_clvrec.core.recommenders.networks import own_past

Random = np.random.Generator


class Timeline:
    """The events of some customers, each one's oldest first, cut into orders."""

    def __init__(self, histories: Histories) -> None:
        self.size, self.starts = histories.size, histories.starts
        self.owners = histories.owners
        by_time = np.lexsort((-histories.days, self.owners))
        self.values = None if histories.values is None else histories.values[by_time]
        self.items = histories.items[by_time].astype(np.int64)
        self.days = histories.days[by_time].astype(np.float64)
        self.orders = first_of_each(self.owners, self.days)
        """The first event of each order: what was bought at one time."""
        self.first_orders = np.searchsorted(self.owners[self.orders], np.arange(len(self) + 1))
        """The first order of each customer."""
        self._width = 2 * (self.days.max(initial=0.0) + 1)
        self._keys = self.owners * self._width - self.days

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def order_counts(self) -> Ints:
        return np.diff(self.first_orders)

    def order_at(self, customers: Ints, number: Ints) -> Ints:
        """The first event of a customer's order by its number, the oldest is 0."""
        found: Ints = self.orders[self.first_orders[customers] + number]
        return found

    def first_after(self, customers: Ints, days: Floats) -> Ints:
        """The first event of each customer less than `days` ago, or the end of their events."""
        return self._place(customers, days, "right")

    def first_since(self, customers: Ints, days: Floats) -> Ints:
        """The first event of each customer `days` ago or later: those before it came earlier."""
        return self._place(customers, days, "left")

    def _place(self, customers: Ints, days: Floats, side: Literal["left", "right"]) -> Ints:
        found = np.searchsorted(self._keys, customers * self._width - days, side=side)
        clipped: Ints = np.clip(found, self.starts[customers], self.starts[customers + 1])
        return clipped


def first_of_each(owners: Ints, days: Floats) -> Ints:
    """Places where another customer or another time begins."""
    is_first = np.ones(len(owners), dtype=bool)
    is_first[1:] = (np.diff(owners) != 0) | (np.diff(days) != 0)
    return np.flatnonzero(is_first)


def ranges(begin: Ints, end: Ints) -> tuple[Ints, Ints]:
    """The row of each place from `begin` up to `end`, one row after the other; and the places."""
    counts = end - begin
    rows = np.repeat(np.arange(len(counts)), counts)
    places = np.arange(len(rows)) + np.repeat(begin - (np.cumsum(counts) - counts), counts)
    return rows, places


@dataclass(frozen=True, kw_only=True)
class Cells:
    """What was bought by some moments, a cell for each row and item, by row, then item."""

    rows: Ints
    items: Ints
    ever: Floats
    """Orders that hold the item."""
    late: Floats
    """The same, an old order counting less."""
    shape: tuple[int, int]

    @classmethod
    def of(
        cls, timeline: Timeline, begin: Ints, end: Ints, days: Floats, half_life_days: float
    ) -> "Cells":
        """Of the events from `begin` up to `end`, seen from `days` ago; one row each."""
        rows, places = ranges(begin, end)
        age = timeline.days[places] - days[rows]
        faded = np.exp2(-age.clip(min=0) / half_life_days).clip(min=1e-6)
        cells, owner = np.unique(rows * timeline.size + timeline.items[places], return_inverse=True)
        return cls(
            rows=cells // timeline.size,
            items=cells % timeline.size,
            ever=np.bincount(owner, minlength=len(cells)).astype(np.float32),
            late=np.bincount(owner, faded, minlength=len(cells)).astype(np.float32),
            shape=(len(begin), timeline.size),
        )

    def where(self, chosen: NDArray[np.bool_]) -> "Cells":
        return replace(
            self,
            rows=self.rows[chosen],
            items=self.items[chosen],
            ever=self.ever[chosen],
            late=self.late[chosen],
        )

    def inputs(self) -> Floats:
        """Rows × twice the items, as `FittedNetwork` has them."""
        size = self.shape[1]
        found = np.zeros((self.shape[0], 2 * size), dtype=np.float32)
        for place, counts in enumerate((self.ever, self.late)):
            # the squares of roots are what they are of
            lengths = np.sqrt(np.bincount(self.rows, counts, minlength=self.shape[0]))
            found[self.rows, place * size + self.items] = np.sqrt(counts) / lengths[self.rows]
        return found

    def own(self) -> Floats:
        """Cells × OWN."""
        return own_past(self.ever, self.late)

    def table(self) -> NDArray[np.bool_]:
        """Rows × items: whether there is a cell."""
        found = np.zeros(self.shape, dtype=bool)
        found[self.rows, self.items] = True
        return found


def bought_between(timeline: Timeline, begin: Ints, end: Ints) -> NDArray[np.bool_]:
    """Rows × items: whether an event from `begin` up to `end` holds it."""
    rows, places = ranges(begin, end)
    found = np.zeros((len(begin), timeline.size), dtype=bool)
    found[rows, timeline.items[places]] = True
    return found


@dataclass(frozen=True, kw_only=True)
class Moments:
    """For each of some customers a time to look back from, and what is to be found."""

    begin: Ints
    end: Ints
    """Events from the one up to the other had come before it."""
    days: Floats
    """How long ago it was."""
    last: Ints
    """Events from `end` up to this one are to be found."""
    is_timed: NDArray[np.bool_]
    """Whether it is the time of an order; else it is the end, and there is nothing after it."""

    @classmethod
    def drawn(
        cls,
        timeline: Timeline,
        random: Random,
        customers: Ints,
        share: float,
        window_days: float | None,
    ) -> "Moments":
        """The time of one of the orders but the first; the end for all but a `share` of customers,
        and for those with a single order."""
        counts = timeline.order_counts[customers]
        is_timed = (counts > 1) & (random.random(len(customers)) < share)
        number = 1 + (random.random(len(customers)) * (counts - 1).clip(min=1)).astype(np.int64)
        number = np.minimum(number, counts - 1).clip(min=0)
        last = timeline.starts[customers + 1]
        end = np.where(is_timed, timeline.order_at(customers, number), last)
        days = np.where(is_timed, timeline.days[end.clip(max=len(timeline.days) - 1)], 0.0)
        if window_days is not None:
            after = timeline.first_after(customers, days - window_days)
            last = np.where(is_timed, after, last)
        begin = timeline.starts[customers]
        return cls(begin=begin, end=end, days=days, last=last, is_timed=is_timed)


@dataclass(frozen=True, kw_only=True)
class HeldBack:
    """A split in time within what is learnt from."""

    before: Histories
    truth: csr_array
    """Customers × items: 1 for what was bought after it."""


def held_back(histories: Histories, share: float) -> HeldBack:
    """What came before the last `share` of the time, and what was bought in it."""
    days = histories.days
    cut = float(days.min()) + share * float(np.ptp(days)) if len(days) else 0.0
    is_before = days > cut
    owners = histories.owners
    counts = np.bincount(owners[is_before], minlength=len(histories))
    before = replace(
        histories,
        starts=np.concatenate([[0], np.cumsum(counts)]),
        items=histories.items[is_before],
        days=(days[is_before] - np.float32(cut)).astype(np.float32),
        values=None,
        shown=None,
        orders=times_of(owners[is_before], days[is_before], len(histories)),
    )
    cells = (owners[~is_before], histories.items[~is_before])
    truth = csr_array(
        (np.ones(len(cells[0]), np.float32), cells), shape=(len(histories), histories.size)
    )
    truth.sum_duplicates()
    truth.data[:] = 1
    return HeldBack(before=before, truth=truth)
