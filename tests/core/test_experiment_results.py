"""Results of A/B experiments: SciPy's where lists are independent, true where they are not."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from django_clvrec.core.experiments import Subjects, compare

METRICS = ("click_rate", "buyer_rate", "revenue")
OFTEN, SIZE = 600, 400


def subjects(random, size=SIZE, lift=1.0):
    """Some like lists and some do not, and who likes them sees more of them; few spend a lot."""
    taste = random.choice([0.05, 0.5], size)
    shown = random.poisson(2 + 20 * taste)
    clicked = random.binomial(shown, taste * lift)
    buys = random.random(size) < 0.2 * lift
    revenue = np.where(buys, random.lognormal(3, 0.7, size), 0)
    return Subjects(shown=shown.astype(float), clicked=clicked.astype(float), revenue=revenue)


def truth(lift=1.0):
    """Of `subjects`: 3 lists at 0.05 and 12 at 0.5 on average; a lognormal mean."""
    return {
        "click_rate": lift * (3 * 0.05 + 12 * 0.5) / 15,
        "buyer_rate": lift * 0.2,
        "revenue": lift * 0.2 * np.exp(3 + 0.7**2 / 2),
    }


@cache
def repeats(lift):
    """Results of as many experiments."""
    random = np.random.default_rng(8)
    return [
        compare({"a": subjects(random), "b": subjects(random, lift=lift)}, "a")
        for _ in range(OFTEN)
    ]


@pytest.mark.parametrize("metric", METRICS)
def test_intervals_cover_the_truth_as_often_as_they_say(metric):
    figures = [results["a"].figures[metric] for results in repeats(1.0)]
    covered = [figure.low <= truth()[metric] <= figure.high for figure in figures]
    assert 0.87 <= np.mean(covered) <= 0.93


@pytest.mark.parametrize("metric", METRICS)
def test_intervals_of_a_difference_cover_it_as_often_as_they_say(metric):
    differences = [results["b"].differences[metric] for results in repeats(1.3)]
    true = truth(1.3)[metric] - truth()[metric]
    covered = [each.low <= true <= each.high for each in differences]
    assert 0.87 <= np.mean(covered) <= 0.93


@pytest.mark.parametrize("metric", METRICS)
def test_where_nothing_differs_one_in_twenty_p_values_is_below_5_percent(metric):
    p_values = [results["b"].differences[metric].p_value for results in repeats(1.0)]
    assert 0.03 <= np.mean(np.array(p_values) < 0.05) <= 0.07
    assert stats.kstest(p_values, "uniform").pvalue > 0.01


@pytest.mark.parametrize("metric", METRICS)
def test_a_lift_is_found_more_often_than_chance(metric):
    p_values = [results["b"].differences[metric].p_value for results in repeats(1.3)]
    assert np.mean(np.array(p_values) < 0.05) > 0.3


def test_taking_lists_for_independent_would_be_too_sure():
    """Wilson's interval over lists covers clearly less often than it says."""
    random, covered = np.random.default_rng(9), []
    for _ in range(OFTEN):
        found = subjects(random)
        test = stats.binomtest(int(found.clicked.sum()), int(found.shown.sum()))
        bounds = test.proportion_ci(0.9, method="wilson")
        covered.append(bounds.low <= truth()["click_rate"] <= bounds.high)
    assert np.mean(covered) < 0.85


# equal to SciPy


def made_up(seed=1, size=60):
    return subjects(np.random.default_rng(seed), size)


def test_the_rate_of_buyers_has_wilsons_interval():
    """But for the variance, which is divided by subjects - 1."""
    found = compare({"a": made_up(size=2000)}, "a")["a"].figures["buyer_rate"]
    buyers = int((made_up(size=2000).revenue > 0).sum())
    expected = stats.binomtest(buyers, 2000).proportion_ci(0.9, method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-3)
    assert found.value == buyers / 2000


def test_mean_revenue_has_students_interval():
    revenue = made_up().revenue
    found = compare({"a": made_up()}, "a")["a"].figures["revenue"]
    low, high = stats.t.interval(0.9, 59, revenue.mean(), stats.sem(revenue))
    assert (found.value, found.low, found.high) == pytest.approx((revenue.mean(), low, high))


def test_the_difference_of_revenue_is_welchs():
    one, other = made_up(1, 60), made_up(2, 90)
    found = compare({"a": one, "b": other}, "a")["b"].differences["revenue"]
    expected = stats.ttest_ind(other.revenue, one.revenue, equal_var=False)
    bounds = expected.confidence_interval(0.9)
    assert found.p_value == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx((bounds.low, bounds.high))


def test_with_one_list_each_the_click_rate_is_a_mean():
    random = np.random.default_rng(1)
    one, other = (
        Subjects(shown=np.ones(80), clicked=clicks.astype(float), revenue=np.zeros(80))
        for clicks in random.integers(0, 2, (2, 80))
    )
    found = compare({"a": one, "b": other}, "a")["b"].differences["click_rate"]
    expected = stats.ttest_ind(other.clicked, one.clicked, equal_var=False)
    assert found.p_value == pytest.approx(expected.pvalue)


# laws and corners


@given(st.integers(0, 10**6), st.integers(2, 40), st.floats(0.5, 0.99))
def test_values_lie_within_their_intervals_and_rates_between_0_and_1(seed, size, level):
    found = compare({"a": made_up(seed, size)}, "a", level)["a"].figures
    for figure in found.values():
        assert figure.low - 1e-12 <= figure.value <= figure.high + 1e-12
    for rate in ("click_rate", "buyer_rate"):
        assert 0 <= found[rate].low <= found[rate].high <= 1


@given(st.integers(0, 10**6), st.integers(2, 40))
def test_turning_variant_and_control_turns_the_sign(seed, size):
    both = {"a": made_up(seed, size), "b": made_up(seed + 1, size)}
    for metric in METRICS:
        one = compare(both, "a")["b"].differences[metric]
        other = compare(both, "b")["a"].differences[metric]
        assert (one.low, one.high) == pytest.approx((-other.high, -other.low), nan_ok=True)
        assert one.p_value == pytest.approx(other.p_value, nan_ok=True)


def test_who_saw_no_list_has_no_say_in_the_click_rate():
    seen, everybody = made_up(), made_up()
    absent = np.zeros(40)
    everybody = Subjects(
        shown=np.append(seen.shown, absent),
        clicked=np.append(seen.clicked, absent),
        revenue=np.append(seen.revenue, absent),
    )
    found = compare({"seen": seen, "everybody": everybody}, "seen")
    assert found["seen"].figures["click_rate"] == found["everybody"].figures["click_rate"]
    assert found["seen"].figures["revenue"].value > found["everybody"].figures["revenue"].value


def test_the_control_is_not_compared_with_itself():
    found = compare({"a": made_up(1), "b": made_up(2)}, "a")
    assert not found["a"].differences
    assert tuple(found["b"].differences) == METRICS
    assert found["a"].subjects == 60


def test_without_any_click_the_rate_is_not_known_to_be_0():
    nothing = Subjects(shown=np.full(50, 3.0), clicked=np.zeros(50), revenue=np.zeros(50))
    found = compare({"a": nothing, "b": nothing}, "a")["b"]
    expected = stats.binomtest(0, 50).proportion_ci(0.9, method="wilson")
    assert found.figures["click_rate"].low == 0
    assert found.figures["click_rate"].high == pytest.approx(expected.high)
    assert found.differences["click_rate"].p_value == 1


@pytest.mark.parametrize("size", [0, 1])
def test_of_too_few_subjects_nothing_is_said(size):
    few = Subjects(shown=np.ones(size), clicked=np.zeros(size), revenue=np.ones(size))
    found = compare({"a": few, "b": made_up()}, "b")["a"]
    assert np.isnan(found.figures["revenue"].low)
    assert np.isnan(found.differences["revenue"].p_value)


def test_sums_of_other_subjects_are_refused():
    with pytest.raises(ValueError, match="one entry per subject"):
        Subjects(shown=np.ones(2), clicked=np.ones(3), revenue=np.ones(2))


def test_of_what_has_no_variance_and_differs_nothing_is_said():
    none, all_of_them = np.zeros(2), np.ones(2)
    control = Subjects(shown=all_of_them, clicked=none, revenue=none)
    other = Subjects(shown=all_of_them, clicked=all_of_them, revenue=none)
    found = compare({"a": control, "b": other}, "a")["b"].differences["click_rate"]
    assert found.value == 1
    assert np.isnan([found.low, found.high, found.p_value]).all()
