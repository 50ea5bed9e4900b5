"""What customers bought at one level, as arrays that recommenders learn from and score by."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from django_clvrec.core.sparse import Floats, Ints, SparseRows

if TYPE_CHECKING:  # a visit is scored without SciPy
    from scipy.sparse import csr_array

__all__ = ["NEVER", "Floats", "Histories", "Ints", "Strings"]

Strings = NDArray[Any]

NEVER = np.float32(np.inf)
"""Days since something that did not happen."""


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

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def owners(self) -> Ints:
        """The customer of each event."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def take(self, customers: Ints) -> "Histories":
        """Some of the customers, in the order asked for."""
        lengths = np.diff(self.starts)[customers]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(starts[-1]) + np.repeat(self.starts[customers] - starts[:-1], lengths)
        return replace(
            self,
            starts=starts,
            items=self.items[places],
            days=self.days[places],
            orders=self.orders[customers],
            tiers=self.tiers[customers],
            customers=None if self.customers is None else self.customers[customers],
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
