"""Histories as arrays: equal to what loops over the events find."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.recommenders.made_up import HISTORIES, NOBODY, dense, histories_of, paid_and_shown


def events(histories, customer):
    mine = slice(histories.starts[customer], histories.starts[customer + 1])
    pairs = zip(histories.items[mine].tolist(), histories.days[mine].tolist(), strict=True)
    return list(pairs), histories.orders[customer], histories.tiers[customer]


def paid(histories, customer):
    mine = slice(histories.starts[customer], histories.starts[customer + 1])
    return histories.values[mine].tolist()


def shown(found, customer):
    mine = slice(found.starts[customer], found.starts[customer + 1])
    columns = (found.items, found.days, found.clicked, found.values)
    return [column[mine].tolist() for column in columns]


@given(HISTORIES)
def test_the_matrix_counts_the_orders_that_hold_an_item(histories):
    np.testing.assert_array_equal(histories.matrix().toarray(), dense(histories))


@given(HISTORIES)
def test_the_matrix_names_each_item_of_a_customer_once_in_ascending_order(histories):
    found = histories.matrix()
    for start, stop in zip(found.indptr[:-1], found.indptr[1:], strict=True):
        assert (np.diff(found.indices[start:stop]) > 0).all()


def test_an_order_counts_half_after_the_half_life():
    histories = histories_of([(0, 0.0), (0, 10.0), (1, 20.0)], size=2)
    np.testing.assert_allclose(histories.matrix(10.0).toarray(), [[1.5, 0.25]])


def test_an_order_of_long_ago_still_tells_that_the_item_was_bought():
    assert histories_of([(0, 1e4)], size=1).matrix(1.0).toarray()[0, 0] > 0


@given(HISTORIES)
def test_what_was_bought_is_one_however_often(histories):
    np.testing.assert_array_equal(histories.bought().toarray(), dense(histories) > 0)


@given(HISTORIES)
def test_a_buyer_counts_once(histories):
    np.testing.assert_array_equal(histories.buyers(), (dense(histories) > 0).sum(axis=0))


@given(HISTORIES, st.sampled_from([0.0, 7.0, 30.0, 1000.0]))
def test_recent_buyers_are_those_of_the_days_before_the_last_order(histories, days):
    last = histories.days.min()
    expected = [set() for _ in range(histories.size)]
    for owner, item, ago in zip(histories.owners, histories.items, histories.days, strict=True):
        if ago <= last + days:
            expected[item].add(owner)
    assert histories.buyers(days).tolist() == [len(buyers) for buyers in expected]


def test_without_events_nobody_is_a_buyer():
    nothing = histories_of([], [], size=3)
    assert nothing.buyers().tolist() == nothing.buyers(7.0).tolist() == [0, 0, 0]


@given(HISTORIES, st.data())
def test_taking_customers_keeps_their_events_in_the_order_asked_for(histories, data):
    customer = st.integers(0, len(histories) - 1)
    chosen = data.draw(st.lists(customer, max_size=20))
    taken = histories.take(np.array(chosen, dtype=np.int64))
    assert len(taken) == len(chosen)
    for place, one in enumerate(chosen):
        assert events(taken, place) == events(histories, one)


@given(HISTORIES, st.integers(0, 1000), st.data())
def test_taking_customers_keeps_what_they_paid_and_what_they_were_shown(histories, seed, data):
    customer = st.integers(0, len(histories) - 1)
    chosen = np.array(data.draw(st.lists(customer, max_size=20)), dtype=np.int64)
    whole = paid_and_shown(histories, seed)
    taken = whole.take(chosen)
    assert taken.values.dtype == taken.shown.clicked.dtype == np.float32
    for place, one in enumerate(chosen):
        assert paid(taken, place) == paid(whole, one)
        assert shown(taken.shown, place) == shown(whole.shown, one)


def test_who_is_taken_has_no_values_where_nobody_asked_for_them():
    taken = histories_of([(0, 1.0)], size=2).take(np.array([0, 0]))
    assert taken.values is taken.shown is None


def test_nobody_can_be_taken():
    taken = histories_of([(0, 1.0)], size=2).take(NOBODY)
    assert taken.matrix().shape == (0, 2)
    assert taken.buyers(3.0).tolist() == [0, 0]


@given(HISTORIES, st.integers(1, 40))
def test_pieces_hold_every_customer_once_and_no_more_cells_than_allowed(histories, cells):
    pieces = histories.pieces(cells)
    assert np.concatenate(pieces).tolist() == list(range(len(histories)))
    assert all(len(piece) * histories.size <= max(cells, histories.size) for piece in pieces)


@pytest.mark.parametrize("size", [0, 1])
def test_a_shop_with_hardly_an_item_has_pieces(size):
    assert len(histories_of([], [], size=size).pieces(1)) == 2


@given(HISTORIES, st.data())
def test_without_an_item_the_other_events_stay(histories, data):
    item = data.draw(st.integers(0, histories.size - 1))
    rest = histories.without(item)
    expected = dense(histories)
    expected[:, item] = 0
    np.testing.assert_array_equal(dense(rest), expected)
    np.testing.assert_array_equal(rest.orders, histories.orders)


@given(HISTORIES, st.data())
def test_some_items_are_columns_of_all_of_them(histories, data):
    chosen = data.draw(st.sets(st.integers(0, histories.size - 1)))
    items = np.array(sorted(chosen), dtype=np.int64)
    np.testing.assert_array_equal(dense(histories.only(items)), dense(histories)[:, items])
