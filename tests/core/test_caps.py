"""How much one customer counts for one item."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.caps import WeightCaps

LINES = st.lists(st.tuples(*(st.integers(0, 4) for _ in range(3))), min_size=1, max_size=60)


def beyond(lines, **caps):
    """`lines` are cells, days and orders."""
    return WeightCaps(**caps).beyond(*np.array(lines, dtype=np.int64).reshape(-1, 3).T).tolist()


def orders(lines):
    return {(cell, day, order) for cell, day, order in lines}


def test_a_second_order_of_a_day_is_beyond_the_cap():
    assert beyond([(0, 1, 7), (0, 1, 8), (0, 2, 9), (1, 1, 8)]) == [False, True, False, False]


def test_two_lines_of_one_order_are_one():
    assert beyond([(0, 1, 7), (0, 1, 7)]) == [False, False]


def test_in_all_the_newest_count():
    lines = [(0, day, day) for day in range(5)]
    assert beyond(lines, per_day=None, in_all=2) == [True, True, True, False, False]


def test_without_caps_everything_counts():
    lines = [(0, 0, order) for order in range(300)]
    assert not any(beyond(lines, per_day=None, in_all=None))


@given(LINES, st.integers(1, 3), st.integers(1, 5))
def test_what_is_left_keeps_to_the_caps(lines, per_day, in_all):
    flags = beyond(lines, per_day=per_day, in_all=in_all)
    left = orders(one for one, out in zip(lines, flags, strict=True) if not out)
    for cell in {cell for cell, _, _ in left}:
        days = [day for own, day, _ in left if own == cell]
        assert len(days) <= in_all
        assert max(days.count(day) for day in days) <= per_day


@given(LINES)
def test_what_may_exceed_holds_all_that_does(lines):
    caps = WeightCaps(per_day=1, in_all=3)
    cells, days, numbers = np.array(lines, dtype=np.int64).T
    asked = caps.may_exceed(cells, days)
    whole = caps.beyond(cells, days, numbers)
    assert not (whole & ~asked).any()
    assert caps.beyond(cells[asked], days[asked], numbers[asked]).tolist() == whole[asked].tolist()
