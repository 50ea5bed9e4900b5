"""What predicts ratings here without another library: ALS as in the article, and two means."""

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_array

from django_clvrec.core.evaluation.ratings import Floats, Ints, Pairs, Ratings, known_rows
from django_clvrec.core.recommenders.als import AlsParameters
from django_clvrec.core.recommenders.factorise import factorise

Algorithm = Callable[[Ratings, Pairs], Floats]
"""Fits the training rows and predicts a rating for each of the pairs; NaN where it cannot."""

ARTICLE_ALS = AlsParameters(factors=20, iterations=20, regularization=0.1)
"""The article does not print its parameters. In its usual grid (factors 10–150, regularization
.01–.15, 10 or 20 iterations) these come within .02 of its RMSE on both sets that could be had."""


def als(parameters: AlsParameters = ARTICLE_ALS) -> Algorithm:
    """Explicit ALS as Spark does it: a repeated row counts again, an unknown customer or item
    has no prediction (`coldStartStrategy="drop"`), nothing is cut off at the best rating.

    Source: Zhou et al., AAIM 2008.
    """

    def predict(train: Ratings, pairs: Pairs) -> Floats:
        customers, items = factorise(_matrix(train, pairs), parameters, is_explicit=True)
        known = known_rows(train, pairs)
        predictions = np.full(len(pairs), np.nan)
        chosen = customers[pairs.customers[known]], items[pairs.items[known]]
        predictions[known] = np.einsum("ij,ij->i", *chosen)
        return predictions

    return predict


def global_mean(train: Ratings, pairs: Pairs) -> Floats:
    """The mean of all training rows."""
    return np.full(len(pairs), train.ratings.mean())


def customer_mean(train: Ratings, pairs: Pairs) -> Floats:
    """The mean of the customer's training rows, NaN where there are none."""
    size = _size(train.customers, pairs.customers)
    counts = np.bincount(train.customers, minlength=size)
    sums = np.bincount(train.customers, train.ratings, size)
    return np.where(counts, sums / np.maximum(counts, 1), np.nan)[pairs.customers]


def popularity(train: Ratings, pairs: Pairs) -> Floats:
    """The number of training rows of the item: for ranking, not a rating."""
    counts = np.bincount(train.items, minlength=_size(train.items, pairs.items))
    return counts[pairs.items].astype(np.float64)


MEANS: dict[str, Algorithm] = {"global mean": global_mean, "customer mean": customer_mean}
"""What no algorithm should lose to."""


def _matrix(train: Ratings, pairs: Pairs) -> csr_array:
    """Customers × items with a cell for every row: made by hand, as scipy adds repeated ones."""
    shape = _size(train.customers, pairs.customers), _size(train.items, pairs.items)
    order = np.argsort(train.customers, kind="stable")
    starts = np.zeros(shape[0] + 1, dtype=np.int64)
    np.cumsum(np.bincount(train.customers, minlength=shape[0]), out=starts[1:])
    cells = train.ratings[order].astype(np.float32)
    return csr_array((cells, train.items[order], starts), shape=shape)


def _size(*positions: Ints) -> int:
    return max(int(some.max(initial=-1)) for some in positions) + 1
