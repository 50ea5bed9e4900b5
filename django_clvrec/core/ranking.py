"""Top-n lists from scores: intents, ties and missing values, in one place."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DISCOVER, AGAIN, MIXED = "discover", "again", "mixed"
INTENTS = (DISCOVER, AGAIN, MIXED)
"""discover: never bought by this customer; again: bought before; mixed: either."""

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]


def top_n(scores: Floats, n: int) -> Ints:
    """Positions of the `n` highest scores, best first; on a tie the lower position first.

    `-inf` marks what must not be listed, so the result can be shorter than `n`.
    """
    if 0 < n < len(scores):
        threshold = np.partition(scores, len(scores) - n)[len(scores) - n]
        candidates = np.flatnonzero(scores >= threshold)
    else:
        candidates = np.arange(len(scores))
    candidates = candidates[scores[candidates] > -np.inf]
    order = np.lexsort((candidates, -scores[candidates]))
    return candidates[order][:n]


def lists_by_intent(
    scores: Floats, bought: Sequence[int] | Ints, n: int
) -> dict[str, tuple[Ints, Floats]]:
    """`{intent: (positions, scores)}` for one customer, from one score per item."""
    seen = np.asarray(bought, dtype=np.int64)
    found = lists_of_rows(scores[None, :].copy(), np.zeros_like(seen), seen, n)
    return {intent: (lists.positions, lists.scores) for intent, lists in found.items()}


@dataclass(frozen=True)
class Lists:
    """Ranked lists of several customers, one after the other."""

    counts: Ints
    """Length of each customer's list."""
    positions: Ints
    scores: Floats


def lists_of_rows(scores: Floats, rows: Ints, bought: Ints, n: int) -> dict[str, Lists]:
    """The lists of many customers by intent, from customers × items `scores`, which it spends.

    Customer `rows[i]` bought the item at `bought[i]`; no such pair comes twice.
    """
    past = _Cells(rows, bought, scores[rows, bought])
    scores[rows, bought] = -np.inf
    size = len(scores)
    again, discover = past.best(n), _cells(scores, best_in_rows(scores, n))
    # what is best of all is best among the new or best among the old
    mixed = discover.joined(again).best(n)
    found = {DISCOVER: discover, AGAIN: again, MIXED: mixed}
    return {intent: found[intent].lists(size) for intent in INTENTS}


@dataclass(frozen=True)
class _Cells:
    """Scores of some customer × item cells."""

    rows: Ints
    places: Ints
    scores: Floats

    def best(self, n: int) -> "_Cells":
        """The `n` highest of each row, best first; on a tie the lower position first."""
        order = np.lexsort((self.places, -self.scores, self.rows))
        rows = self.rows[order]
        rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
        kept = order[(rank < n) & (self.scores[order] > -np.inf)]
        return _Cells(self.rows[kept], self.places[kept], self.scores[kept])

    def joined(self, other: "_Cells") -> "_Cells":
        return _Cells(
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.places, other.places]),
            np.concatenate([self.scores, other.scores]),
        )

    def lists(self, size: int) -> Lists:
        return Lists(np.bincount(self.rows, minlength=size), self.places, self.scores)


def _cells(scores: Floats, best: Ints) -> _Cells:
    rows, columns = np.nonzero(best >= 0)
    places = best[rows, columns]
    return _Cells(rows, places, scores[rows, places])


BLOCK = 32


def best_in_rows(scores: Floats, n: int) -> Ints:
    """`top_n` of every row at once: rows × n positions, filled up with -1.

    The best `n` lie in the `n` blocks with the highest maxima, so few items need to be sorted.
    Rows in which a tie could hide the lower position are done one by one.
    """
    size, items = scores.shape
    n = min(n, items)
    if not size or not n:
        return np.empty((size, n), dtype=np.int64)
    blocks = -(-items // BLOCK)
    if blocks <= n:
        return _sorted_rows(scores, n)
    padded = scores
    if items % BLOCK:
        padded = np.full((size, blocks * BLOCK), -np.inf, dtype=scores.dtype)
        padded[:, :items] = scores
    cubes = padded.reshape(size, blocks, BLOCK)
    chosen, is_tied = _highest(cubes.max(axis=2), n)
    candidates = np.take_along_axis(cubes, chosen[:, :, None], axis=1).reshape(size, -1)
    places = (chosen[:, :, None] * BLOCK + np.arange(BLOCK)).reshape(size, -1)
    top, is_tied_too = _highest(candidates, n)
    order = _sorted_rows(np.take_along_axis(candidates, top, axis=1), n)
    found = np.take_along_axis(places, np.take_along_axis(top, order.clip(min=0), axis=1), axis=1)
    found[order < 0] = -1
    for row in np.flatnonzero(is_tied | is_tied_too):
        exact = top_n(scores[row], n)
        found[row] = np.pad(exact, (0, n - len(exact)), constant_values=-1)
    return found


def _highest(values: Floats, n: int) -> tuple[Ints, NDArray[np.bool_]]:
    """Positions of the `n` highest of each row in rising order; where a tie makes them a choice."""
    taken = np.argpartition(values, -n, axis=1)[:, -n:]
    taken.sort(axis=1)
    lowest = np.take_along_axis(values, taken, axis=1).min(axis=1)
    as_high = np.count_nonzero(values >= lowest[:, None], axis=1)
    return taken, (as_high > n) & (lowest > -np.inf)


def _sorted_rows(scores: Floats, n: int) -> Ints:
    order = np.argsort(-scores, axis=1, kind="stable")[:, :n]
    order[np.take_along_axis(scores, order, axis=1) == -np.inf] = -1
    return order


def positions(keys: NDArray[np.str_], wanted: Sequence[str]) -> Ints:
    """Positions of the `wanted` keys in the sorted array `keys`; unknown ones are left out."""
    asked = np.array(list(dict.fromkeys(wanted)), dtype=str)
    if not len(keys) or not len(asked):
        return np.array([], dtype=np.int64)
    places: Ints = np.searchsorted(keys, asked).clip(max=len(keys) - 1)
    return np.asarray(places[keys[places] == asked], dtype=np.int64)
