"""What a blend knows of a customer and an item: facts of their past, and what its parts say."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from django_clvrec.core.histories import Floats, Histories, Ints

RECENT_DAYS, SEASON_DAYS = 28, 84


@dataclass(frozen=True, kw_only=True)
class ItemFacts:
    """One row per item, the same for every customer."""

    rows: Floats

    @classmethod
    def of(cls, histories: Histories) -> "ItemFacts":
        """How many buy it, how often they come back for it, and how it does lately."""
        buyers, customers = histories.buyers(), max(1, len(histories))
        orders = histories.cells().sums()
        recent, season = (histories.buyers(days) for days in (RECENT_DAYS, SEASON_DAYS))
        columns = [
            np.log1p(buyers),
            orders / buyers.clip(min=1),
            np.log(recent / customers + 1e-4),
            np.log(season / customers + 1e-4),
            np.log((recent + 1) / (buyers + 5)),
        ]
        return cls(rows=np.stack(columns, axis=1).astype(np.float32))


def standardised(scores: Floats) -> Floats:
    """Each customer's scores with mean 0 and deviation 1; `-inf` becomes the lowest of the rest."""
    is_known = scores > -np.inf
    if not is_known.all():
        lowest = np.where(is_known, scores, np.inf).min(axis=1, keepdims=True)
        scores = np.where(is_known, scores, np.where(np.isfinite(lowest), lowest, 0))
    centred = scores - scores.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    found: Floats = centred / np.maximum(spread, 1e-9)
    return found


def features(
    histories: Histories, facts: ItemFacts, said: Mapping[str, Floats], rows: Ints, items: Ints
) -> Floats:
    """One row for each pair of `rows` (customers of `histories`) and `items`.

    `said` are the standardised scores of the parts, customers × items.
    """
    past = _past(histories, rows, items)
    is_own = past[0] > 0
    columns = []
    for scores in said.values():
        one = scores[rows, items]
        high = np.log1p(one.clip(min=0))
        # what a part says of the own items means something else than what it says of new ones
        columns += [one, high, one * is_own, high * is_own]
    columns += past
    columns += _habits(histories, rows)
    columns += list(facts.rows[items].T)
    return np.stack(columns, axis=1).astype(np.float32)


def _past(histories: Histories, rows: Ints, items: Ints) -> list[Floats]:
    """How often and when the customer bought the item."""
    shape = (len(histories), histories.size)
    owners, far = histories.owners, np.float32(1e4)
    last, first = np.full(shape, far), np.zeros(shape, dtype=np.float32)
    np.minimum.at(last, (owners, histories.items), histories.days)
    np.maximum.at(first, (owners, histories.items), histories.days)
    orders = histories.cells().toarray()[rows, items]
    last_days, first_days = last[rows, items], first[rows, items]
    gap = np.where(orders > 1, (first_days - last_days) / (orders - 1).clip(min=1), 0)
    share = orders / histories.orders[rows].clip(min=1)
    return [
        np.log1p(orders),
        np.log(share + 0.01),
        np.log1p(last_days),
        np.log1p(gap),
        np.where(orders > 1, last_days / (gap + 1), 0).clip(max=100),
    ]


def _habits(histories: Histories, rows: Ints) -> list[Floats]:
    """How much, how often and how lately the customer buys at all."""
    owners, size = histories.owners, len(histories)
    last, first = np.full(size, np.float32(1e4)), np.zeros(size, dtype=np.float32)
    np.minimum.at(last, owners, histories.days)
    np.maximum.at(first, owners, histories.days)
    events = np.diff(histories.starts)
    distinct = histories.cells().lengths
    columns = [
        np.log1p(histories.orders),
        np.log1p(last),
        np.log1p(first),
        np.log1p(distinct),
        events / histories.orders.clip(min=1),
    ]
    return [column[rows] for column in columns]
