"""EASE: equal to the formula of the paper with a general inverse in double precision."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scipy.linalg import LinAlgError

from django_clvrec.core.recommenders import ease
from django_clvrec.core.recommenders.ease import Ease
from django_clvrec.core.recommenders.item_models import BINARY, ROOT
from tests.core.recommenders.made_up import (
    HISTORIES,
    dense,
    histories_of,
    random_histories,
    shares_of_buyers,
)


def slow_weights(rows, regularization):
    inverse = np.linalg.inv(rows.T @ rows + regularization * np.eye(rows.shape[1]))
    return np.eye(len(inverse)) - inverse / np.diag(inverse)


@examples(max_examples=40)
@given(HISTORIES, st.sampled_from([1.0, 100.0, 1500.0]), st.sampled_from([BINARY, ROOT]))
def test_weights_and_scores_equal_the_formula(histories, regularization, counting):
    rows = np.sqrt(dense(histories)) if counting == ROOT else (dense(histories) > 0) * 1.0
    expected = slow_weights(rows, regularization)
    fitted = Ease(regularization=regularization, counting=counting).fit(histories)
    np.testing.assert_allclose(fitted.weights, expected, rtol=1e-3, atol=1e-5)
    scores = rows @ expected + 1e-6 * shares_of_buyers(histories)
    np.testing.assert_allclose(fitted.score(histories), scores, rtol=1e-3, atol=1e-5)


@examples(max_examples=40)
@given(HISTORIES)
def test_no_item_speaks_for_itself(histories):
    assert not np.diag(Ease().fit(histories).weights).any()


def test_weights_predict_each_item_from_the_others_as_ridge_regression_does():
    """Column by column B is the ridge regression of an item on all others (Steck, section 3)."""
    rows = (dense(random_histories(3, customers=40, items=6)) > 0) * 1.0
    weights = Ease(regularization=5.0).fit(random_histories(3, customers=40, items=6)).weights
    for item in range(6):
        others = np.arange(6) != item
        table = rows[:, others]
        ridge = np.linalg.solve(table.T @ table + 5.0 * np.eye(5), table.T @ rows[:, item])
        np.testing.assert_allclose(weights[others, item], ridge, rtol=1e-3, atol=1e-5)


def test_an_item_that_nobody_bought_neither_speaks_nor_is_spoken_for():
    weights = Ease().fit(histories_of([(0, 1.0), (2, 1.0)], size=3)).weights
    assert not weights[1].any()
    assert not weights[:, 1].any()


def test_without_regularization_it_says_what_is_wrong():
    twins = histories_of([(0, 1.0), (1, 1.0)], size=2)
    with pytest.raises(LinAlgError, match="λ must be above 0"):
        Ease(regularization=0.0).fit(twins)


def test_of_too_many_items_it_knows_the_most_bought_and_says_so(monkeypatch):
    monkeypatch.setattr(ease, "MOST_ITEMS", 2)
    histories = histories_of(*[[(1, 1.0), (3, 1.0)]] * 2, [(0, 1.0)], size=4)
    fitted = Ease(regularization=1.0).fit(histories)
    assert fitted.items.tolist() == [1, 3]
    assert fitted.score(histories)[2].tolist() == pytest.approx(fitted.others * 1e-6)
    assert Ease().limits(histories) == "the 2 most bought of 4 items"


def test_the_inverse_is_made_in_place():
    """The Gram matrix is the largest array there is; another one of it is memory for nothing."""
    gram = np.asarray(np.eye(300) * 2 + 1, dtype=np.float32)
    tracemalloc.start()
    ease._weights(gram, 1.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * gram.nbytes
