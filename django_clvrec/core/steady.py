"""Clusters that keep their identity from one refresh to the next.

Every week of orders moves the best cut points a little, and with them customers who did nothing.
So a refresh begins with the cut points of the last one and moves them towards the best ones only as
far as few customers cross them, unless the partition would be much worse than the best.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from django_clvrec.core.clusters import Clusters, fit_clusters, heights

Floats = NDArray[np.float64]

MOST_CROSSING = 0.005
"""The share of customers whose cluster may change because a cut moves."""
MOST_INERTIA = 1.1
"""Times that of the best partition into as many clusters."""
ELBOW_SLACK = 0.05
"""k stays where the elbow of another one is higher by no more than this."""
STEPS = 40


def steady_clusters(
    before: Clusters | None,
    values: ArrayLike,
    counts: ArrayLike,
    *,
    k: int | None = None,
    aged: float = 0.0,
) -> Clusters:
    """Like `fit_clusters`, as near to `before` as stated above.

    `aged` is what was added since to the value of everybody who has not bought, such as days. Cuts
    may go along with that, or stay, whichever fits better. Where nobody has bought, nobody changes
    cluster.
    """
    best = fit_clusters(values, counts, k=k)
    if before is None or not before.cuts or not (k or _is_elbow(before.k, best.curve)):
        return best
    if best.k != before.k and k is None:
        best = fit_clusters(values, counts, k=before.k)
    if best.k != before.k:
        return best
    x, weights = np.asarray(values, dtype=float), np.asarray(counts, dtype=float)
    old = np.asarray(before.cuts)
    # the curve does not depend on where values lie, and no order leaves it as it is
    if best.curve == before.curve:
        return _parted(x, weights, old + aged, best)
    base = min((old, old + aged), key=lambda cuts: _inertia(x, weights, cuts))
    share = _share(x, weights, base, best)
    return _parted(x, weights, base + share * (np.asarray(best.cuts) - base), best)


def _is_elbow(k: int, curve: tuple[float, ...]) -> bool:
    bends = heights(curve)
    return k in bends and bends[k] >= max(bends.values()) - ELBOW_SLACK


def _share(x: Floats, weights: Floats, base: Floats, best: Clusters) -> float:
    """How much of the way to the best cuts is gone."""
    chosen, before = 0.0, np.searchsorted(base, x)
    allowed = MOST_INERTIA * best.inertia
    for share in np.linspace(0, 1, STEPS + 1).tolist():
        cuts = base + share * (np.asarray(best.cuts) - base)
        crossing = weights[np.searchsorted(cuts, x) != before].sum() / weights.sum()
        is_needed = _inertia(x, weights, base + chosen * (np.asarray(best.cuts) - base)) > allowed
        if crossing <= MOST_CROSSING or is_needed:
            chosen = share
    return chosen


def _inertia(x: Floats, weights: Floats, cuts: Floats) -> float:
    """Endless where a cluster is empty."""
    centres = _centres(x, weights, cuts)
    if np.isnan(centres).any():
        return np.inf
    return float(weights @ (x - centres[np.searchsorted(cuts, x)]) ** 2)


def _centres(x: Floats, weights: Floats, cuts: Floats) -> Floats:
    at, size = np.searchsorted(cuts, x), len(cuts) + 1
    with np.errstate(invalid="ignore"):
        found: Floats = np.bincount(at, weights * x, size) / np.bincount(at, weights, size)
    return found


def _parted(x: Floats, weights: Floats, cuts: Floats, best: Clusters) -> Clusters:
    inertia = _inertia(x, weights, cuts)
    is_best = np.array_equal(np.searchsorted(cuts, x), best.assign(x))
    if is_best or not np.isfinite(inertia):
        return best
    centres: Any = _centres(x, weights, cuts).tolist()
    return replace(best, cuts=tuple(cuts.tolist()), centres=tuple(centres), inertia=inertia)
