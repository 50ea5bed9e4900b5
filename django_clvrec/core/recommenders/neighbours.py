"""Items that go together: what was bought in the same order, and what the same customers bought."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.recommenders.relations import ALSO, TOGETHER

K = 30
SHRINKAGE = 10.0
CELLS = 1 << 22
"""Items × items looked at at once."""
LEAST_COMMON = 2
"""A single order or customer that had both proves nothing, and would tell what one person did."""


@dataclass(frozen=True)
class Neighbours:
    """For each item the nearest others, best first, filled up with -1."""

    places: NDArray[np.int32]
    """Items × K positions."""
    scores: NDArray[np.float32]
    """0..1: common / (√(mine × theirs) + shrinkage)."""

    def of(self, items: Ints, n: int) -> list[tuple[int, float, int]]:
        """The best for some items together: position, score, and the item it is nearest to.

        The items themselves are left out. Scores are summed over the items; on a tie the lower
        position comes first.
        """
        found = self.places[items].ravel()
        scores = self.scores[items].ravel()
        owners = np.repeat(items, self.places.shape[1])
        kept = (found >= 0) & ~np.isin(found, items)
        found, scores, owners = found[kept], scores[kept], owners[kept]
        order = np.lexsort((owners, -scores, found))
        found, scores, owners = found[order], scores[order], owners[order]
        places, first = np.unique(found, return_index=True)
        sums = np.add.reduceat(scores, first) if len(first) else scores
        best = np.lexsort((places, -sums))[:n]
        # the strongest of each is the first of its run
        return [(int(places[i]), float(sums[i]), int(owners[first[i]])) for i in best]


def neighbours_by_relation(histories: Histories, k: int = K) -> dict[str, Neighbours]:
    """Both relations, from the events of customers."""
    return {
        TOGETHER: _nearest(_baskets(histories), k),
        ALSO: _nearest(histories.bought(), k),
    }


def _baskets(histories: Histories) -> csr_array:
    """Orders × items: what a customer bought at the same moment is one order."""
    moments = np.stack([histories.owners.astype(np.float64), histories.days], axis=1)
    _, rows = np.unique(moments, axis=0, return_inverse=True)
    rows = rows.ravel()
    shape = (int(rows.max(initial=-1)) + 1, histories.size)
    found = csr_array((np.ones(len(rows), np.float32), (rows, histories.items)), shape=shape)
    found.sum_duplicates()
    found.data[:] = 1
    return found


def _nearest(seen: csr_array, k: int) -> Neighbours:
    """By the cosine of two items' rows, which few common ones cannot make large."""
    size = seen.shape[1]
    totals = np.asarray(seen.sum(axis=0)).ravel()
    by_item: Any = csr_array(seen.T)
    places = np.full((size, k), -1, dtype=np.int32)
    scores = np.zeros((size, k), dtype=np.float32)
    step = max(1, CELLS // max(1, size))
    for at in range(0, size, step):
        common = csr_array(by_item[at : at + step] @ seen)
        for row in range(common.shape[0]):
            cells, item = slice(common.indptr[row], common.indptr[row + 1]), at + row
            others, both = common.indices[cells], common.data[cells]
            kept = (both >= LEAST_COMMON) & (others != item)
            others, both = others[kept], both[kept]
            near = both / (np.sqrt(totals[item] * totals[others]) + SHRINKAGE)
            best, near = _best(others, near, k)
            places[item, : len(best)], scores[item, : len(best)] = best, near
    return Neighbours(places, scores)


def _best(others: Ints, near: Floats, k: int) -> tuple[Ints, Floats]:
    if len(near) > k:
        kept = near >= np.partition(near, -k)[-k]
        others, near = others[kept], near[kept]
    order = np.lexsort((others, -near))[:k]
    return others[order], near[order]
