"""A sample: spread over everything, the same every time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.sampling import spread


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_a_sample_has_as_many_different_positions_as_were_asked_for(size, most):
    found = spread(size, most)
    assert len(found) == min(size, most)
    assert (np.diff(found) > 0).all()
    assert all((found >= 0) & (found < size))


@given(st.integers(2, 5000), st.integers(2, 5000))
def test_no_gap_is_much_wider_than_another(size, most):
    gaps = np.diff(spread(size, most))
    assert gaps.max(initial=1) - gaps.min(initial=gaps.max(initial=1)) <= 1


def test_all_of_few_are_taken():
    assert spread(3, 9).tolist() == [0, 1, 2]
