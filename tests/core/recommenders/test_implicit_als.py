"""Factorisation as a recommender: customers folded in, and reasons that add up to the score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from django_clvrec.core.recommenders.als import AlsParameters, fold_in
from django_clvrec.core.recommenders.implicit_als import Als, FittedAls
from tests.core.recommenders.made_up import HISTORIES, dense, histories_of, random_histories

PARAMETERS = AlsParameters(factors=3, iterations=3, regularization=0.1, alpha=2.0)


def contributions(items, times, item):
    """What each bought item adds to the score of `item`, from the normal equations."""
    bought = np.flatnonzero(times)
    weights = PARAMETERS.alpha * times
    gram = items.T @ np.diag(1 + weights) @ items
    gram += PARAMETERS.regularization * len(bought) * np.eye(items.shape[1])
    inverse = np.linalg.inv(gram)
    return {j: items[item] @ inverse @ items[j] * (1 + weights[j]) for j in bought}


@examples(max_examples=40)
@given(st.integers(0, 10**6))
def test_contributions_add_up_to_the_score_and_reasons_are_the_positive_ones_in_order(seed):
    histories = random_histories(seed, customers=3)
    items = np.random.default_rng(seed).normal(size=(9, 3))
    fitted = FittedAls(items.astype(np.float32), PARAMETERS)
    scores = fitted.score(histories)
    for customer, times in enumerate(dense(histories)):
        one = histories.take(np.array([customer]))
        for item in range(9) if times.any() else ():
            added = contributions(items, times, item)
            assert scores[customer, item] == pytest.approx(sum(added.values()), rel=1e-2, abs=1e-4)
            told = fitted.explain(one, item).tolist()
            assert told == sorted(told, key=lambda j: -added[j])
            sure = {j for j, value in added.items() if value > 1e-6}
            assert sure <= set(told) <= {j for j, value in added.items() if value > -1e-6}


@examples(max_examples=20)
@given(HISTORIES)
def test_scores_are_those_of_customers_folded_in(histories):
    fitted = Als(parameters=PARAMETERS).fit(histories)
    scores = fitted.score(histories)
    for customer, times in enumerate(dense(histories)):
        bought = np.flatnonzero(times)
        factors = fold_in(fitted.items, bought, times[bought], PARAMETERS)
        expected = fitted.items @ factors if len(bought) else np.zeros(histories.size)
        known = scores[customer] > -np.inf
        np.testing.assert_allclose(scores[customer, known], expected[known], rtol=1e-2, atol=1e-3)


@examples(max_examples=20)
@given(HISTORIES)
def test_exactly_what_nobody_bought_is_never_recommended(histories):
    scores = Als(parameters=PARAMETERS).fit(histories).score(histories)
    assert (np.isneginf(scores) == ~dense(histories).any(axis=0)).all()


def test_an_item_that_nobody_bought_has_no_reason():
    histories = histories_of([(0, 1.0), (1, 2.0)], size=3)
    assert Als(parameters=PARAMETERS).fit(histories).explain(histories, 2).tolist() == []


def test_given_parameters_are_not_searched():
    one = Als(parameters=PARAMETERS, is_fixed=True)
    assert one.variants() == (one,)
    assert len(Als().variants()) > 1


def test_a_search_begins_with_the_defaults_and_keeps_what_it_does_not_vary():
    default, *_ = Als().variants()
    assert default == Als()
    variants = Als(parameters=AlsParameters(seed=9, alpha=3.0)).variants()
    assert {(one.parameters.seed, one.parameters.alpha) for one in variants} == {(9, 3.0)}
