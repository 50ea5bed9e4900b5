"""The population stability index: laws, and values that can be counted by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.drift import by_chance, likeness, overlap, psi, psi_of_quantiles

COUNTS = st.lists(st.integers(0, 10_000), min_size=4, max_size=4)
VALUES = st.lists(st.integers(0, 500), min_size=1, max_size=300)


def quantiles(values):
    """As a report keeps them."""
    return np.quantile(values, np.linspace(0, 1, 101), method="inverted_cdf").tolist()


def test_it_is_the_sum_that_the_formula_says():
    wanted = 0.2 * math.log(0.7 / 0.5) + -0.2 * math.log(0.3 / 0.5)
    assert psi([50, 50], [70, 30]) == pytest.approx(wanted)


@given(COUNTS)
def test_the_same_shares_are_no_drift_whatever_the_size(counts):
    assert psi(counts, counts) == 0
    assert psi(counts, [7 * count for count in counts]) == pytest.approx(0, abs=1e-12)


@given(COUNTS, COUNTS)
def test_it_is_never_negative_and_the_same_in_both_directions(one, other):
    found = psi(one, other)
    assert found >= 0
    assert psi(other, one) == pytest.approx(found)


@given(COUNTS, COUNTS, st.permutations(range(4)))
def test_the_order_of_groups_does_not_matter(one, other, order):
    shuffled = psi([one[place] for place in order], [other[place] for place in order])
    assert shuffled == pytest.approx(psi(one, other))


def test_a_group_that_was_empty_is_no_infinity():
    assert 0 < psi([100, 0], [50, 50]) < 5


def test_without_members_nothing_can_be_said():
    assert psi([0, 0], [1, 1]) == 0
    assert psi_of_quantiles([], quantiles([1])) == 0


@given(VALUES)
def test_the_same_values_are_no_drift(values):
    assert psi_of_quantiles(quantiles(values), quantiles(values)) == 0


@given(VALUES, VALUES)
def test_of_quantiles_too_it_is_symmetric_and_never_negative(one, other):
    found = psi_of_quantiles(quantiles(one), quantiles(other))
    assert found >= 0
    assert psi_of_quantiles(quantiles(other), quantiles(one)) == pytest.approx(found)


@given(VALUES, VALUES)
def test_another_currency_is_no_drift(one, other):
    """Only the order of values counts: not their unit, nor where they start."""
    dearer = [quantiles([3 * value + 5 for value in values]) for values in (one, other)]
    assert psi_of_quantiles(*dearer) == pytest.approx(
        psi_of_quantiles(quantiles(one), quantiles(other))
    )


def test_the_further_the_values_move_the_higher_it_is():
    before = quantiles(np.arange(1000))
    found = [psi_of_quantiles(before, quantiles(np.arange(1000) + by)) for by in (0, 50, 200, 900)]
    assert found == sorted(found)
    assert found[0] == 0
    assert found[-1] > 1


def test_of_the_same_population_it_stays_below_what_chance_gives():
    rng = np.random.default_rng(1)
    for size in (100, 300, 1000):
        drawn = [quantiles(rng.gamma(2, 50, size).round()) for _ in range(2)]
        assert psi_of_quantiles(*drawn) < by_chance(size, size)


def test_chance_gives_less_to_more_customers_and_anything_to_none():
    assert by_chance(100, 100) > by_chance(1000, 1000) > by_chance(1_000_000, 1_000_000)
    assert by_chance(0, 10) == math.inf


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_likeness_is_a_share_and_the_same_in_both_directions(one, other):
    assert 0 <= likeness(one, other) == likeness(other, one) <= 1
    assert likeness(one, one) == 1


def test_lists_share_what_both_have_of_the_longer_one():
    before = {"a": ["x", "y"], "b": ["x"], "gone": ["x"]}
    assert overlap(before, {"a": ["y", "z"], "b": ["x"], "new": ["x"]}) == 0.75


def test_lists_of_other_customers_share_nothing_that_can_be_told():
    assert overlap({"a": ["x"]}, {"b": ["x"]}) is None
    assert overlap({}, {}) is None
