"""Recommenders that are a matrix of items × items: a customer's items speak for others."""

from dataclasses import dataclass, replace

import numpy as np

from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.recommenders.base import strongest
from django_clvrec.core.sparse import SparseRows

BINARY, ROOT = "binary", "root"
"""What an item counts in a customer's history: once, or the root of its orders."""


def counted(histories: Histories, counting: str, items: Ints) -> SparseRows:
    """Customers × `items` as an item model sees them."""
    found = histories.cells()
    data = np.sqrt(found.data) if counting == ROOT else np.ones_like(found.data)
    return replace(found, data=data).columns(items)


@dataclass(frozen=True)
class FittedItemModel:
    """Item j of a history adds `weights[j, i]` to the score of item i."""

    weights: Floats | SparseRows
    """Dense, or sparse where most are 0."""
    counting: str
    items: Ints
    """Positions of the items that the model knows; its rows and columns."""
    others: Floats

    def score(self, histories: Histories) -> Floats:
        known = self._known(counted(histories, self.counting, self.items))
        found = np.repeat(1e-6 * self.others[None, :], len(histories), axis=0)
        found[:, self.items] += known
        return found.astype(np.float32)

    def _known(self, own: SparseRows) -> Floats:
        if isinstance(self.weights, SparseRows) or self.weights.dtype != np.float16:
            return own @ self.weights
        # as a snapshot keeps them: only what is needed is made longer
        used = np.unique(own.indices)
        return own.columns(used) @ self.weights[used].astype(np.float32)

    def explain(self, history: Histories, item: int) -> Ints:
        column = np.searchsorted(self.items, item)
        if column == len(self.items) or self.items[column] != item:
            return self.items[:0]
        own = counted(history, self.counting, self.items)
        bought = own.indices
        weights = self._towards(int(column))[bought]
        return strongest(own.data * weights, self.items[bought])

    def _towards(self, column: int) -> Floats:
        """What each item adds to the score of one."""
        if isinstance(self.weights, SparseRows):
            return self.weights.column(column)
        return self.weights[:, column]


def best_known(histories: Histories, most: int) -> Ints:
    """The `most` items with the most buyers, in ascending order; on a tie the lower position."""
    buyers = histories.buyers()
    order = np.lexsort((np.arange(len(buyers)), -buyers))[:most]
    return np.sort(order)
