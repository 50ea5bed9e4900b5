"""Others also bought: items whose buyers are the same, by cosine with shrinkage.

Sarwar, Karypis, Konstan & Riedl, “Item-based collaborative filtering”, WWW 2001.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.sparse import csr_array

from django_clvrec.core.histories import Histories
from django_clvrec.core.recommenders.base import tie_breaker
from django_clvrec.core.recommenders.item_models import (
    BINARY,
    ROOT,
    FittedItemModel,
    best_known,
    counted,
)
from django_clvrec.core.sparse import SparseRows

MOST_ITEMS = 8_000
BLOCK = 512
"""Columns of the similarity matrix made at once."""
TIED = np.float32(1 - 1e-5)
"""Of two that are equally near one can come out so much less near, in single precision."""


@dataclass(frozen=True, kw_only=True)
class ItemKnn:
    """The `k` nearest of each item: common buyers / (√(buyers × buyers) + `shrinkage`)."""

    k: int = 100
    shrinkage: float = 10.0
    counting: str = BINARY

    name = "item_knn"

    def fit(self, histories: Histories) -> FittedItemModel:
        items = best_known(histories, MOST_ITEMS)
        seen = counted(histories, self.counting, items).scipy()
        near = SparseRows.of(self._similar(seen))
        return FittedItemModel(near, self.counting, items, tie_breaker(histories))

    def variants(self) -> tuple[Self, ...]:
        grid = [(10.0, BINARY), (10.0, ROOT)]
        return tuple(replace(self, shrinkage=add, counting=how) for add, how in grid)

    def limits(self, histories: Histories) -> str:
        if histories.size <= MOST_ITEMS:
            return ""
        return f"the {MOST_ITEMS:,} most bought of {histories.size:,} items"

    def _similar(self, seen: csr_array) -> csr_array:
        """Items × items, in a row the `k` nearest of its item or more on a tie; not itself."""
        lengths = np.sqrt(np.asarray(seen.multiply(seen).sum(axis=0)).ravel())
        by_item = csr_array(seen.T)
        rows, columns, values = [], [], []
        for at in range(0, len(lengths), BLOCK):
            common = (by_item[at : at + BLOCK] @ seen).toarray()
            size = lengths[at : at + BLOCK, None] * lengths[None, :]
            near = common / np.maximum(size + self.shrinkage, 1e-9)
            own = np.arange(len(near))
            near[own, at + own] = 0
            if self.k < len(lengths):
                least = np.partition(near, -self.k, axis=1)[:, -self.k]
                near[near < least[:, None] * TIED] = 0
            row, column = np.nonzero(near)
            rows.append(row + at)
            columns.append(column)
            values.append(near[row, column])
        shape = (len(lengths), len(lengths))
        cells = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
        # what is near to an item speaks for it
        return csr_array(csr_array(cells, shape=shape, dtype=np.float32).T)
