"""Top-n lists from scores: intents, ties and missing values, in one place."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

DISCOVER, AGAIN, MIXED = "discover", "again", "mixed"
INTENTS = (DISCOVER, AGAIN, MIXED)
"""discover: never bought by this customer; again: bought before; mixed: either."""

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]


def top_n(scores: Floats, n: int) -> Ints:
    """Positions of the `n` highest scores, best first; on a tie the lower position first.

    `-inf` marks what must not be listed, so the result can be shorter than `n`.
    """
    if 0 < n < len(scores):
        threshold = np.partition(scores, len(scores) - n)[len(scores) - n]
        candidates = np.flatnonzero(scores >= threshold)
    else:
        candidates = np.arange(len(scores))
    candidates = candidates[scores[candidates] > -np.inf]
    order = np.lexsort((candidates, -scores[candidates]))
    return candidates[order][:n]


def lists_by_intent(
    scores: Floats, bought: Sequence[int] | Ints, n: int
) -> dict[str, tuple[Ints, Floats]]:
    """`{intent: (positions, scores)}` for one customer, from one score per item."""
    seen = np.asarray(bought, dtype=np.int64)
    discover = scores.copy()
    discover[seen] = -np.inf
    again = np.full_like(scores, -np.inf)
    again[seen] = scores[seen]
    masked = {DISCOVER: discover, AGAIN: again, MIXED: scores}
    tops = {intent: top_n(masked[intent], n) for intent in INTENTS}
    return {intent: (top, scores[top]) for intent, top in tops.items()}


def positions(keys: NDArray[np.str_], wanted: Sequence[str]) -> Ints:
    """Positions of the `wanted` keys in the sorted array `keys`; unknown ones are left out."""
    asked = np.array(list(dict.fromkeys(wanted)), dtype=str)
    if not len(keys) or not len(asked):
        return np.array([], dtype=np.int64)
    places: Ints = np.searchsorted(keys, asked).clip(max=len(keys) - 1)
    return np.asarray(places[keys[places] == asked], dtype=np.int64)
