"""What is popular, over all customers and by tier, in one process."""

import numpy as np
from numpy.typing import NDArray

from django_clvrec.engines.base import Parameters, Popular
from django_clvrec.engines.local.lines import DAY, NONE, Encoded, Lines, grouped
from django_clvrec.engines.popular import Counts, Floats, popular_by_tier

Flags = NDArray[np.bool_]


def popular(
    lines: Lines, items: Encoded, tiers: NDArray[np.object_], level: str, parameters: Parameters
) -> list[Popular]:
    """The best items over all customers and in each tier."""
    has_item = items.numbers != NONE
    is_recent = has_item & _recent(lines, has_item, parameters)
    tier_of_line = tiers[lines.customers.numbers]

    def counts(tier: str) -> Counts:
        chosen = has_item & (tier_of_line == tier) if tier else has_item
        return *_ratings(lines, items, chosen), _buyers(lines, items, chosen & is_recent)

    return popular_by_tier(level, items.keys.to_pylist(), counts, parameters)


def _recent(lines: Lines, has_item: Flags, parameters: Parameters) -> Flags:
    """Lines in the days before the last purchase, so that a quiet month leaves no shelf empty."""
    if not has_item.any():
        return has_item
    since = lines.times[has_item].max() - parameters.popularity_days * DAY
    return np.asarray(lines.times > since)


def _buyers(lines: Lines, items: Encoded, chosen: Flags) -> Floats:
    """Distinct customers of each item."""
    customer = lines.customers.numbers[chosen].astype(np.int64)
    once, _ = grouped(customer * max(1, len(items)) + items.numbers[chosen])
    return np.bincount(once % max(1, len(items)), minlength=len(items)).astype(np.float64)


def _ratings(lines: Lines, items: Encoded, chosen: Flags) -> tuple[Floats, Floats]:
    """Sum and number of the ratings of each item."""
    if not len(lines.ratings):
        return np.zeros(len(items)), np.zeros(len(items))
    rated = chosen & ~np.isnan(lines.ratings)
    numbers = items.numbers[rated]
    sums = np.bincount(numbers, lines.ratings[rated], minlength=len(items))
    return sums.astype(np.float64), np.bincount(numbers, minlength=len(items)).astype(np.float64)
