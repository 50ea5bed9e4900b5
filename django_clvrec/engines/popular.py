"""What is popular, over all customers and by tier, from what an engine has counted."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from django_clvrec.core.recommenders.popularity import most_popular
from django_clvrec.core.tiers import TIERS
from django_clvrec.engines.base import Parameters, Popular

Floats = NDArray[np.float64]
Counts = tuple[Floats, Floats, Floats]
"""Per item: sum of ratings, number of ratings, recent buyers."""


def popular_by_tier(
    level: str, keys: Sequence[str], counts: Callable[[str], Counts], parameters: Parameters
) -> list[Popular]:
    """The best items over all customers and in each tier; on a tie the smaller key first.

    `keys` ascend; `counts` are those of a tier's customers, or of all where it is empty.
    Newcomers are too few and too varied for a list of their own: theirs is the overall one.
    """
    found = []
    for tier in ("", *TIERS):
        top, scores = most_popular(
            *counts(tier), parameters.rating_midpoint, parameters.list_length
        )
        if len(top):
            items = tuple(keys[number] for number in top)
            best = tuple(scores.tolist())
            found.append(Popular(level=level, tier=tier, item_keys=items, scores=best))
    return found
