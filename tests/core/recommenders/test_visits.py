"""One customer at the moment of a visit: the list is what a refresh would make among all others."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.ranking import INTENTS
from django_clvrec.core.recommenders.base import NO_REASON
from django_clvrec.core.recommenders.lists import lists_by_intent, padded
from django_clvrec.core.recommenders.names import NAMES
from django_clvrec.core.recommenders.visits import Bought, history_of, ranked
from tests.core.recommenders.made_up import HISTORIES, two_tastes
from tests.core.recommenders.test_contract import BLENDED, EVERYONE

N, ASKED = 10, 40
ALL = two_tastes(200).histories
# one row alone is multiplied, or solved, in another order than many: the last digits differ
EXACT = {"popular", "popular:recent", "popular:recent:tier", "personal"}
LEAST_OVERLAP = 0.95
"""Of the best ten on average, where scores are sums of many."""


@cache
def fitted(name):
    return EVERYONE.get(name, BLENDED).fit(ALL)


@cache
def refreshed(name):
    """The lists of the customers asked for, made among all."""
    found = lists_by_intent(fitted(name), ALL, N, INTENTS)
    return {intent: padded(lists, N)[:ASKED] for intent, lists in found.items()}


def lines_of(histories, customer):
    """The events of a customer as lines, the last bought first."""
    mine = slice(histories.starts[customer], histories.starts[customer + 1])
    pairs = zip(histories.items[mine].tolist(), histories.days[mine].tolist(), strict=True)
    # an item may have been bought in two orders of one day
    lines = [
        Bought(item=item, order=f"{days}, {number}", days=days)
        for number, (item, days) in enumerate(pairs)
    ]
    return sorted(lines, key=lambda line: line.days)


def visited(name, customer, intent):
    one = history_of(lines_of(ALL, customer), ALL.size, str(ALL.tiers[customer]))
    one.orders[:] = ALL.orders[customer]
    return ranked(fitted(name), one, N, intent)


def overlap(name, intent):
    shares = []
    for customer in range(ASKED):
        listed = refreshed(name)[intent][customer]
        listed = listed[listed >= 0]
        found, _ = visited(name, customer, intent)
        assert len(found) == len(listed)
        shares.append(len(np.intersect1d(found, listed)) / len(listed))
    return np.mean(shares)


@pytest.mark.parametrize("intent", INTENTS)
@pytest.mark.parametrize("name", sorted(EXACT))
def test_a_visitor_gets_exactly_the_list_of_the_refresh(name, intent):
    for customer in range(ASKED):
        found, _ = visited(name, customer, intent)
        listed = refreshed(name)[intent][customer]
        assert found.tolist() == listed[listed >= 0].tolist()


@pytest.mark.parametrize("intent", INTENTS)
@pytest.mark.parametrize("name", [name for name in NAMES if name not in EXACT])
def test_a_visitor_gets_the_list_of_the_refresh_but_for_float_noise(name, intent):
    assert overlap(name, intent) >= LEAST_OVERLAP


@pytest.mark.parametrize("name", NAMES)
def test_scores_fall_along_the_list(name):
    _, scores = visited(name, 3, INTENTS[0])
    assert (np.diff(scores) <= 0).all()
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_visitor_who_bought_nothing_known_gets_a_list_or_none_but_no_error(name):
    nothing = history_of([Bought(item=-1, order="1", days=2.0)], ALL.size, "low")
    for intent in INTENTS:
        found, scores = ranked(fitted(name), nothing, N, intent)
        assert len(found) == len(scores) <= N
    assert fitted(name).explain(nothing, 3).tolist() == NO_REASON.tolist()


def test_a_list_is_as_long_as_asked_for():
    one = history_of([Bought(item=3, order="1", days=2.0)], ALL.size, "low")
    assert [len(ranked(fitted("popular"), one, n, "discover")[0]) for n in (1, 7, 99)] == [1, 7, 39]


# from lines to a history


@given(HISTORIES)
def test_the_history_is_that_of_a_refresh(histories):
    for customer in range(len(histories)):
        expected = histories.take(np.array([customer]))
        found = history_of(lines_of(histories, customer), histories.size, expected.tiers[0])
        assert (len(found), found.size) == (1, histories.size)
        assert found.tiers.tolist() == expected.tiers.tolist()
        np.testing.assert_array_equal(found.matrix().toarray(), expected.matrix().toarray())
        np.testing.assert_allclose(
            found.matrix(30.0).toarray(), expected.matrix(30.0).toarray(), rtol=1e-5
        )


LINE = st.builds(
    Bought,
    item=st.integers(-1, 4),
    order=st.sampled_from("abc"),
    days=st.sampled_from([0.0, 1.0, 30.0]),
)


@given(st.lists(LINE, max_size=12))
def test_an_event_is_an_item_in_an_order_however_many_lines_it_has(lines):
    found = history_of(lines, 5, "mid")
    once = {(line.order, line.item) for line in lines if line.item >= 0}
    assert sorted(found.items.tolist()) == sorted(item for _, item in once)
    assert found.starts.tolist() == [0, len(once)]
    assert len(found.days) == len(once)


@given(st.lists(LINE, max_size=12))
def test_orders_count_whether_their_items_are_known_or_not(lines):
    assert history_of(lines, 5, "mid").orders.tolist() == [len({line.order for line in lines})]


def test_unknown_items_are_left_out():
    lines = [Bought(item=-1, order="1", days=1.0), Bought(item=2, order="2", days=3.0)]
    found = history_of(lines, 5, "mid")
    assert (found.items.tolist(), found.days.tolist()) == ([2], [3.0])


def test_the_same_item_twice_in_one_order_is_one_event():
    twice = [Bought(item=2, order="1", days=1.0)] * 2
    assert history_of(twice, 5, "mid").matrix().toarray().tolist() == [[0, 0, 1, 0, 0]]


def test_the_same_item_in_two_orders_is_two_events():
    lines = [Bought(item=2, order=order, days=1.0) for order in "ab"]
    assert history_of(lines, 5, "mid").matrix().toarray().tolist() == [[0, 0, 2, 0, 0]]


def test_who_bought_nothing_has_an_empty_history():
    found = history_of([], 5, "new")
    assert (len(found), found.orders.tolist(), found.items.tolist()) == (1, [0], [])
    assert found.items.dtype == np.int32
