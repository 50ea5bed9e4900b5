"""One-dimensional k-means, solved to the global optimum, and the elbow that chooses k."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_K = 10


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """A partition of the real line into `k` clusters, in ascending order."""

    k: int
    centres: tuple[float, ...]
    cuts: tuple[float, ...]
    """`k - 1` ascending cut points; a value equal to a cut belongs below it."""
    inertia: float
    """Sum of squared distances to the centres, each value counted as often as it occurs."""
    curve: tuple[float, ...]
    """Inertia of the best partition into 1, 2, … clusters: the elbow curve."""

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Self:
        """From what a report keeps. Raises KeyError and TypeError for what is none."""
        lists = {name: tuple(stored[name]) for name in ("centres", "cuts", "curve")}
        return cls(k=stored["k"], inertia=stored["inertia"], **lists)

    def assign(self, values: ArrayLike) -> Ints:
        """The cluster of each value: 0 for the lowest, k - 1 for the highest."""
        return np.searchsorted(np.asarray(self.cuts), np.asarray(values, dtype=float), side="left")


def fit_clusters(
    values: ArrayLike, counts: ArrayLike | None = None, k: int | None = None, max_k: int = MAX_K
) -> Clusters:
    """The best partition of `values` (each occurring `counts` times) into `k` clusters.

    Without `k` the elbow chooses it within 2..max_k. Where there are fewer distinct values
    than clusters, every distinct value is a cluster of its own. The result is the global
    optimum of the k-means objective, found by dynamic programming over the sorted distinct
    values; of two equally good partitions the one with the lower cuts is taken.

    Source: Wang & Song, “Ckmeans.1d.dp”, The R Journal 3/2 (2011), with the divide and
    conquer speed-up that the monotone split points allow.

    Raises ValueError for no values, for values that are not finite, or for `k` below 1.
    """
    x, weights = _distinct(values, counts)
    if k is not None and k < 1:
        raise ValueError(f"k must be at least 1, not {k}.")
    deepest = min(len(x), max(k or 0, max_k))
    table = _Table(x, weights, deepest)
    chosen = min(k or elbow(table.curve), len(x))
    return table.partition(chosen)


def elbow(curve: ArrayLike) -> int:
    """The k at which the inertia curve (for k = 1, 2, …) bends most.

    From k = 2 on, both axes are scaled to 0..1 and the point farthest below the chord from
    the first to the last point is taken, the smaller k on a tie: the offline form of Kneedle
    (Satopää et al., ICDCS Workshops 2011) for a convex, falling curve. A curve that reaches
    zero is perfect there and ends there.
    """
    bends = heights(curve)
    return min(bends, key=lambda k: (-bends[k], k))


def heights(curve: ArrayLike) -> dict[int, float]:
    """By k, how far below the chord the inertia lies; of k that cannot be chosen, nothing."""
    inertia = np.asarray(curve, dtype=float)
    perfect = np.flatnonzero(inertia == 0)
    if len(perfect):
        inertia = inertia[: perfect[0] + 1]
    if len(inertia) <= 3:
        return {min(len(inertia), 2) if not len(perfect) else len(inertia): 0.0}
    tail = inertia[1:]
    steps = np.linspace(0.0, 1.0, len(tail))
    scaled = (tail - tail[-1]) / (tail[0] - tail[-1]) if tail[0] > tail[-1] else tail * 0.0
    return dict(enumerate(np.round(1.0 - steps - scaled, 12).tolist(), 2))


def _distinct(values: ArrayLike, counts: ArrayLike | None) -> tuple[Floats, Floats]:
    raw = np.asarray(values, dtype=float).ravel()
    if not len(raw):
        raise ValueError("There are no values to cluster.")
    if not np.isfinite(raw).all():
        raise ValueError("Values to cluster must be finite numbers.")
    weights = np.ones(len(raw)) if counts is None else np.asarray(counts, dtype=float).ravel()
    x, inverse = np.unique(raw, return_inverse=True)
    return x, np.bincount(inverse, weights=weights).astype(float)


def _sums_from(middle: int, values: Floats) -> Floats:
    """Running sums that are 0 at `middle`: differences are the sums of what lies between."""
    left = -np.cumsum(values[:middle][::-1])[::-1]
    return np.concatenate([left, [0.0], np.cumsum(values[middle:])])


class _Table:
    """Dynamic programming table: best cost of the first i values in 1, 2, … clusters."""

    def __init__(self, x: Floats, weights: Floats, deepest: int) -> None:
        self.x, self.weights = x, weights
        # measured from the median and scaled: shifting whole days is exact, so that ageing
        # changes no partition; sums start there too, so that values far from all others cost
        # the many no precision
        self.scale = float(x[-1] - x[0]) or 1.0
        middle = int(np.searchsorted(np.cumsum(weights), weights.sum() / 2))
        self.shifted = shifted = (x - x[middle]) / self.scale
        self.w = np.concatenate([[0.0], np.cumsum(weights)])
        self.s = _sums_from(middle, weights * shifted)
        self.q = _sums_from(middle, weights * shifted**2)
        n = len(x)
        cost = np.zeros(n + 1)
        cost[1:] = self.q[1:] - self.q[0] - (self.s[1:] - self.s[0]) ** 2 / self.w[1:]
        self.splits: list[Ints] = [np.zeros(n + 1, dtype=np.int64)]
        for layer in range(2, deepest + 1):
            cost, split = self._next_layer(cost, layer)
            self.splits.append(split)
        # from the partitions themselves: in the table, one value far away hides all others
        inertias = [self._inertia(self._pieces(k)) for k in range(1, deepest + 1)]
        self.curve = np.minimum.accumulate(inertias)

    def _next_layer(self, cost: Floats, layer: int) -> tuple[Floats, Ints]:
        """Costs and last split points for `layer` clusters, from those for one fewer.

        split[i] = argmin over j of cost[j] + cost of one cluster over values j..i-1. As split
        points rise with i, the middle of a range halves the search of both sides; all middles
        of one depth are solved together.
        """
        n = len(self.x)
        base = cost - self.q
        best, split = np.zeros(n + 1), np.zeros(n + 1, dtype=np.int64)
        first = np.array([layer - 1])
        last, low, high = np.array([n]), np.array([layer - 1]), np.array([n - 1])
        while len(first):
            middle = (first + last) // 2
            ends = np.minimum(high, middle - 1)
            starts = np.minimum(low, ends)
            found, values = self._argmin(base, middle, starts, ends)
            best[middle], split[middle] = values, found
            left, right = first < middle, middle < last
            first, last, low, high = (
                np.concatenate([first[left], middle[right] + 1]),
                np.concatenate([middle[left] - 1, last[right]]),
                np.concatenate([low[left], found[right]]),
                np.concatenate([found[left], high[right]]),
            )
        best[:layer] = 0.0
        return best, split

    def _argmin(self, base: Floats, i: Ints, starts: Ints, ends: Ints) -> tuple[Ints, Floats]:
        """For every i, the best j within starts..ends (both included), the lowest on a tie."""
        lengths = ends - starts + 1
        offsets = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        j = np.arange(lengths.sum()) + np.repeat(starts - offsets, lengths)
        between = np.repeat(self.s[i], lengths) - self.s[j]
        between *= between
        between /= np.repeat(self.w[i], lengths) - self.w[j]
        candidates = base[j] - between
        lowest = np.minimum.reduceat(candidates, offsets)
        hits = np.flatnonzero(candidates == np.repeat(lowest, lengths))
        found = j[hits[np.searchsorted(hits, offsets)]]
        return found, lowest + self.q[i]

    def partition(self, k: int) -> Clusters:
        pieces = self._pieces(k)
        centres = [self._mean(self.x, piece) for piece in pieces]
        return Clusters(
            k=k,
            centres=tuple(centres),
            cuts=tuple(self._cut(pieces[i].start, *centres[i - 1 : i + 1]) for i in range(1, k)),
            inertia=self._inertia(pieces),
            curve=tuple(float(value) for value in self.curve),
        )

    def _pieces(self, k: int) -> list[slice]:
        """The best partition into `k` clusters, as ranges of the distinct values."""
        edges = [len(self.x)]
        for layer in range(k - 1, -1, -1):
            edges.append(int(self.splits[layer][edges[-1]]))
        return [slice(a, b) for a, b in pairwise(reversed(edges))]

    def _inertia(self, pieces: list[slice]) -> float:
        distances = (self.shifted[p] - self._mean(self.shifted, p) for p in pieces)
        squares = (self.weights[p] @ d**2 for p, d in zip(pieces, distances, strict=True))
        return float(sum(squares)) * self.scale**2

    def _mean(self, values: Floats, piece: slice) -> float:
        """The mean, measured from the lowest value: that of equal values is exact."""
        lowest = values[piece.start]
        return float(lowest + np.average(values[piece] - lowest, weights=self.weights[piece]))

    def _cut(self, edge: int, below: float, above: float) -> float:
        """Half way between two centres, as the nearest centre says, but never past a value."""
        lower, upper = float(self.x[edge - 1]), float(self.x[edge])
        cut = (below + above) / 2
        return cut if lower <= cut < upper else lower
