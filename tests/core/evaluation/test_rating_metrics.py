"""The article's precision and recall, and ranking among all items."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.evaluation.rating_metrics import (
    expected_hits,
    precision_recall,
    rmse,
    spread,
)


def article(customers, ratings, predictions, k=5):
    arrays = (np.array(column) for column in (customers, ratings, predictions))
    return precision_recall(*arrays, k=k, threshold=3)


def test_rmse_by_hand():
    assert rmse(np.array([5.0, 1.0]), np.array([4.0, 4.0])) == pytest.approx(5**0.5)


def test_a_spread_leaves_out_what_is_undefined():
    assert spread([1.0, np.nan, 3.0]) == (2.0, 1.0)
    assert spread([np.nan]) == (None, None)


def test_precision_and_recall_are_means_over_customers():
    found = article([1, 1, 1, 2], [5, 1, 4, 3], [4.0, 3.5, 2.0, 3.0])
    assert found.precision == pytest.approx((1 / 2 + 1) / 2)
    assert found.recall == pytest.approx((1 / 2 + 1) / 2)


def test_only_the_k_best_predictions_are_recommended():
    found = article([1, 1, 1], [1, 5, 5], [5.0, 4.0, 3.0], k=2)
    assert (found.precision, found.recall) == (1 / 2, 1 / 2)


def test_who_recommends_nothing_has_perfect_precision():
    found = article([1, 2], [5, 5], [0.0, 0.0])
    assert (found.precision, found.default_precision, found.recall) == (1.0, 1.0, 0.0)


def test_who_likes_nothing_is_recalled_perfectly():
    found = article([1], [1], [5.0])
    assert (found.recall, found.default_recall, found.precision) == (1.0, 1.0, 0.0)


def test_without_rows_nothing_is_defined():
    assert np.isnan(article([], [], []).precision)


def test_the_best_item_is_hit_and_has_all_the_gain():
    hits, gains = expected_hits(np.array([[3.0, 2.0, 1.0]] * 3), np.array([0, 1, 2]), n=2)
    assert hits.tolist() == [1, 1, 0]
    np.testing.assert_allclose(gains, [1, 1 / np.log2(3), 0])


def test_what_is_no_candidate_takes_no_rank():
    hits, _ = expected_hits(np.array([[-np.inf, 2.0, 1.0]]), np.array([2]), n=2)
    assert hits.tolist() == [1]


@given(st.integers(1, 30), st.integers(1, 12))
def test_equal_scores_hit_as_often_as_chance(items, n):
    hits, gains = expected_hits(np.zeros((1, items)), np.array([items - 1]), n)
    assert hits[0] == pytest.approx(min(1, n / items))
    ranks = np.arange(1, min(n, items) + 1)
    assert gains[0] == pytest.approx((1 / np.log2(ranks + 1)).sum() / items)


@given(st.lists(st.integers(0, 3), min_size=2, max_size=8), st.integers(1, 5), st.data())
def test_ties_are_worth_the_mean_over_all_their_orders(scores, n, data):
    held_out = data.draw(st.integers(0, len(scores) - 1))
    better = sum(score > scores[held_out] for score in scores)
    places = [better + tie for tie in range(scores.count(scores[held_out]))]
    hits, gains = expected_hits(np.array([scores], dtype=float), np.array([held_out]), n)
    assert hits[0] == pytest.approx(np.mean([place < n for place in places]))
    worth = [1 / np.log2(place + 2) if place < n else 0 for place in places]
    assert gains[0] == pytest.approx(np.mean(worth))
