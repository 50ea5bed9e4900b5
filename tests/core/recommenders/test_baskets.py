"""Baskets: what was bought at one time, the latest first."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.recommenders.baskets import BUCKETS, Baskets, bucket_of
from tests.core.recommenders.made_up import HISTORIES, histories_of


def told(baskets):
    """By row and rank the items of a basket, and its bucket."""
    ends = [*baskets.first[1:].tolist(), len(baskets.items)]
    return {
        (int(row), int(rank)): (baskets.items[begin:end].tolist(), int(bucket))
        for row, rank, begin, end, bucket in zip(
            baskets.rows, baskets.ranks, baskets.first, ends, baskets.buckets, strict=True
        )
    }


def test_what_was_bought_at_one_time_is_one_basket_and_the_latest_is_the_first():
    histories = histories_of([(3, 1.0), (1, 9.0), (2, 9.0)], [], [(0, 9.0)], size=4)
    found = told(Baskets.last(histories, 5))
    assert found == {(0, 0): ([3], 2), (0, 1): ([1, 2], 6), (2, 0): ([0], 6)}


def test_of_many_baskets_the_latest_are_kept():
    histories = histories_of([(day, float(day)) for day in range(9)], size=9)
    found = told(Baskets.last(histories, 3))
    assert [items for items, _ in found.values()] == [[2], [1], [0]]


def test_the_squares_of_the_weights_of_a_basket_add_up_to_one():
    histories = histories_of([(3, 1.0), (1, 9.0), (2, 9.0), (0, 9.0)], size=4)
    found = Baskets.last(histories, 2)
    np.testing.assert_allclose(np.add.reduceat(found.weights**2, found.first), [1, 1], rtol=1e-6)


def test_nobody_has_baskets_of_nothing():
    found = Baskets.last(histories_of([], size=4), 5)
    assert (len(found.first), found.width) == (0, 0)


@given(HISTORIES, st.integers(1, 5))
def test_each_row_has_its_orders_up_to_so_many_with_ranks_from_0(histories, most):
    found = Baskets.last(histories, most)
    for customer in range(len(histories)):
        days = histories.days[histories.owners == customer]
        ranks = found.ranks[found.rows == customer]
        assert sorted(ranks) == list(range(min(most, len(set(days.tolist())))))


@given(st.lists(st.floats(0, 5000), min_size=2))
def test_a_longer_time_is_never_in_an_earlier_bucket(days):
    found = bucket_of(np.sort(np.array(days)))
    assert (np.diff(found) >= 0).all()
    assert found.max() < BUCKETS
