"""How sure a mean is: intervals that cover it as often as they say, and who beats whom."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from django_clvrec.core.evaluation.intervals import DRAWS, LEVEL, beats, interval, means

VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=20).map(np.array)


def test_an_interval_covers_the_mean_about_as_often_as_it_says():
    random = np.random.default_rng(5)
    often = 100
    covered = 0
    for _ in range(often):
        low, high = interval(random.beta(1, 3, 120))
        covered += low <= 1 / 4 <= high
    assert covered / often == pytest.approx(LEVEL, abs=0.07)


def test_the_spread_of_means_is_the_standard_error():
    values = np.random.default_rng(1).normal(size=400)
    assert means(values).std() == pytest.approx(values.std() / 20, rel=0.1)


@examples(max_examples=25)
@given(VALUES)
def test_an_interval_lies_within_the_values(values):
    low, high = interval(values)
    assert values.min() - 1e-12 <= low <= high <= values.max() + 1e-12


def test_the_same_values_give_the_same_interval():
    values = np.arange(50.0)
    assert interval(values) == interval(values)


def test_nothing_has_a_mean_of_0():
    nothing = np.array([])
    assert means(nothing).tolist() == [0.0] * DRAWS
    assert interval(nothing) == (0.0, 0.0)


@examples(max_examples=25)
@given(VALUES)
def test_nobody_beats_themselves(values):
    assert not beats(values, values)


@examples(max_examples=25)
@given(VALUES, st.integers(0, 10**6))
def test_two_never_beat_each_other(values, seed):
    others = np.random.default_rng(seed).permutation(values)
    assert not (beats(values, others) and beats(others, values))


def test_a_small_lead_with_every_customer_is_a_win():
    """How different customers are does not matter: they are compared one by one."""
    values = np.random.default_rng(1).random(100)
    assert beats(values + 0.001, values)


def test_a_lead_within_one_standard_error_is_a_tie():
    random = np.random.default_rng(2)
    noise = random.normal(size=400)
    noise -= noise.mean()
    error = noise.std() / 20
    assert not beats(noise + 0.6 * error, np.zeros(400))
    assert beats(noise + 1.4 * error, np.zeros(400))


def test_nobody_beats_anybody_without_customers():
    assert not beats(np.array([]), np.array([]))
