"""Random parts, and the rows that leak from one into another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.evaluation.ratings import (
    TEST,
    TRAINING,
    VALIDATION,
    Pairs,
    known_rows,
    leaked_rows,
    numbered,
    random_parts,
    refuse_leak,
)
from django_clvrec.exceptions import BadRatings, LeakageFound


def pairs(*rows):
    customers, items = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    return Pairs(customers=customers, items=items)


def test_customers_and_items_may_have_any_names():
    rows, pair_of_row = numbered(["b", "a", "b"], ["tea", "tea", "tea"], [5, 3, 4])
    assert rows.customers.tolist() == [1, 0, 1]
    assert rows.items.tolist() == [0, 0, 0]
    assert pair_of_row.tolist() == [1, 0, 1]


def test_a_missing_rating_is_refused():
    with pytest.raises(BadRatings, match="missing or infinite"):
        numbered([1, 2], [1, 2], [5, np.nan])


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="equally long"):
        numbered([1, 2], [1, 2], [5])


def test_rows_are_divided_60_20_20():
    parts = random_parts(np.arange(1000), np.random.default_rng(1))
    counts = [int((parts == part).sum()) for part in (TRAINING, VALIDATION, TEST)]
    assert counts == [600, 200, 200]


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60), st.integers(0, 99))
def test_rows_of_one_group_stay_together(groups, seed):
    parts = random_parts(np.array(groups), np.random.default_rng(seed))
    assert all(len({*parts[np.array(groups) == group]}) == 1 for group in set(groups))


def test_a_row_leaks_where_its_pair_is_in_training():
    train, test = pairs((0, 0), (1, 1)), pairs((0, 0), (0, 1), (1, 1), (2, 0), (0, 2))
    assert leaked_rows(train, test).tolist() == [True, False, True, False, False]
    assert known_rows(train, test).tolist() == [True, True, True, False, False]


def test_a_leak_is_refused_with_its_size():
    train, test = pairs((0, 0), (1, 1)), pairs((0, 0), (0, 1))
    with pytest.raises(LeakageFound, match=r"1 of 2 test rows .* Split by customer–item pair"):
        refuse_leak(train, test)
    refuse_leak(train, pairs((0, 1), (1, 0)))
