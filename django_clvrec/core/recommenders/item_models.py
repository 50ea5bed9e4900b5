"""Recommenders that are a matrix of items × items: a customer's items speak for others."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.recommenders.base import strongest

BINARY, ROOT = "binary", "root"
"""What an item counts in a customer's history: once, or the root of its orders."""


def counted(histories: Histories, counting: str, items: Ints | None = None) -> csr_array:
    """Customers × items as an item model sees them; of `items` only, where they are given."""
    found = histories.matrix()
    found.data = np.sqrt(found.data) if counting == ROOT else np.ones_like(found.data)
    return found if items is None else csr_array(found[:, items])


@dataclass(frozen=True)
class FittedItemModel:
    """Item j of a history adds `weights[j, i]` to the score of item i."""

    weights: Any
    """Dense, or sparse where most are 0."""
    counting: str
    items: Ints
    """Positions of the items that the model knows; its rows and columns."""
    others: Floats

    def score(self, histories: Histories) -> Floats:
        known = self._known(counted(histories, self.counting, self.items))
        found = np.repeat(1e-6 * self.others[None, :], len(histories), axis=0)
        found[:, self.items] += known if isinstance(known, np.ndarray) else known.toarray()
        return found.astype(np.float32)

    def _known(self, own: csr_array) -> Any:
        if self.weights.dtype != np.float16:
            return own @ self.weights
        # as a snapshot keeps them: only what is needed is made longer
        used = np.unique(own.indices)
        return csr_array(own[:, used]) @ self.weights[used].astype(np.float32)

    def explain(self, history: Histories, item: int) -> Ints:
        column = np.searchsorted(self.items, item)
        if column == len(self.items) or self.items[column] != item:
            return self.items[:0]
        own = counted(history, self.counting, self.items)
        bought = own.indices
        weights = self.weights[bought][:, [column]]
        weights = weights.toarray() if hasattr(weights, "toarray") else weights
        return strongest(own.data * weights.ravel(), self.items[bought])


def best_known(histories: Histories, most: int) -> Ints:
    """The `most` items with the most buyers, in ascending order; on a tie the lower position."""
    buyers = histories.buyers()
    order = np.lexsort((np.arange(len(buyers)), -buyers))[:most]
    return np.sort(order)
