"""How unlike two populations are: the population stability index, and what of lists they share.

PSI = Σ (now − before) · ln(now / before) over groups, of their shares: the symmetric divergence of
Jeffreys (1946), used by lenders since E. M. Lewis, “An Introduction to Credit Scoring” (1994).
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

GROUPS = 10
LEAST_SHARE = 0.001
"""An empty group counts as this share: the index would be infinite."""
LEAST_OF_QUANTILES = 0.005
"""The same where shares are told in hundredths: half of one."""


def psi(before: Sequence[float], now: Sequence[float], least: float = LEAST_SHARE) -> float:
    """Of counts by the same groups, in the same order; 0 where the shares are the same.

    It is symmetric and never negative, and heeds shares, not sizes. 0 where one has no members:
    nothing can be said then.
    """
    old, new = np.asarray(before, dtype=float), np.asarray(now, dtype=float)
    if not old.sum() or not new.sum():
        return 0.0
    old = np.maximum(old / old.sum(), least)
    new = np.maximum(new / new.sum(), least)
    return float(((new - old) * np.log(new / old)).sum())


def psi_of_quantiles(before: Sequence[float], now: Sequence[float]) -> float:
    """Of two lists of quantiles: what 0, 1, …, 100 of 100 members do not exceed.

    Groups are cut at the tenths of both together, so that it is the same in both directions, and
    for any unit: only the order of values counts. Values that many share stay in one group.
    """
    old, new = np.asarray(before[1:], dtype=float), np.asarray(now[1:], dtype=float)
    if not len(old) or not len(new):
        return 0.0
    cuts = _cuts(np.concatenate([old, new]))
    return psi(_counts(old, cuts), _counts(new, cuts), LEAST_OF_QUANTILES)


def _cuts(values: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = np.arange(1, GROUPS) / GROUPS
    return np.unique(np.quantile(values, shares, method="inverted_cdf"))


def _counts(values: NDArray[np.float64], cuts: NDArray[np.float64]) -> list[float]:
    places = np.searchsorted(cuts, values, side="left")
    return [float(count) for count in np.bincount(places, minlength=len(cuts) + 1)]


def by_chance(before: int, now: int, groups: int = GROUPS) -> float:
    """What the index hardly exceeds where so many members are drawn from one population.

    Its mean is (groups − 1) · (1/before + 1/now), as of a chi-squared variable (B. Yurdakul and
    J. Naranjo, “Statistical properties of the population stability index”, 2020); this is four
    standard deviations above.
    """
    if before <= 0 or now <= 0:
        return float("inf")
    free = groups - 1
    return float((free + 4 * np.sqrt(2 * free)) * (1 / before + 1 / now))


def likeness(before: float, now: float) -> float:
    """The smaller of two sizes as a share of the larger; 1 where both are nothing."""
    larger = max(before, now)
    return min(before, now) / larger if larger else 1.0


def overlap(
    before: Mapping[str, Collection[str]], now: Mapping[str, Collection[str]]
) -> float | None:
    """The mean share that lists by the same key have in common, of the longer one; None without
    any."""
    shares = [
        len({*before[key]} & {*now[key]}) / longer
        for key in now.keys() & before.keys()
        if (longer := max(len({*before[key]}), len({*now[key]})))
    ]
    return float(np.mean(shares)) if shares else None
