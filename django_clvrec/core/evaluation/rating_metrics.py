"""Metrics of predicted ratings: the article's, and ranking among all items."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from django_clvrec.core.evaluation.ratings import Flags, Floats, Ints


def rmse(ratings: Floats, predictions: Floats) -> float:
    """Root mean squared error of the rows; NaN without any."""
    return float(np.sqrt(np.mean((ratings - predictions) ** 2))) if len(ratings) else np.nan


def spread(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Mean and standard deviation of what is not NaN; `None` where nothing is left."""
    defined = [value for value in values if not np.isnan(value)]
    return (float(np.mean(defined)), float(np.std(defined))) if defined else (None, None)


@dataclass(frozen=True, kw_only=True)
class PrecisionRecall:
    """Means over customers of precision and recall of their own test rows."""

    precision: float
    recall: float
    default_precision: float
    """Share of customers with no prediction over the threshold, whose precision counts as 1."""
    default_recall: float
    """Share of customers with no rating over the threshold, whose recall counts as 1."""


def precision_recall(
    customers: Ints, ratings: Floats, predictions: Floats, *, k: int, threshold: float
) -> PrecisionRecall:
    """The article's precision and recall at `k`: each customer's test rows, and no other item.

    One row per test row, in any order. Recommended are the `k` best predictions of a customer
    that reach the threshold, relevant the ratings that reach it; 0/0 counts as 1. Ties keep the
    order of the rows. NaN without rows. Source: the FAQ of scikit-surprise until April 2020;
    since its pull request 349 they count as 0 there, as 1 misled people.
    """
    if not len(customers):
        return PrecisionRecall(
            precision=np.nan, recall=np.nan, default_precision=np.nan, default_recall=np.nan
        )
    order = np.lexsort((-predictions, customers))
    _, starts, groups = np.unique(customers[order], return_index=True, return_inverse=True)
    places = np.arange(len(order)) - starts[groups]
    relevant = ratings[order] >= threshold
    recommended = (predictions[order] >= threshold) & (places < k)

    def count(rows: Flags) -> Ints:
        return np.bincount(groups, rows, len(starts)).astype(np.int64)

    hits, shown, wanted = count(relevant & recommended), count(recommended), count(relevant)
    return PrecisionRecall(
        precision=float(np.where(shown, hits / np.maximum(shown, 1), 1).mean()),
        recall=float(np.where(wanted, hits / np.maximum(wanted, 1), 1).mean()),
        default_precision=float((shown == 0).mean()),
        default_recall=float((wanted == 0).mean()),
    )


def expected_hits(scores: Floats, held_out: Ints, n: int) -> tuple[Floats, Floats]:
    """Hit rate and NDCG at `n` of one held-out item per row of rows × items `scores`.

    `-inf` marks what is no candidate, and is never held out. Ties are broken at random, of which
    this is the expectation: equal scores everywhere are the random ranking.
    """
    own = np.take_along_axis(scores, held_out[:, None], axis=1)
    better, equal = (scores > own).sum(axis=1), (scores == own).sum(axis=1)
    gains = np.zeros(scores.shape[1] + 1)
    ranks = np.arange(1, min(n, scores.shape[1]) + 1)
    gains[ranks] = 1 / np.log2(ranks + 1)
    total = np.cumsum(gains)
    hits = np.clip((n - better) / equal, 0, 1)
    return hits, (total[better + equal] - total[better]) / equal
