"""Moments of the past, against what is counted one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.recommenders.networks import Past
from django_clvrec.engines.deep.moments import Cells, Timeline, bought_between, held_back
from tests.core.recommenders.made_up import HISTORIES, histories_of

HALF_LIFE = 20.0


def events(histories, customer):
    """`(days, item)` of one customer, the oldest first."""
    mine = slice(histories.starts[customer], histories.starts[customer + 1])
    return sorted(
        zip(histories.days[mine].tolist(), histories.items[mine].tolist(), strict=True),
        key=lambda event: -event[0],
    )


@given(HISTORIES, st.integers(0, 400).map(lambda quarters: quarters / 4))
def test_what_was_known_at_a_moment_is_what_is_older(histories, moment):
    line, everyone = Timeline(histories), np.arange(len(histories))
    days = np.full(len(histories), moment)
    end = line.first_since(everyone, days)
    cells = Cells.of(line, line.starts[:-1], end, days, HALF_LIFE)
    found = np.zeros((len(histories), histories.size))
    found[cells.rows, cells.items] = cells.ever
    for customer in everyone:
        older = [item for ago, item in events(histories, customer) if ago > moment]
        np.testing.assert_array_equal(found[customer], np.bincount(older, minlength=histories.size))


@given(HISTORIES, st.integers(0, 400).map(lambda quarters: quarters / 4))
def test_what_came_after_a_moment_is_what_is_younger(histories, moment):
    line, everyone = Timeline(histories), np.arange(len(histories))
    first = line.first_after(everyone, np.full(len(histories), moment))
    found = bought_between(line, first, line.starts[1:])
    for customer in everyone:
        younger = {item for ago, item in events(histories, customer) if ago < moment}
        assert {*np.flatnonzero(found[customer]).tolist()} == younger


@given(HISTORIES)
def test_today_a_network_learns_from_what_it_will_score_by(histories):
    line, now = Timeline(histories), np.zeros(len(histories))
    cells = Cells.of(line, line.starts[:-1], line.starts[1:], now, HALF_LIFE)
    past = Past.of(histories, np.arange(histories.size), HALF_LIFE)
    rows = np.concatenate([one.toarray() for one in past.roots], axis=1)
    np.testing.assert_allclose(cells.inputs(), rows, atol=1e-5)
    np.testing.assert_array_equal(cells.ever, past.ever.data)
    np.testing.assert_allclose(cells.late, past.late.data, rtol=1e-5)


@given(HISTORIES)
def test_orders_are_what_was_bought_at_one_time(histories):
    line = Timeline(histories)
    for customer in range(len(histories)):
        times = {ago for ago, _ in events(histories, customer)}
        assert line.order_counts[customer] == len(times)


@given(HISTORIES, st.floats(0.05, 0.9))
def test_what_is_held_back_is_later_than_what_is_learnt_from(histories, share):
    cut = histories.days.min() + np.float32(share) * np.ptp(histories.days)
    held = held_back(histories, share)
    for customer in range(len(histories)):
        mine = events(histories, customer)
        older = [item for ago, item in mine if ago > cut]
        younger = {item for ago, item in mine if ago <= cut}
        assert sorted(item for _, item in events(held.before, customer)) == sorted(older)
        found = held.truth[[customer]].indices.tolist()
        # a cut is compared in single precision
        assert {*found} == younger


def test_days_of_what_is_learnt_from_count_to_the_split():
    histories = histories_of([(0, 100.0), (1, 50.0), (2, 0.0)], size=3)
    held = held_back(histories, 0.2)
    assert held.before.days.tolist() == [80.0, 30.0]
    assert held.before.orders.tolist() == [2]
    assert held.truth.toarray().tolist() == [[0, 0, 1]]
