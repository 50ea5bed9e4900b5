"""Lists of the best items by any fitted recommender: the same way when it is tested and served."""

from collections.abc import Sequence

import numpy as np

from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.ranking import Lists, best_in_rows, lists_of_rows
from django_clvrec.core.recommenders.base import Fitted
from django_clvrec.core.recommenders.blend import FittedBlend


def lists_by_intent(
    fitted: Fitted, histories: Histories, n: int, intents: Sequence[str]
) -> dict[str, Lists]:
    """The best `n` items of every customer for each of the intents."""
    if isinstance(fitted, FittedBlend):
        found = fitted.score_by_intent(histories, intents)
        return {intent: _lists(scores, n) for intent, scores in found.items()}
    bought = histories.cells()
    items = bought.indices.astype(np.int64)
    owners = bought.owners.astype(np.int64)
    lists = lists_of_rows(fitted.score(histories), owners, items, n)
    return {intent: lists[intent] for intent in intents}


def _lists(scores: Floats, n: int) -> Lists:
    best = best_in_rows(scores, n)
    rows, places = np.nonzero(best >= 0)
    positions = best[rows, places]
    return Lists(np.bincount(rows, minlength=len(scores)), positions, scores[rows, positions])


def padded(lists: Lists, n: int) -> Ints:
    """Customers × n positions, filled up with -1."""
    found = np.full((len(lists.counts), n), -1, dtype=np.int64)
    found[np.arange(n) < lists.counts[:, None]] = lists.positions
    return found
