"""What a customer and similar customers buy: own frequency beside that of neighbours.

After Hu, He, Gao & Zhang, “Modeling personalized item frequency information for next-basket
recommendation”, SIGIR 2020; orders fade by days here, not by their number.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from django_clvrec.core.histories import Floats, Histories, Ints, Strings
from django_clvrec.core.recommenders.base import NO_REASON, tie_breaker
from django_clvrec.core.sampling import spread
from django_clvrec.core.sparse import SparseRows

MOST_NEIGHBOURS = 10_000
"""Customers among whom neighbours are looked for: the work grows with customers times these."""
CELLS = 1 << 22
SAME = 1 - 1e-4
"""A cosine above it is that of a customer and themselves: single precision over long histories."""


@dataclass(frozen=True, kw_only=True)
class TifuKnn:
    """Share of orders that hold the item, blended with the mean of the `k` nearest customers."""

    half_life_days: float | None = None
    k: int = 300
    own: float = 0.7
    """What the own frequency counts; the neighbours' mean counts the rest."""

    name = "tifu_knn"

    def fit(self, histories: Histories) -> "FittedTifuKnn":
        chosen = spread(len(histories), MOST_NEIGHBOURS)
        some = histories.take(chosen)
        shares = _shares(some, self.half_life_days)
        return FittedTifuKnn.of(self, shares, tie_breaker(histories), some.customers)

    def variants(self) -> tuple[Self, ...]:
        grid = [(None, 0.7), (180.0, 0.7), (180.0, 0.4)]
        return tuple(replace(self, half_life_days=days, own=own) for days, own in grid)

    def limits(self, histories: Histories) -> str:
        if len(histories) <= MOST_NEIGHBOURS:
            return ""
        return f"neighbours among {MOST_NEIGHBOURS:,} of {len(histories):,} customers"


@dataclass(frozen=True)
class FittedTifuKnn:
    recommender: TifuKnn
    shares: SparseRows
    """Customers among whom neighbours are looked for × items."""
    directions: SparseRows
    """Items × these customers, whose columns have length 1."""
    others: Floats
    customers: Strings | None = None
    """Keys of those in `shares`, by whom a row can be found; None where nobody knows them."""

    @classmethod
    def of(
        cls,
        recommender: TifuKnn,
        shares: SparseRows,
        others: Floats,
        customers: Strings | None = None,
    ) -> "FittedTifuKnn":
        # by item, so that scoring a single customer touches only the items of that one
        directions = shares.directed().transposed()
        return cls(recommender, shares, directions, others, customers)

    def score(self, histories: Histories) -> Floats:
        shares = _shares(histories, self.recommender.half_life_days)
        near = self._nearest(shares) @ self.shares
        own = self.recommender.own
        found = own * shares.toarray() + (1 - own) * near
        scores: Floats = (found + 1e-6 * self.others).astype(np.float32)
        return scores

    def explain(self, history: Histories, item: int) -> Ints:
        return np.array([item]) if np.any(history.items == item) else NO_REASON

    def _nearest(self, shares: SparseRows) -> SparseRows:
        """Customers × neighbours: 1 / k where one is among the `k` nearest by cosine.

        Who shares nothing is no neighbour, so that there can be fewer.
        """
        k = min(self.recommender.k, self.directions.shape[1])
        directions = shares.directed()
        step = max(1, CELLS // max(1, self.directions.shape[1]))
        places, values = [], []
        for at in range(0, directions.shape[0], step):
            near = directions.rows(at, at + step) @ self.directions
            # one that is the same is the customer, or tells nothing that the own share does not
            near[near > SAME] = 0
            found = np.argpartition(-near, k - 1, axis=1)[:, :k]
            places.append(found)
            values.append(np.take_along_axis(near, found, axis=1) > 0)
        columns = np.concatenate([np.empty((0, k), dtype=np.int64), *places])
        counts = np.concatenate([np.empty((0, k), dtype=bool), *values]).astype(np.float32) / k
        starts = np.arange(0, columns.size + 1, k)
        shape = (len(columns), self.directions.shape[1])
        return SparseRows(counts.ravel(), columns.ravel(), starts, shape)


def _shares(histories: Histories, half_life_days: float | None) -> SparseRows:
    orders = histories.orders.clip(min=1).astype(np.float32)
    return histories.cells(half_life_days).scaled(1 / orders)
