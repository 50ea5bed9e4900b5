"""Judging a policy from another's log: against shops where the truth is known."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from django_clvrec.core.evaluation.off_policy import (
    Logged,
    doubly_robust,
    ips,
    snips,
)
from django_clvrec.exceptions import BadPropensities, NoOverlap

OFTEN, EVENTS = 400, 1000
RATES = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
LOGGING = np.array([0.4, 0.25, 0.15, 0.1, 0.1])
TARGET = np.array([0.05, 0.1, 0.2, 0.3, 0.35])
TRUTH = float(RATES @ TARGET)


def log(random, rates=RATES, events=EVENTS):
    """What was shown in each event, and the log of clicks."""
    shown = random.choice(len(rates), events, p=LOGGING)
    clicks = (random.random(events) < rates[shown]).astype(float)
    return shown, Logged(rewards=clicks, propensities=LOGGING[shown], targets=TARGET[shown])


def modelled(shown, logged, model):
    """Doubly robust with these predicted click rates."""
    return doubly_robust(logged, model[shown], np.full(len(shown), model @ TARGET))


ESTIMATORS = {
    "ips": lambda _, logged: ips(logged),
    "snips": lambda _, logged: snips(logged),
    "good model": lambda shown, logged: modelled(shown, logged, RATES * 1.1),
    "bad model": lambda shown, logged: modelled(shown, logged, 0.5 - RATES),
}


@cache
def repeats():
    """Each estimator's estimates of as many logs."""
    random = np.random.default_rng(11)
    logs = [log(random) for _ in range(OFTEN)]
    return {name: [estimate(*each) for each in logs] for name, estimate in ESTIMATORS.items()}


def values(name):
    return np.array([estimate.value for estimate in repeats()[name]])


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_truth_is_met_on_average(name):
    """Within 1 % of it, and within three standard errors of so many repeats."""
    found = values(name)
    assert found.mean() == pytest.approx(TRUTH, rel=0.01)
    assert abs(found.mean() - TRUTH) < 3 * found.std() / np.sqrt(OFTEN)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_intervals_cover_the_truth_as_often_as_they_say(name):
    covered = [estimate.low <= TRUTH <= estimate.high for estimate in repeats()[name]]
    assert 0.86 <= np.mean(covered) <= 0.94


def test_a_good_model_lowers_the_variance_and_a_bad_one_does_not_bias():
    """That a bad one is unbiased is above; it may cost variance."""
    assert values("good model").var() < 0.8 * values("ips").var()
    assert values("bad model").var() > values("good model").var()


def test_a_good_model_makes_up_for_propensities_that_are_wrong():
    shown, logged = log(np.random.default_rng(5), events=40_000)
    wrong = Logged(
        rewards=logged.rewards, propensities=logged.propensities**0.5, targets=logged.targets
    )
    assert abs(ips(wrong).value - TRUTH) > 0.05
    assert modelled(shown, wrong, RATES).value == pytest.approx(TRUTH, abs=0.01)


def test_the_average_that_is_not_weighted_is_far_off():
    _, logged = log(np.random.default_rng(5), events=40_000)
    assert abs(logged.rewards.mean() - TRUTH) > 0.1


# customers


def customers_log(random, customers=120, each=8):
    """Events of customers who click a little or a lot, so that events are alike within them."""
    numbers = np.repeat(np.arange(customers), each)
    moods = random.choice([0.2, 1.8], customers)[numbers]
    shown = random.choice(len(RATES), len(numbers), p=LOGGING)
    clicks = (random.random(len(numbers)) < RATES[shown] * moods).astype(float)
    return clicks, LOGGING[shown], TARGET[shown], numbers


@pytest.mark.parametrize("estimate", [ips, snips])
def test_intervals_by_customer_cover_where_intervals_by_event_do_not(estimate):
    random, covered = np.random.default_rng(2), {"customers": [], "events": []}
    for _ in range(OFTEN):
        clicks, logged, targets, numbers = customers_log(random)
        for unit, customers in {"customers": numbers, "events": None}.items():
            found = estimate(
                Logged(rewards=clicks, propensities=logged, targets=targets, customers=customers)
            )
            covered[unit].append(found.low <= TRUTH <= found.high)
    assert 0.86 <= np.mean(covered["customers"]) <= 0.94
    assert np.mean(covered["events"]) < np.mean(covered["customers"]) - 0.03


def test_of_one_customer_nothing_is_sure():
    of_one = Logged(
        rewards=np.array([0.0, 1.0]),
        propensities=np.full(2, 0.5),
        targets=np.full(2, 0.5),
        customers=np.array([7, 7]),
    )
    assert (ips(of_one).low, ips(of_one).high) == (-np.inf, np.inf)


# weights

PROBABILITY = st.floats(0.01, 1)
EVENTS_MADE_UP = st.lists(
    st.tuples(st.floats(-5, 5), PROBABILITY, PROBABILITY), min_size=2, max_size=30
).map(np.array)


def of_rows(rows, like_logging=False):
    targets = rows[:, 1 if like_logging else 2]
    return Logged(rewards=rows[:, 0], propensities=rows[:, 1], targets=targets)


@given(EVENTS_MADE_UP)
def test_the_policy_that_logged_is_worth_the_mean(rows):
    logged = of_rows(rows, like_logging=True)
    for estimate in (ips(logged), snips(logged)):
        assert estimate.value == pytest.approx(rows[:, 0].mean(), abs=1e-9)
        assert estimate.effective == pytest.approx(len(rows))
        assert estimate.clipped == 0


@given(EVENTS_MADE_UP, st.floats(0.1, 100))
def test_self_normalised_values_lie_within_the_rewards(rows, cap):
    found = snips(of_rows(rows), cap).value
    assert rows[:, 0].min() - 1e-9 <= found <= rows[:, 0].max() + 1e-9


@given(EVENTS_MADE_UP, st.floats(-5, 5))
def test_a_constant_added_to_rewards_is_added_to_self_normalised_values(rows, constant):
    before = snips(of_rows(rows)).value
    rows[:, 0] += constant
    assert snips(of_rows(rows)).value == pytest.approx(before + constant, abs=1e-9)


@given(EVENTS_MADE_UP)
def test_without_a_model_doubly_robust_is_inverse_propensity(rows):
    logged, nothing = of_rows(rows), np.zeros(len(rows))
    assert doubly_robust(logged, nothing, nothing) == ips(logged)


@given(EVENTS_MADE_UP)
def test_a_model_that_is_always_right_needs_no_weights(rows):
    logged = of_rows(rows)
    found = doubly_robust(logged, logged.rewards, logged.rewards)
    assert found.value == pytest.approx(rows[:, 0].mean())


@given(EVENTS_MADE_UP, st.floats(0.1, 100))
def test_no_weight_is_above_the_cap_and_what_that_cuts_off_is_told(rows, cap):
    logged = of_rows(rows)
    weights = rows[:, 2] / rows[:, 1]
    assert logged.weights(cap).max() <= cap
    told = ips(logged, cap).clipped
    assert told == pytest.approx((weights - cap).clip(min=0).sum() / weights.sum(), abs=1e-9)


@given(EVENTS_MADE_UP)
def test_events_are_worth_at_most_their_number(rows):
    assert 1 - 1e-9 <= ips(of_rows(rows)).effective <= len(rows) + 1e-9


@examples(max_examples=30)
@given(EVENTS_MADE_UP)
def test_a_surer_interval_is_wider(rows):
    narrow, wide = ips(of_rows(rows), level=0.5), ips(of_rows(rows), level=0.99)
    assert wide.low <= narrow.low <= narrow.value <= narrow.high <= wide.high


def test_clipping_costs_a_little_bias_and_saves_variance():
    random = np.random.default_rng(4)
    logs = [log(random)[1] for _ in range(100)]
    capped, free = ([ips(each, cap).value for each in logs] for cap in (2.0, 50.0))
    assert np.mean(capped) < np.mean(free)
    assert np.var(capped) < np.var(free)


# what cannot be judged


@pytest.mark.parametrize("wrong", [0.0, -0.1, 1.1, np.nan])
def test_propensities_must_be_probabilities_above_0(wrong):
    with pytest.raises(BadPropensities, match="not above 0"):
        Logged(rewards=np.ones(2), propensities=np.array([0.5, wrong]), targets=np.ones(2))


@pytest.mark.parametrize("wrong", [-0.1, 1.1, np.nan])
def test_targets_must_be_probabilities(wrong):
    with pytest.raises(BadPropensities, match="target"):
        Logged(rewards=np.ones(2), propensities=np.ones(2), targets=np.array([0.5, wrong]))


def test_lengths_that_differ_are_told():
    with pytest.raises(BadPropensities, match="2, 3, 2"):
        Logged(rewards=np.ones(2), propensities=np.ones(3), targets=np.ones(2))
    logged = Logged(rewards=np.ones(2), propensities=np.ones(2), targets=np.ones(2))
    with pytest.raises(BadPropensities, match="2, 1, 2"):
        doubly_robust(logged, np.ones(1), np.ones(2))


def test_a_log_without_events_tells_nothing():
    with pytest.raises(NoOverlap):
        Logged(rewards=np.array([]), propensities=np.array([]), targets=np.array([]))


def test_a_policy_that_would_do_nothing_of_what_was_logged_has_no_self_normalised_value():
    logged = Logged(rewards=np.ones(2), propensities=np.ones(2), targets=np.zeros(2))
    assert ips(logged).effective == 0
    with pytest.raises(NoOverlap):
        snips(logged)
