"""BG/NBD: published figures, an independent implementation, laws, and what tells nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.clv import BgNbd, Statistics, fit_bg_nbd
from django_clvrec.core.clv.counts import moments
from django_clvrec.exceptions import NoForecast
from tests.core.clv import cdnow, slow
from tests.core.clv.made_up import BUYING, customers
from tests.logs import demo_frame

MODEL = BgNbd(
    **BUYING, log_likelihood=0.0, customers=1, covariance=np.zeros((4, 4))
)  # fmt: skip
HISTORIES = [(0, 0, 30), (1, 5, 40), (2, 100, 100), (3, 12.5, 200), (12, 250, 380), (40, 300, 365)]


@pytest.fixture(scope="module")
def cdnow_fit():
    data = cdnow.summary()
    return fit_bg_nbd(data["x"], data["t_x"], data["T"])


def test_the_published_parameters_of_cdnow(cdnow_fit):
    found = [float(f"{value:.3g}") for value in cdnow_fit.parameters]
    assert found == [0.243, 4.41, 0.793, 2.43]
    assert cdnow_fit.log_likelihood == pytest.approx(-9582.43, abs=0.005)
    assert not cdnow_fit.untold


def test_the_published_parameters_of_all_cdnow_customers():
    data = cdnow.everybody()
    assert len(data) == 23_570
    found = fit_bg_nbd(data["x"], data["t_x"], data["T"])
    assert found.parameters == pytest.approx([0.2516, 4.7889, 0.7234, 2.1611], rel=5e-4)


def test_time_may_be_in_any_unit(cdnow_fit):
    data = cdnow.summary()
    days = fit_bg_nbd(data["x"], 7 * data["t_x"], 7 * data["T"])
    expected = cdnow_fit.parameters * [1, 7, 1, 1]
    assert days.parameters == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("history", HISTORIES)
def test_p_alive_equals_that_of_an_integration(history):
    assert MODEL.p_alive(*history) == pytest.approx(slow.p_alive(MODEL, *history), abs=1e-6)


@pytest.mark.parametrize("days", [1, 30, 365])
@pytest.mark.parametrize("history", HISTORIES)
def test_expected_orders_equal_the_closed_form(history, days):
    x, _, T = history
    found = MODEL.p_alive(*history) * moments(MODEL, [x], [T], days).mean[0]
    assert found == pytest.approx(slow.expected_orders(MODEL, *history, days), abs=1e-6)


@pytest.mark.parametrize("history", HISTORIES)
def test_the_log_likelihood_equals_that_of_an_integration(history):
    from django_clvrec.core.clv.bg_nbd import _Likelihood

    one = _Likelihood(*(np.array([float(number)]) for number in history), np.array([1]))
    value, _ = one(np.log(MODEL.parameters))
    assert value == pytest.approx(slow.log_likelihood(MODEL, *history), abs=1e-6)


def test_the_gradient_is_that_of_the_likelihood():
    from django_clvrec.core.clv.bg_nbd import _Likelihood

    known, *_ = customers(300, np.random.default_rng(1))
    likelihood = _Likelihood(known.x, known.t_x, known.T, np.ones(300))
    logs = np.log([0.7, 40.0, 1.1, 2.0])
    for place in range(4):
        step = np.zeros(4)
        step[place] = 1e-6
        difference = (likelihood(logs + step)[0] - likelihood(logs - step)[0]) / 2e-6
        assert likelihood(logs)[1][place] == pytest.approx(difference, rel=1e-5, abs=1e-8)


def test_customers_who_share_a_history_count_as_one_row():
    known, *_ = customers(2000, np.random.default_rng(2))
    days = np.ceil(known.t_x)
    found = Statistics.of(known.x, np.minimum(days, known.T), known.T)
    assert len(found) < 2000
    assert found.customers.sum() == 2000
    counted = fit_bg_nbd(found.x, found.t_x, found.T, found.customers)
    plain = fit_bg_nbd(known.x, np.minimum(days, known.T), known.T)
    assert counted.parameters == pytest.approx(plain.parameters, rel=1e-6)


@given(
    x=st.integers(1, 60), T=st.floats(1, 1000), share=st.floats(0, 1), later=st.floats(0, 500)
)  # fmt: skip
def test_who_stays_away_longer_is_less_likely_a_customer(x, T, share, later):
    now = float(MODEL.p_alive(x, share * T, T))
    assert 0 <= float(MODEL.p_alive(x, share * T, T + later)) <= now <= 1


@given(x=st.integers(0, 60), T=st.floats(1, 1000), days=st.floats(0.1, 500))
def test_more_time_brings_more_orders(x, T, days):
    short, long = (moments(MODEL, [x], [T], some).mean[0] for some in (days, 2 * days))
    assert 0 <= short <= long


def test_who_never_ordered_again_is_alive_for_the_model():
    assert MODEL.p_alive([0, 0], [0, 0], [10, 1000]).tolist() == [1, 1]


@pytest.mark.slow
def test_intervals_hold_the_true_parameters_as_often_as_they_say():
    rng, hits = np.random.default_rng(3), []
    for _ in range(100):
        known, *_ = customers(1500, rng)
        found = fit_bg_nbd(known.x, known.t_x, known.T)
        for name, value in BUYING.items():
            low, high = found.interval(name)
            hits.append(low <= value <= high)
    assert 0.85 <= np.mean(hits) <= 0.95


@pytest.mark.slow
@pytest.mark.parametrize("later", range(6))
def test_a_grocers_households_of_whom_hardly_any_stops_are_fitted(later):
    """The likelihood rises along a ridge as b grows, and hardly at that."""
    lines = demo_frame()
    days = lines.groupby("household_id")["transaction_timestamp"]
    first, last = (getattr(days, which)().dt.normalize() for which in ("min", "max"))
    x = days.agg(lambda times: times.dt.normalize().nunique()) - 1
    age = (last.max() - first).dt.days + later
    found = fit_bg_nbd(x, (last - first).dt.days, age)
    assert [found.r, found.alpha] == pytest.approx([1.44, 10.6], rel=0.02)


# what tells nothing


def test_single_buyers_tell_no_rhythm():
    with pytest.raises(NoForecast, match="0 customers have ordered again; at least 30"):
        fit_bg_nbd(np.zeros(1000), np.zeros(1000), np.arange(1000))


def test_one_customer_tells_no_rhythm():
    with pytest.raises(NoForecast, match="1 customers have ordered again"):
        fit_bg_nbd([5], [30], [40])


def test_where_nobody_stops_the_rest_is_told():
    rng = np.random.default_rng(4)
    rate, T = rng.gamma(2, 1 / 40, 3000), np.full(3000, 300.0)
    x = rng.poisson(rate * T)
    # the last of x uniform times
    t_x = np.where(x > 0, T * rng.random(3000) ** (1 / np.maximum(x, 1)), 0)
    found = fit_bg_nbd(x, t_x, T)
    assert {"a", "b"} & {*found.untold}
    assert [found.r, found.alpha] == pytest.approx([2, 40], rel=0.15)
    assert found.p_alive(x, t_x, T).min() > 0.9


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (([1], [50], [40]), "t_x is beyond T"),
        (([-1], [0], [40]), "not negative"),
        (([1.5], [10], [40]), "whole numbers"),
        (([1], [np.nan], [40]), "finite"),
        (([1, 2], [10], [40]), "differ in length"),
    ],
)
def test_what_cannot_be_is_refused(history, said):
    with pytest.raises(ValueError, match=said):
        fit_bg_nbd(*history)
