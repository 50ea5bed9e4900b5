"""Factorisation in one process, against the formulas and against another library."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_array, csr_matrix
from threadpoolctl import threadpool_limits

from django_clvrec.core.recommenders.als import AlsParameters, fold_in, fold_in_ratings
from django_clvrec.core.recommenders.factorise import factorise
from tests.core.slow_als import naive_als


@st.composite
def tables(draw):
    """Orders of customers × items with many empty cells, and parameters."""
    customers, items = draw(st.integers(1, 30)), draw(st.integers(1, 30))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    table = random.poisson(draw(st.sampled_from([0.05, 0.3, 2.0])), (customers, items))
    parameters = AlsParameters(
        # fewer and more than the purchases of a customer, small and large for a solver
        factors=draw(st.sampled_from([1, 3, 8, 30])),
        iterations=draw(st.integers(1, 4)),
        alpha=draw(st.sampled_from([0.5, 1.0, 40.0])),
        regularization=draw(st.sampled_from([0.05, 0.15, 3.0])),
        seed=draw(st.integers(0, 9)),
    )
    return table.astype(np.float32), parameters


@pytest.fixture(scope="module")
def tastes():
    """Two tastes of six items, and a gift now and then."""
    random = np.random.default_rng(3)
    table = random.poisson(np.kron(np.eye(2), np.full((20, 6), 1.5))).astype(np.float32)
    table[3, 8] = table[25, 2] = 1.0
    return table


@given(tables())
def test_every_customer_has_the_factors_that_fold_in_finds(case):
    table, parameters = case
    customers, items = factorise(csr_array(table), parameters, is_explicit=False)
    for row, factors in zip(table, customers, strict=True):
        chosen = np.flatnonzero(row)
        expected = fold_in(items, chosen, row[chosen], parameters) if len(chosen) else 0
        np.testing.assert_allclose(factors, np.broadcast_to(expected, factors.shape), atol=2e-3)


@given(tables())
def test_with_ratings_it_is_what_fold_in_of_ratings_finds(case):
    table, parameters = case
    customers, items = factorise(csr_array(table), parameters, is_explicit=True)
    for row, factors in zip(table, customers, strict=True):
        chosen = np.flatnonzero(row)
        expected = fold_in_ratings(items, chosen, row[chosen], parameters) if len(chosen) else 0
        np.testing.assert_allclose(factors, np.broadcast_to(expected, factors.shape), atol=2e-3)


def test_it_converges_to_the_scores_of_dense_least_squares(tastes):
    parameters = AlsParameters(factors=2, iterations=300, regularization=0.1, alpha=2.0)
    customers, items = factorise(csr_array(tastes), parameters, is_explicit=False)
    slow_customers, slow_items = naive_als(tastes, parameters, 300)
    np.testing.assert_allclose(customers @ items.T, slow_customers @ slow_items.T, atol=1e-3)


def test_it_converges_to_the_scores_of_the_implicit_library():
    """Their penalty is per row, ours per interaction: equal where all rows are equally long."""
    weights = np.random.default_rng(5).integers(1, 5, (24, 24))
    table = (weights * np.kron(np.eye(4), np.ones((6, 6)))).astype(np.float32)
    ours = AlsParameters(factors=4, iterations=200, regularization=0.1, alpha=2.0)
    customers, items = factorise(csr_array(table), ours, is_explicit=False)
    with threadpool_limits(1, "blas"):
        theirs = AlternatingLeastSquares(
            factors=4, iterations=200, regularization=0.6, alpha=1.0, use_cg=False,
            num_threads=1, random_state=1,
        )  # fmt: skip
        # they take confidences themselves: 1 + alpha × weight where there is a weight
        confidence = np.where(table > 0, 1 + ours.alpha * table, 0).astype(np.float32)
        theirs.fit(csr_matrix(confidence), show_progress=False)
    found, expected = customers @ items.T, theirs.user_factors @ theirs.item_factors.T
    np.testing.assert_allclose(found, expected, atol=2e-3)


@given(tables(), st.booleans())
def test_the_number_of_threads_changes_nothing(case, is_explicit):
    table, parameters = case
    one = factorise(csr_array(table), parameters, is_explicit=is_explicit, threads=1)
    three = factorise(csr_array(table), parameters, is_explicit=is_explicit, threads=3)
    assert all((a == b).all() for a, b in zip(one, three, strict=True))


def test_another_seed_starts_elsewhere(tastes):
    first, second = (
        factorise(
            csr_array(tastes), AlsParameters(factors=2, iterations=1, seed=seed), is_explicit=False
        )[1]
        for seed in (1, 2)
    )
    assert not np.allclose(first, second)


def test_customers_and_items_without_purchases_get_zeros():
    table = np.zeros((3, 3), dtype=np.float32)
    table[0, 0] = table[2, 0] = 1.0
    customers, items = factorise(csr_array(table), AlsParameters(factors=2), is_explicit=False)
    assert customers[1].tolist() == items[1].tolist() == items[2].tolist() == [0.0, 0.0]
    assert customers[0].any()


@pytest.mark.parametrize("is_explicit", [False, True])
def test_no_penalty_is_no_error(tastes, is_explicit):
    parameters = AlsParameters(factors=40, regularization=0.0)
    found = factorise(csr_array(tastes), parameters, is_explicit=is_explicit)
    assert all(np.isfinite(factors).all() for factors in found)


def test_the_weights_stay_as_they_are(tastes):
    weights = csr_array(tastes)
    factorise(weights, AlsParameters(factors=2), is_explicit=False)
    assert (weights.toarray() == tastes).all()
