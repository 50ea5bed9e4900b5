"""Quantiles and tails: SciPy's, to nine digits."""

from math import isnan, nan

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import special, stats

from django_clvrec.core.distributions import (
    chi_squared_tail,
    normal_quantile,
    student_quantile,
    student_tails,
)

FREEDOM = st.floats(1, 1e4)


@given(st.floats(1e-6, 1 - 1e-6))
def test_the_normal_quantile(probability):
    assert normal_quantile(probability) == pytest.approx(special.ndtri(probability), abs=1e-9)


@given(st.floats(0, 3000), st.integers(1, 12))
def test_the_tail_of_chi_squared(x, freedom):
    expected = stats.chi2.sf(x, freedom)
    assert chi_squared_tail(x, freedom) == pytest.approx(expected, rel=1e-9, abs=1e-300)


@given(st.floats(-50, 50), FREEDOM)
@example(1e-161, 62.0)
def test_the_two_tails_of_students_t(t, freedom):
    expected = 2 * special.stdtr(freedom, -abs(t))
    assert student_tails(t, freedom) == pytest.approx(expected, rel=1e-7, abs=1e-300)


@given(st.floats(0.5, 0.9999), FREEDOM)
def test_the_quantile_of_students_t(probability, freedom):
    expected = special.stdtrit(freedom, probability)
    assert student_quantile(probability, freedom) == pytest.approx(expected, rel=1e-7, abs=1e-9)


@given(st.floats(0.5, 0.9999), st.floats(1, 1e8))
def test_the_quantile_leaves_as_much_in_the_tails_as_was_asked_for(probability, freedom):
    t = student_quantile(probability, freedom)
    assert student_tails(t, freedom) == pytest.approx(2 * (1 - probability), rel=1e-6)


@pytest.mark.parametrize("freedom", [0.0, -1.0, nan])
def test_without_any_degree_of_freedom_nothing_can_be_said(freedom):
    assert isnan(student_tails(2.0, freedom))
    assert isnan(student_quantile(0.95, freedom))


def test_with_very_many_degrees_of_freedom_it_is_the_normal_distribution():
    assert student_quantile(0.95, 1e7) == pytest.approx(normal_quantile(0.95), abs=1e-6)
