"""States, actions and rewards, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from django_clvrec.core.histories import Shown
from django_clvrec.core.recommenders.networks import EVERY_TIER
from django_clvrec.engines.deep import decisions
from django_clvrec.engines.deep.decisions import Standing, decisions_of, rewards_of
from django_clvrec.engines.deep.moments import Timeline
from tests.core.recommenders.made_up import histories_of

TWO = histories_of(
    [(0, 90.0), (1, 90.0), (2, 30.0)], [(1, 5.0)], [], size=3, tiers=["mid", "low", "new"]
)
PAID = replace(TWO, values=np.array([1, 3, 2, 2], dtype=np.float32))
SHOWN = Shown(
    starts=np.array([0, 4, 4, 4]),
    items=np.array([0, 1, 2, 0]),
    days=np.array([60, 60, 20, 20], dtype=np.float32),
    clicked=np.array([1, 0, 1, 0], dtype=np.float32),
    values=np.array([0, 0, 5, 0], dtype=np.float32),
)


def decided(histories, click=0.1):
    return decisions_of(Timeline(histories), histories, click)


def test_orders_are_decisions_and_what_was_paid_is_their_reward():
    found = decided(PAID)
    assert found.customers.tolist() == [0, 0, 1]
    assert found.days.tolist() == [90.0, 30.0, 5.0]
    assert found.starts.tolist() == [0, 2, 3, 4]
    assert found.items.tolist() == [0, 1, 2, 1]
    assert found.has_next.tolist() == [True, False, False]
    # in means of what was paid, which is 2, but the highest for its bound
    assert found.rewards[2:] == pytest.approx([1, 1], rel=0.01)


def test_without_what_was_paid_each_purchase_is_as_good():
    assert decided(TWO).rewards.tolist() == [1, 1, 1, 1]


def test_lists_that_came_into_view_are_decisions_where_there_are_enough(monkeypatch):
    monkeypatch.setattr(decisions, "LEAST_SHOWN", 4)
    found = decided(replace(PAID, shown=SHOWN))
    assert found.days.tolist() == [60.0, 20.0]
    assert found.starts.tolist() == [0, 2, 4]
    assert found.items.tolist() == [0, 1, 2, 0]
    assert found.rewards.tolist() == pytest.approx([0.1, 0, 1.1, 0])


def test_few_lists_tell_less_than_orders():
    assert decided(replace(PAID, shown=SHOWN)).days.tolist() == decided(PAID).days.tolist()


def test_an_outcome_is_known_where_something_followed_or_long_enough_nothing_did():
    assert decided(PAID).usable(30.0).tolist() == [0, 1]
    assert decided(PAID).usable(31.0).tolist() == [0]


def test_a_huge_order_is_bounded_and_a_refund_is_nothing():
    values = np.append(np.ones(999), [10_000.0, -5.0])
    found = rewards_of(values)
    assert found.max() < 100
    assert found.min() == 0


def test_who_pays_nothing_rewards_nothing():
    assert rewards_of(np.zeros(3)).tolist() == [0, 0, 0]


def standing(histories, customer, days):
    line = Timeline(histories)
    one = np.array([customer])
    end = line.first_since(one, np.array([days]))
    return Standing(line, histories).at(one, end, np.array([days]))[0]


def test_how_a_customer_stood_is_told_by_what_was_known_then():
    found = standing(PAID, 0, 40.0)
    assert np.expm1(3 * found[-2]) == pytest.approx(1)
    assert np.expm1(3 * found[-1]) == pytest.approx(50, rel=1e-4)


def test_a_customer_had_the_tier_that_such_a_past_has_today():
    names = dict(enumerate(EVERY_TIER))
    assert names[int(standing(PAID, 0, 0.0)[:4].argmax())] == "mid"
    # before the first order, as somebody without any
    assert names[int(standing(PAID, 0, 95.0)[:4].argmax())] == "new"
