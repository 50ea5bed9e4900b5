"""What a blend learns: the same as a pipeline of scikit-learn."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples_of_hypothesis
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from django_clvrec.core.recommenders.blend import LEAST_BOUGHT, Examples, weigh


def made_up(seed=1, size=600, columns=4):
    """Examples whose first feature tells what is bought; the second is a constant."""
    random = np.random.default_rng(seed)
    table = random.normal(random.normal(size=columns), 2, (size, columns)).astype(np.float32)
    table[:, 1] = np.log(0.01)
    odds = 1.5 * (table[:, 0] - table[:, 0].mean())
    return Examples(
        customers=np.sort(random.integers(0, 60, size)),
        items=random.integers(0, 30, size),
        features=table,
        is_bought=random.random(size) < 1 / (1 + np.exp(-odds)),
    )


def weights_of(examples):
    """1 / √(what the customer bought), by a loop."""
    bought = {}
    for customer, is_bought in zip(examples.customers, examples.is_bought, strict=True):
        bought[customer] = bought.get(customer, 0) + is_bought
    return np.array([1 / np.sqrt(max(1, bought[customer])) for customer in examples.customers])


@examples_of_hypothesis(max_examples=15)
@given(st.integers(0, 10**6))
def test_log_odds_equal_those_of_a_scikit_learn_pipeline(seed):
    examples = made_up(seed)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-8))
    weights = weights_of(examples)
    table = examples.features.astype(np.float64)
    pipeline.fit(
        table, examples.is_bought, logisticregression__sample_weight=weights / weights.mean()
    )
    found = weigh(examples).log_odds(examples.features)
    np.testing.assert_allclose(found, pipeline.decision_function(table), rtol=1e-3, atol=1e-3)


def test_the_telling_feature_has_the_weight():
    found = np.abs(weigh(made_up()).weights)
    assert found[0] > 5 * max(found[1:])


def test_a_constant_feature_has_no_weight_to_speak_of():
    assert abs(weigh(made_up()).weights[1]) < 1e-6


def test_the_order_of_the_examples_changes_nothing():
    examples = made_up()
    order = np.random.default_rng(2).permutation(600)
    found, other = weigh(examples), weigh(examples.of(order))
    np.testing.assert_allclose(found.weights, other.weights, atol=1e-5)


@pytest.mark.parametrize("bought", [0, LEAST_BOUGHT - 1, 600 - LEAST_BOUGHT + 1, 600])
def test_from_too_few_of_either_kind_nothing_is_learnt(bought):
    assert weigh(replace(made_up(), is_bought=np.arange(600) < bought)) is None


def test_from_just_enough_it_is_learnt():
    assert weigh(replace(made_up(), is_bought=np.arange(600) < LEAST_BOUGHT)) is not None


def test_from_no_examples_nothing_is_learnt():
    assert weigh(made_up().of(np.zeros(600, dtype=bool))) is None
