"""Nearest items: equal to scikit-learn's cosine, and to loops over pairs of items."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity

from django_clvrec.core.recommenders import item_knn
from django_clvrec.core.recommenders.item_knn import ItemKnn
from django_clvrec.core.recommenders.item_models import BINARY, ROOT
from tests.core.recommenders.made_up import (
    HISTORIES,
    dense,
    histories_of,
    random_histories,
    shares_of_buyers,
)

COUNTING = st.sampled_from([BINARY, ROOT])


def seen(histories, counting):
    return np.sqrt(dense(histories)) if counting == ROOT else (dense(histories) > 0) * 1.0


def slow_scores(histories, k, shrinkage, counting):
    """Every pair of items, one by one."""
    rows, size = seen(histories, counting), histories.size
    near = np.zeros((size, size))
    for i in range(size):
        for j in range(size):
            lengths = np.sqrt((rows[:, i] ** 2).sum() * (rows[:, j] ** 2).sum())
            if i != j:
                near[i, j] = rows[:, i] @ rows[:, j] / max(lengths + shrinkage, 1e-9)
        least = sorted(near[i])[-k] if k < size else 0
        # what is as near as the last of the k is near too
        near[i, near[i] < least * (1 - 1e-5)] = 0
    return rows @ near.T + 1e-6 * shares_of_buyers(histories)


@examples(max_examples=40)
@given(HISTORIES, st.integers(1, 12), st.sampled_from([0.0, 10.0]), COUNTING)
def test_scores_equal_a_loop_over_pairs_of_items(histories, k, shrinkage, counting):
    recommender = ItemKnn(k=k, shrinkage=shrinkage, counting=counting)
    found = recommender.fit(histories).score(histories)
    expected = slow_scores(histories, k, shrinkage, counting)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


@given(HISTORIES, COUNTING)
def test_without_shrinkage_the_weights_are_cosines(histories, counting):
    weights = ItemKnn(shrinkage=0, counting=counting).fit(histories).weights.toarray()
    expected = cosine_similarity(seen(histories, counting).T)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(weights, expected, atol=1e-6)


def test_more_shrinkage_trusts_pairs_with_few_buyers_less():
    few, many = [(0, 1.0), (1, 1.0)], [(2, 1.0), (3, 1.0)]
    histories = histories_of(few, *[many] * 30, size=4)
    plain = ItemKnn(shrinkage=0).fit(histories).weights.toarray()
    shrunk = ItemKnn(shrinkage=10).fit(histories).weights.toarray()
    assert plain[0, 1] == pytest.approx(plain[2, 3])
    assert shrunk[0, 1] < shrunk[2, 3] / 2


def test_an_item_speaks_for_those_that_it_is_among_the_nearest_of():
    """Item 2 goes with item 0 alone, which goes with item 1 much more."""
    histories = histories_of(*[[(0, 1.0), (1, 1.0)]] * 5, [(0, 1.0), (2, 1.0)], size=3)
    weights = ItemKnn(k=1, shrinkage=0).fit(histories).weights.toarray()
    assert weights[0, 2] > 0
    assert weights[2, 0] == 0


def test_a_tie_is_one_although_single_precision_tells_the_two_apart():
    """Of two customers, who buy some items in the same proportion."""
    histories = random_histories(1, customers=2, items=5, density=0.9)
    found = ItemKnn(k=2, shrinkage=0, counting=ROOT).fit(histories).score(histories)
    np.testing.assert_allclose(found, slow_scores(histories, 2, 0, ROOT), rtol=1e-4, atol=1e-6)


def test_the_blocks_in_which_it_is_made_change_nothing(monkeypatch):
    histories = random_histories(4, items=23)
    whole = ItemKnn(k=5).fit(histories).weights.toarray()
    monkeypatch.setattr(item_knn, "BLOCK", 4)
    np.testing.assert_array_equal(ItemKnn(k=5).fit(histories).weights.toarray(), whole)


def test_of_too_many_items_it_knows_the_most_bought_and_says_so(monkeypatch):
    monkeypatch.setattr(item_knn, "MOST_ITEMS", 2)
    histories = histories_of(*[[(1, 1.0), (3, 1.0)]] * 2, [(0, 1.0), (1, 1.0)], size=4)
    fitted = ItemKnn(shrinkage=0).fit(histories)
    assert fitted.items.tolist() == [1, 3]
    assert fitted.explain(histories.take(np.array([0])), 0).tolist() == []
    assert ItemKnn().limits(histories) == "the 2 most bought of 4 items"
