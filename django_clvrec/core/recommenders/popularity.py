"""Popularity: what to show to customers of whom nothing is known."""

from typing import Any


def rated_popularity(mean_rating: Any, ratings: Any, midpoint: float) -> Any:
    """(mean rating - midpoint) × number of ratings: liked and widely so; dislikes sink.

    For numbers, arrays or columns alike.
    """
    return (mean_rating - midpoint) * ratings
