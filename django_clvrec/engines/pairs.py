"""What each customer bought at one level: a pair of customer and item, and what is known of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from django_clvrec.engines.lines import DAY, NONE, Encoded, Lines, grouped

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Pairs:
    """One entry for each customer and item, by ascending customer, then item."""

    customers: NDArray[np.int32]
    items: NDArray[np.int32]
    weights: NDArray[np.float32]
    """Distinct orders, or the mean rating; NaN where it has none."""
    is_recent: Flags
    rating_sums: NDArray[np.float64]
    ratings: NDArray[np.int32]
    """How many lines are rated."""


def since(last: int, days: int) -> int:
    """When the days before the last purchase began, so that a quiet month leaves no shelf empty."""
    return last - days * DAY


def pairs_of(lines: Lines, items: Encoded, begin: int, is_explicit: bool) -> Pairs:
    """The pairs of a log at the level of `items`; those bought after `begin` are recent."""
    has_item = items.numbers != NONE
    width = max(1, len(items))
    order, item = lines.orders[has_item], items.numbers[has_item].astype(np.int64)
    once, _ = grouped(order * width + item)
    pairs, orders = grouped(lines.owners[once // width].astype(np.int64) * width + once % width)
    del once

    def places(chosen: Flags) -> NDArray[np.int64]:
        """Where the chosen lines, which have items, stand among the pairs."""
        customer = lines.customers.numbers[chosen].astype(np.int64)
        found = np.searchsorted(pairs, customer * width + items.numbers[chosen])
        return np.asarray(found, dtype=np.int64)

    is_recent = np.zeros(len(pairs), dtype=bool)
    is_recent[places(has_item & (lines.times > begin))] = True
    sums, counts = np.zeros(len(pairs)), np.zeros(len(pairs), dtype=np.int32)
    if len(lines.ratings):
        rated = has_item & ~np.isnan(lines.ratings)
        place = places(rated)
        sums = np.bincount(place, lines.ratings[rated], minlength=len(pairs)).astype(np.float64)
        counts = np.bincount(place, minlength=len(pairs)).astype(np.int32)
    weights = orders.astype(np.float32)
    if is_explicit:
        weights = np.full(len(pairs), np.nan, dtype=np.float32)
        np.divide(sums, counts, where=counts > 0, out=weights, casting="same_kind")
    return Pairs(
        customers=(pairs // width).astype(np.int32),
        items=(pairs % width).astype(np.int32),
        weights=weights,
        is_recent=is_recent,
        rating_sums=sums,
        ratings=counts,
    )
