"""What customers bought and were shown at one level: arrays to learn from and to score by."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from django_clvrec.core.sparse import Floats, Ints, SparseRows

if TYPE_CHECKING:  # a visit is scored without SciPy
    from scipy.sparse import csr_array

__all__ = ["NEVER", "Floats", "Histories", "Ints", "Shown", "Strings"]

Strings = NDArray[Any]

NEVER = np.float32(np.inf)
"""Days since something that did not happen."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One entry for each item of each list that came into view; those of a customer stand together.

    The entries of customer i are those from `starts[i]` up to `starts[i + 1]`, the oldest list
    first, and its items in the order shown.
    """

    starts: Ints
    items: Ints
    """Positions among the items of the histories."""
    days: Floats
    """From when it was shown to the end of observation."""
    clicked: Floats
    """1 where it was clicked by then, otherwise 0."""
    values: Floats
    """Revenue of purchases by then that are put down to it; 0 where it was not bought."""

    def take(self, customers: Ints) -> "Shown":
        """Some of the customers, in the order asked for."""
        starts, places = _taken(self.starts, customers)
        return Shown(
            starts=starts,
            items=self.items[places],
            days=self.days[places],
            clicked=self.clicked[places],
            values=self.values[places],
        )

    def only(self, place: Ints) -> "Shown":
        """Of some items only: `place` is the new position by the old one, or -1."""
        kept = place[self.items] >= 0
        counts = np.concatenate([[0], np.cumsum(kept)])
        return Shown(
            starts=counts[self.starts],
            items=place[self.items[kept]],
            days=self.days[kept],
            clicked=self.clicked[kept],
            values=self.values[kept],
        )


@dataclass(frozen=True, kw_only=True)
class Histories:
    """One event for each order and item in it; those of a customer stand together.

    The events of customer i are those from `starts[i]` up to `starts[i + 1]`.
    """

    starts: Ints
    items: Ints
    """Positions among `size` items."""
    days: Floats
    """From the order to the end of observation."""
    orders: Ints
    """Orders of each customer, also those that hold none of the items."""
    tiers: Strings
    """Tier of each customer."""
    size: int
    customers: Strings | None = None
    """Their keys, where what is learnt may keep rows of single customers: these can be found."""
    values: Floats | None = None
    """Revenue of each event: of the order's lines that hold the item. To learn from, never to
    score by; None where nobody asked for it."""
    shown: Shown | None = None
    """What was in front of them, and what came of it; likewise."""

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def owners(self) -> Ints:
        """The customer of each event."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def take(self, customers: Ints) -> "Histories":
        """Some of the customers, in the order asked for."""
        starts, places = _taken(self.starts, customers)
        return replace(
            self,
            starts=starts,
            items=self.items[places],
            days=self.days[places],
            orders=self.orders[customers],
            tiers=self.tiers[customers],
            customers=None if self.customers is None else self.customers[customers],
            values=None if self.values is None else self.values[places],
            shown=None if self.shown is None else self.shown.take(customers),
        )

    def only(self, items: Ints) -> "Histories":
        """Of these items only, which are ascending positions, in this order."""
        place = np.full(self.size, -1)
        place[items] = np.arange(len(items))
        kept = place[self.items] >= 0
        counts = np.bincount(self.owners[kept], minlength=len(self))
        return replace(
            self,
            starts=np.concatenate([[0], np.cumsum(counts)]),
            items=place[self.items[kept]].astype(np.int32),
            days=self.days[kept],
            size=len(items),
            values=None if self.values is None else self.values[kept],
            shown=None if self.shown is None else self.shown.only(place),
        )

    def without(self, item: int) -> "Histories":
        """As if it had never been bought. Orders that held nothing else still count."""
        kept = self.items != item
        counts = np.concatenate([[0], np.cumsum(kept)])
        return replace(
            self, starts=counts[self.starts], items=self.items[kept], days=self.days[kept]
        )

    def matrix(self, half_life_days: float | None = None) -> "csr_array":
        """Customers × items: the orders that hold the item, an old one counting less.

        An order counts half after `half_life_days`. What is learnt is learnt from it; what only
        scores takes `cells`.
        """
        from scipy.sparse import csr_array

        cells = (self._values(half_life_days), self.items.astype(np.int32), self.starts.copy())
        found = csr_array(cells, shape=(len(self), self.size), copy=True)
        found.sum_duplicates()
        return found

    def cells(self, half_life_days: float | None = None) -> SparseRows:
        """The same, of a single customer without SciPy."""
        if len(self) != 1:
            return SparseRows.of(self.matrix(half_life_days))
        return SparseRows.summed(self._values(half_life_days), self.items, self.starts, self.size)

    def _values(self, half_life_days: float | None) -> Floats:
        """What each event counts."""
        if half_life_days is None:
            return np.ones(len(self.items), dtype=np.float32)
        # never so little that it cannot be told from nothing
        faded: Floats = np.exp2(-self.days / np.float32(half_life_days)).clip(min=1e-6)
        return faded.astype(np.float32)

    def bought(self) -> "csr_array":
        """Customers × items: 1 for what was ever bought."""
        found = self.matrix()
        found.data[:] = 1
        return found

    def buyers(self, days: float | None = None) -> Floats:
        """How many customers ever bought each item, or in so many days before the last order."""
        if days is None:
            return np.asarray(self.bought().sum(axis=0), dtype=np.float64)
        recent = self.days <= self.days.min(initial=NEVER) + days
        pairs = np.unique(self.owners[recent] * self.size + self.items[recent])
        return np.bincount(pairs % max(1, self.size), minlength=self.size).astype(np.float64)

    def pieces(self, cells: int) -> "list[Ints]":
        """Customers in pieces of at most about so many customer × item cells."""
        step = max(1, cells // max(1, self.size))
        return [np.arange(at, min(at + step, len(self))) for at in range(0, len(self), step)]


def times_of(owners: Ints, days: Floats, size: int) -> Ints:
    """At how many different times each of `size` customers bought, by the events of all."""
    once = np.unique(np.stack([owners.astype(np.float64), days]), axis=1)[0]
    return np.bincount(once.astype(np.int64), minlength=size)


def _taken(starts: Ints, customers: Ints) -> tuple[Ints, Ints]:
    """Where the entries of some customers start when they stand together, and where they stood."""
    lengths = np.diff(starts)[customers]
    found = np.concatenate([[0], np.cumsum(lengths)])
    return found, np.arange(found[-1]) + np.repeat(starts[customers] - found[:-1], lengths)
