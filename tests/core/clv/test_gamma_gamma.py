"""Gamma-Gamma: published figures, laws, and values that tell nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.clv import GammaGamma, dependence, fit_gamma_gamma
from django_clvrec.exceptions import NoForecast
from tests.core.clv import cdnow
from tests.core.clv.made_up import SPENDING, customers

MODEL = GammaGamma(**SPENDING, log_likelihood=0.0, customers=1, covariance=np.zeros((3, 3)))


def test_the_published_parameters_of_cdnow():
    data = cdnow.summary().query("x > 0")
    found = fit_gamma_gamma(data["x"], data["mean_order_value"])
    # Fader and Hardie (2013): p = 6.25, q = 3.74, v = 15.44
    assert found.parameters == pytest.approx([6.25, 3.744, 15.444], rel=5e-4)
    assert found.log_likelihood == pytest.approx(-4055.92, abs=0.005)


def test_no_other_parameters_are_more_likely():
    from django_clvrec.core.clv.gamma_gamma import _Likelihood

    known, *_ = customers(800, np.random.default_rng(1))
    found = fit_gamma_gamma(known.orders, known.mean_order_value)
    likelihood = _Likelihood(known.orders, known.mean_order_value, np.ones(800))
    best, slope = likelihood(np.log(found.parameters))
    assert np.abs(slope).max() < 1e-5
    for place in range(3):
        for step in (-0.05, 0.05):
            logs = np.log(found.parameters)
            logs[place] += step
            assert likelihood(logs)[0] < best


def test_money_may_be_in_any_unit():
    known, *_ = customers(800, np.random.default_rng(2))
    pounds = fit_gamma_gamma(known.orders, known.mean_order_value)
    pence = fit_gamma_gamma(known.orders, 100 * known.mean_order_value)
    assert pence.parameters == pytest.approx(pounds.parameters * [1, 1, 100], rel=1e-3)


@given(x=st.integers(1, 100), mean=st.floats(0.01, 1e4))
def test_the_next_order_lies_between_ones_own_mean_and_that_of_all(x, mean):
    overall = SPENDING["p"] * SPENDING["v"] / (SPENDING["q"] - 1)
    value = float(MODEL.order_value(x, mean))
    assert min(mean, overall) - 1e-9 <= value <= max(mean, overall) + 1e-9


def test_more_orders_bring_the_forecast_nearer_to_ones_own_mean():
    values = MODEL.order_value([1, 5, 50], [1000.0, 1000.0, 1000.0])
    assert (np.diff(values) > 0).all()


@pytest.mark.slow
def test_intervals_hold_the_true_parameters_as_often_as_they_say():
    rng, hits = np.random.default_rng(3), []
    for _ in range(150):
        known, *_ = customers(1000, rng)
        found = fit_gamma_gamma(known.orders, known.mean_order_value)
        for name, value in SPENDING.items():
            low, high = found.interval(name)
            hits.append(low <= value <= high)
    assert 0.85 <= np.mean(hits) <= 0.95


def test_values_that_grow_with_the_number_of_orders_are_told():
    known, *_ = customers(3000, np.random.default_rng(5))
    assert abs(dependence(known.orders, known.mean_order_value)) < 0.1
    assert dependence(known.orders, known.mean_order_value * known.orders) > 0.5
    assert dependence([1, 1], [3, 4]) == 0


def test_equal_values_are_all_there_is_to_expect():
    found = fit_gamma_gamma(np.arange(1, 101), np.full(100, 12.5))
    assert found.untold
    assert found.order_value([1, 30], [12.5, 12.5]) == pytest.approx([12.5, 12.5], rel=1e-3)


def test_too_few_customers_tell_no_value():
    with pytest.raises(NoForecast, match="1 customers have orders with a value; at least 30"):
        fit_gamma_gamma([3], [20.0])


@pytest.mark.parametrize("value", [0.0, -5.0, np.nan, np.inf])
def test_money_that_is_none_is_refused(value):
    with pytest.raises(ValueError, match="above 0; leave the others out"):
        fit_gamma_gamma([1, 1], [10.0, value])


def test_who_has_no_order_has_no_value():
    with pytest.raises(ValueError, match="at least 1"):
        fit_gamma_gamma([0, 1], [10.0, 10.0])
