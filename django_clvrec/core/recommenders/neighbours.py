"""Items that go together: what was bought in the same order, and what the same customers bought."""

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.recommenders.relations import ALSO, TOGETHER, Neighbours

K = 30
SHRINKAGE = 10.0
CELLS = 1 << 22
"""Items × items looked at at once."""
LEAST_COMMON = 2
"""Customers who had both: a single one proves nothing, and would tell what one person did."""


def neighbours_by_relation(histories: Histories, k: int = K) -> dict[str, Neighbours]:
    """Both relations, from the events of customers."""
    people = histories.bought()
    return {
        TOGETHER: _nearest(_baskets(histories), people, k),
        ALSO: _nearest(people, people, k),
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


def _nearest(seen: csr_array, people: csr_array, k: int) -> Neighbours:
    """By the cosine of two items' rows, which few common ones cannot make large.

    `people` are customers × items, by whom a pair has to be known.
    """
    size = seen.shape[1]
    totals = np.asarray(seen.sum(axis=0)).ravel()
    by_item: Any = csr_array(seen.T)
    by_person: Any = csr_array(people.T)
    shared = np.zeros(size, dtype=np.float32)
    places = np.full((size, k), -1, dtype=np.int32)
    scores = np.zeros((size, k), dtype=np.float32)
    step = max(1, CELLS // max(1, size))
    for at in range(0, size, step):
        common = csr_array(by_item[at : at + step] @ seen)
        known = csr_array(by_person[at : at + step] @ people)
        for row in range(common.shape[0]):
            cells, item = slice(common.indptr[row], common.indptr[row + 1]), at + row
            others, both = common.indices[cells], common.data[cells]
            mine = slice(known.indptr[row], known.indptr[row + 1])
            shared[:] = 0
            shared[known.indices[mine]] = known.data[mine]
            kept = (shared[others] >= LEAST_COMMON) & (others != item)
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
