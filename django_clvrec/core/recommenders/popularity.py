"""Popularity: what to show to customers of whom nothing is known."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from django_clvrec.core.ranking import top_n

Floats = NDArray[np.float64]


def rated_popularity(rating_sum: Any, ratings: Any, midpoint: float) -> Any:
    """(mean rating - midpoint) × number of ratings: liked and widely so; dislikes sink below 0.

    For numbers, arrays or columns alike.
    """
    return rating_sum - midpoint * ratings


def bought_popularity(buyers: Any, most: Any) -> Any:
    """Number of buyers, mapped into (-1, 0): below everything that is liked.

    `most` is the number of buyers that the most bought item has. For numbers, arrays or columns
    alike.
    """
    return buyers / (1.0 + most) - 1.0


def popularity(rating_sums: Floats, ratings: Floats, buyers: Floats, midpoint: float) -> Floats:
    """One score per item: the liked ones by their ratings, then the others by recent buyers.

    So one rating moves one item, and no list ends early for want of ratings. Whatever is disliked,
    and whatever is neither liked nor bought lately, has `-inf`.
    """
    rated = rated_popularity(rating_sums, ratings, midpoint)
    bought = bought_popularity(buyers, buyers.max(initial=0))
    scores: Floats = np.where(rated > 0, rated, bought)
    scores[(rated < 0) | ((rated == 0) & (buyers == 0))] = -np.inf
    return scores


def most_popular(
    rating_sums: Floats, ratings: Floats, buyers: Floats, midpoint: float, n: int
) -> tuple[NDArray[np.int64], Floats]:
    """Positions and scores of the best `n`, best first; on a tie the lower position first."""
    scores = popularity(rating_sums, ratings, buyers, midpoint)
    top = top_n(scores, n)
    return top, scores[top]
