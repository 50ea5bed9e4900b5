"""ALS as in the article, by hand."""

import numpy as np
import pytest

from django_clvrec.core.evaluation.rating_algorithms import (
    als,
    customer_mean,
    global_mean,
    popularity,
)
from django_clvrec.core.evaluation.ratings import Pairs, Ratings
from django_clvrec.core.recommenders.als import AlsParameters


def ratings(*rows):
    customers, items, values = np.array(rows).T
    return Ratings(customers=customers, items=items, ratings=values.astype(float))


def ask(*rows):
    customers, items = np.array(rows).T
    return Pairs(customers=customers, items=items)


def test_als_has_no_answer_for_who_or_what_is_unknown():
    train = ratings((0, 0, 5), (1, 1, 3))
    found = als()(train, ask((0, 0), (2, 0), (0, 2), (0, 1)))
    assert np.isnan(found).tolist() == [False, True, True, False]


def test_als_counts_a_repeated_row_again():
    """Without a penalty one pair is predicted as the mean of its rows."""
    parameters = AlsParameters(factors=1, iterations=20, regularization=1e-4)
    train = ratings((0, 0, 5), (0, 0, 5), (0, 0, 5), (0, 0, 1))
    assert als(parameters)(train, ask((0, 0)))[0] == pytest.approx(4, abs=0.01)


def test_repeated_rows_are_not_added_up():
    train = ratings(*[(0, 0, 5)] * 4, *[(1, 0, 5)] * 4)
    assert als()(train, ask((0, 0)))[0] < 5.5


def test_means_by_hand():
    train = ratings((0, 0, 5), (0, 1, 4), (1, 0, 3))
    assert global_mean(train, ask((7, 7))).tolist() == [4]
    np.testing.assert_array_equal(customer_mean(train, ask((0, 5), (2, 0))), [4.5, np.nan])


def test_popularity_counts_rows():
    train = ratings((0, 0, 5), (0, 0, 5), (1, 1, 3))
    assert popularity(train, ask((3, 0), (3, 1), (3, 2))).tolist() == [2, 1, 0]
