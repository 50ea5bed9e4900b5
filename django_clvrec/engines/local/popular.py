"""What is popular, over all customers and by tier, in one process."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from django_clvrec.core.ranking import top_n
from django_clvrec.core.recommenders.popularity import rated_popularity
from django_clvrec.core.tiers import TIERS
from django_clvrec.engines.base import Parameters, Popular
from django_clvrec.engines.local.lines import DAY, NONE, Encoded, Lines, grouped

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def popular(
    lines: Lines, items: Encoded, tiers: NDArray[np.object_], level: str, parameters: Parameters
) -> list[Popular]:
    """The best items over all customers and in each tier; on a tie the smaller key first."""
    has_item = items.numbers != NONE
    is_rated = has_item & (~np.isnan(lines.ratings) if len(lines.ratings) else False)
    by_rating = bool(is_rated.any())
    taken: Flags = is_rated if by_rating else has_item & _recent(lines, has_item, parameters)
    tier_of_line = tiers[lines.customers.numbers]
    found = []
    for tier in ("", *TIERS):
        chosen = taken & (tier_of_line == tier) if tier else taken
        scores = (
            _liked(lines, items, chosen, parameters) if by_rating else _buyers(lines, items, chosen)
        )
        top = top_n(scores, parameters.list_length)
        if len(top):
            keys = tuple(items.keys.take(pa.array(top)).to_pylist())
            best = tuple(scores[top].tolist())
            found.append(Popular(level=level, tier=tier, item_keys=keys, scores=best))
    return found


def _recent(lines: Lines, has_item: Flags, parameters: Parameters) -> Flags:
    """Lines in the days before the last purchase, so that a quiet month leaves no shelf empty."""
    if not has_item.any():
        return has_item
    since = lines.times[has_item].max() - parameters.popularity_days * DAY
    return np.asarray(lines.times > since)


def _buyers(lines: Lines, items: Encoded, chosen: Flags) -> Floats:
    """Distinct customers of each item; -inf for what none of them bought."""
    customer = lines.customers.numbers[chosen].astype(np.int64)
    once, _ = grouped(customer * max(1, len(items)) + items.numbers[chosen])
    counts = np.bincount(once % max(1, len(items)), minlength=len(items))
    return np.where(counts > 0, counts, -np.inf)


def _liked(lines: Lines, items: Encoded, chosen: Flags, parameters: Parameters) -> Floats:
    """Rated popularity of each item; -inf for what none of them rated."""
    numbers = items.numbers[chosen]
    counts = np.bincount(numbers, minlength=len(items))
    sums = np.bincount(numbers, lines.ratings[chosen], minlength=len(items))
    means = np.divide(sums, counts, where=counts > 0, out=np.zeros(len(items)))
    scores = rated_popularity(means, counts, parameters.rating_midpoint)
    return np.where(counts > 0, scores, -np.inf)
