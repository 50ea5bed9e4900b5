"""Fold-in: a customer's factors without training, against independent implementations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.recommenders.als import AlsParameters, fold_in, fold_in_ratings
from tests.core.slow_als import naive_als, naive_fold_in

PARAMETERS = AlsParameters(factors=3, regularization=0.1, alpha=2.0)


@pytest.fixture(scope="module")
def trained():
    """Orders of customers × items with two tastes, and their converged factors."""
    rng = np.random.default_rng(3)
    table = rng.poisson(np.kron(np.eye(2), np.full((10, 6), 1.5))).astype(float)
    table[3, 8] = table[15, 2] = 1.0  # a gift now and then
    return table, *naive_als(table, PARAMETERS, 500)


@st.composite
def shops(draw):
    """Item factors of a small shop, and what one customer chose there."""
    items, factors = draw(st.integers(4, 12)), draw(st.integers(1, 4))
    seed = draw(st.integers(0, 10**6))
    item_factors = np.random.default_rng(seed).normal(size=(items, factors))
    chosen = sorted(draw(st.sets(st.integers(0, items - 1), min_size=1)))
    weights = [float(draw(st.integers(1, 30))) for _ in chosen]
    parameters = AlsParameters(
        factors=factors,
        alpha=draw(st.sampled_from([0.5, 1.0, 40.0])),
        regularization=draw(st.sampled_from([0.01, 0.15, 3.0])),
    )
    return item_factors, np.array(chosen), np.array(weights), parameters


@given(shops())
def test_fold_in_equals_the_normal_equations_summed_cell_by_cell(shop):
    np.testing.assert_allclose(fold_in(*shop), naive_fold_in(*shop), rtol=1e-7, atol=1e-9)


@given(shops())
def test_fold_in_of_ratings_is_least_squares_over_the_rated_items(shop):
    """Ridge regression, as least squares over one more row for the penalty of each factor."""
    item_factors, chosen, ratings, parameters = shop
    penalty = np.sqrt(parameters.regularization * len(chosen)) * np.eye(parameters.factors)
    rows = np.vstack([item_factors[chosen], penalty])
    expected = np.linalg.lstsq(rows, np.append(ratings, np.zeros(parameters.factors)))[0]
    np.testing.assert_allclose(fold_in_ratings(*shop), expected, rtol=1e-6, atol=1e-8)


@given(shops(), st.randoms(use_true_random=False))
def test_the_order_in_which_items_were_chosen_changes_nothing(shop, random):
    item_factors, chosen, weights, parameters = shop
    order = random.sample(range(len(chosen)), len(chosen))
    shuffled = fold_in(item_factors, chosen[order], weights[order], parameters)
    np.testing.assert_allclose(shuffled, fold_in(*shop), rtol=1e-7, atol=1e-9)


@given(shops())
def test_single_precision_gives_nearly_the_same(shop):
    item_factors, *rest = shop
    single = item_factors.astype(np.float32)
    np.testing.assert_array_equal(fold_in(single, *rest), fold_in(single.astype(np.float64), *rest))


def test_fold_in_of_a_known_customer_gives_back_their_factors(trained):
    table, customers, items = trained
    for row, factors in zip(table, customers, strict=True):
        chosen = np.flatnonzero(row)
        found = fold_in(items, chosen, row[chosen], PARAMETERS)
        np.testing.assert_allclose(found, factors, rtol=1e-5, atol=1e-7)


def test_a_newcomer_is_recommended_what_those_of_their_taste_buy(trained):
    _, _, items = trained
    scores = items @ fold_in(items, np.array([0, 1]), np.array([1.0, 1.0]), PARAMETERS)
    assert scores[2:6].min() > scores[6:].max()


def test_what_was_bought_more_often_pulls_harder(trained):
    _, _, items = trained
    mixed = np.array([0, 6])
    towards_first = items @ fold_in(items, mixed, np.array([9.0, 1.0]), PARAMETERS)
    towards_second = items @ fold_in(items, mixed, np.array([1.0, 9.0]), PARAMETERS)
    assert towards_first[0] > towards_second[0]
    assert towards_first[6] < towards_second[6]


def test_a_customer_who_chose_nothing_has_no_taste():
    nothing = np.array([], dtype=np.int64), np.array([])
    assert fold_in(np.eye(3), *nothing, PARAMETERS).tolist() == [0.0, 0.0, 0.0]


def test_a_customer_who_chose_nothing_is_no_error_where_there_are_fewer_items_than_factors():
    nothing = np.array([], dtype=np.int64), np.array([])
    assert fold_in(np.ones((2, 3)), *nothing, PARAMETERS).tolist() == [0.0, 0.0, 0.0]


def test_fewer_items_than_factors_are_no_trouble():
    few = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]])
    found = fold_in(few, np.array([1]), np.array([1.0]), PARAMETERS)
    np.testing.assert_allclose(found, naive_fold_in(few, [1], [1.0], PARAMETERS))


def test_item_factors_stay_as_they_are():
    items = np.arange(12, dtype=np.float64).reshape(4, 3)
    before = items.copy()
    fold_in(items, np.array([1, 2]), np.array([1.0, 2.0]), PARAMETERS)
    assert (items == before).all()
