"""From clusters to scores, from scores to the overall score 0..9, from there to tiers."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from django_clvrec.core.clusters import Clusters

NEW = "new"
TIERS = ("low", "mid", "high")
MAX_OVERALL = 9

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """All that is needed to score a customer: clusters per dimension, and tier bounds."""

    recency: Clusters
    frequency: Clusters
    monetary_value: Clusters
    tiers: Mapping[str, int]
    """The lowest overall score of each tier, such as `{"low": 0, "mid": 4, "high": 6}`."""
    min_orders: int
    """Customers with fewer orders are `new`."""

    def overall_by_scores(self) -> dict[tuple[int, int, int], int]:
        """The overall score of every combination of scores."""
        k = (self.recency.k, self.frequency.k, self.monetary_value.k)
        return {
            (r, f, m): overall_score((r, f, m), k)
            for r in range(k[0])
            for f in range(k[1])
            for m in range(k[2])
        }

    @cached_property
    def _table(self) -> Ints:
        table = np.zeros((self.recency.k, self.frequency.k, self.monetary_value.k), dtype=int)
        for key, value in self.overall_by_scores().items():
            table[key] = value
        return table

    def tier(self, recency_days: float, frequency: int, monetary_value: float) -> str:
        """The tier of one customer, as `score` has it: for a visitor who waits."""
        if frequency < self.min_orders:
            return NEW
        r = self.recency.k - 1 - bisect_left(self.recency.cuts, recency_days)
        f = bisect_left(self.frequency.cuts, frequency)
        m = bisect_left(self.monetary_value.cuts, monetary_value)
        overall = self._table[r, f, m]
        return max(
            (name for name, bound in self.tiers.items() if bound <= overall),
            key=lambda name: self.tiers[name],
        )

    def score(self, recency_days: Any, frequency: Any, monetary_value: Any) -> "Scores":
        """Scores of customers, from arrays of equal length."""
        r = self.recency.k - 1 - self.recency.assign(recency_days)
        f = self.frequency.assign(frequency)
        m = self.monetary_value.assign(np.asarray(monetary_value, dtype=float))
        overall = self._table[r, f, m]
        tier = tier_of(overall, self.tiers)
        tier[np.asarray(frequency, dtype=int) < self.min_orders] = NEW
        return Scores(
            recency_score=r, frequency_score=f, monetary_score=m, overall_score=overall, tier=tier
        )


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Scores of many customers, as arrays of equal length. A higher score is always better."""

    recency_score: Ints
    frequency_score: Ints
    monetary_score: Ints
    overall_score: Ints
    tier: NDArray[np.object_]


def overall_score(scores: tuple[int, ...], k: tuple[int, ...]) -> int:
    """The sum of the scores, mapped onto 0..9.

    With four clusters in each dimension it is the plain sum. Otherwise every dimension that
    tells customers apart (k > 1) weighs the same, and halves are rounded up. Where no dimension
    does, all customers are alike and stand in the middle, at 4.
    """
    telling = [(score, size - 1) for score, size in zip(scores, k, strict=True) if size > 1]
    if not telling:
        return 4
    # over a common denominator: whole numbers have no rounding to argue about
    common = int(np.prod([size for _, size in telling]))
    share = sum(score * (common // size) for score, size in telling)
    whole = common * len(telling)
    return (2 * MAX_OVERALL * share + whole) // (2 * whole)


def tier_of(overall: Ints, tiers: Mapping[str, int]) -> NDArray[np.object_]:
    """The tier of each overall score: the one with the highest bound that it reaches."""
    names = sorted(tiers, key=lambda name: tiers[name])
    bounds = np.array([tiers[name] for name in names[1:]])
    return np.array(names, dtype=object)[np.searchsorted(bounds, overall, side="right")]
