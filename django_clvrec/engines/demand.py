"""What is known of each item, over all customers and by tier: what is popular, and known enough."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from django_clvrec.core.recommenders.popularity import most_popular
from django_clvrec.core.tiers import TIERS
from django_clvrec.engines.base import Parameters, Popular
from django_clvrec.engines.pairs import Pairs

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Demand:
    """Counts by tier and item; one entry for each two of them that belong together."""

    keys: pa.Array
    """Of all items in ascending order; number i stands for key i."""
    tiers: NDArray[np.object_]
    numbers: NDArray[np.int64]
    buyers: Floats
    """Customers who ever bought it."""
    recent: Floats
    rating_sums: Floats
    ratings: Floats

    def bought(self, least: int) -> NDArray[np.int64]:
        """Numbers of the items with at least so many buyers."""
        return np.flatnonzero(self._total(self.buyers, slice(None)) >= least)

    def popular(self, level: str, parameters: Parameters) -> list[Popular]:
        """The best items over all customers and in each tier; on a tie the smaller key first.

        Newcomers are too few and too varied for a list of their own: theirs is the overall one.
        """
        found = []
        for tier in ("", *TIERS):
            chosen = self.tiers == tier if tier else slice(None)
            top, scores = most_popular(
                self._total(self.rating_sums, chosen),
                self._total(self.ratings, chosen),
                self._total(self.recent, chosen),
                parameters.rating_midpoint,
                parameters.list_length,
            )
            if len(top):
                items = tuple(self.keys.take(pa.array(top)).to_pylist())
                best = tuple(scores.tolist())
                found.append(Popular(level=level, tier=tier, item_keys=items, scores=best))
        return found

    def _total(self, column: Floats, chosen: NDArray[np.bool_] | slice) -> Floats:
        totals = np.bincount(self.numbers[chosen], column[chosen], minlength=len(self.keys))
        return totals.astype(np.float64)  # without any row they are integers


def demand_of(pairs: Pairs, keys: pa.Array, tier_of: NDArray[np.object_]) -> Demand:
    """The same from pairs in memory; `tier_of` by number of customer."""
    names, numbers = np.unique(tier_of.astype(str), return_inverse=True)
    width = max(1, len(keys))
    places = numbers[pairs.customers] * width + pairs.items

    def summed(column: NDArray[np.generic] | None = None) -> Floats:
        return np.bincount(places, column, minlength=len(names) * width).astype(np.float64)

    return Demand(
        keys=keys,
        tiers=np.repeat(names.astype(object), width),
        numbers=np.tile(np.arange(width), len(names)),
        buyers=summed(),
        recent=summed(pairs.is_recent),
        rating_sums=summed(pairs.rating_sums),
        ratings=summed(pairs.ratings),
    )
