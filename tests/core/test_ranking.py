"""Top-n lists: equal to a full sort, and disjoint by intent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.ranking import (
    AGAIN,
    DISCOVER,
    INTENTS,
    MIXED,
    best_in_rows,
    lists_by_intent,
    lists_of_rows,
    positions,
    top_n,
)

# few different scores, so that ties are common
SCORE = st.one_of(st.sampled_from([-np.inf, -1.0, 0.0, 0.5, 2.0]), st.floats(-1e6, 1e6))
SCORES = st.lists(SCORE, max_size=40).map(np.array)
N = st.integers(1, 45)


def sorted_positions(scores):
    """Positions by a full stable sort, best first, without what must not be listed."""
    order = sorted(range(len(scores)), key=lambda position: -scores[position])
    return [position for position in order if scores[position] > -np.inf]


@st.composite
def customers(draw):
    """Scores of all items, and positions of those that the customer bought."""
    scores = draw(st.lists(SCORE, min_size=1, max_size=30).map(np.array))
    return scores, sorted(draw(st.sets(st.integers(0, len(scores) - 1))))


def lists_for(customer, n):
    return lists_by_intent(*customer, n)


@given(SCORES, N)
def test_the_top_equals_that_of_a_full_stable_sort(scores, n):
    assert top_n(scores, n).tolist() == sorted_positions(scores)[:n]


@given(SCORES)
def test_a_shorter_list_is_the_beginning_of_a_longer_one(scores):
    longest = top_n(scores, len(scores) + 1).tolist()
    for n in range(1, len(scores)):
        assert top_n(scores, n).tolist() == longest[:n]


def test_on_a_tie_the_lower_position_comes_first():
    assert top_n(np.array([1.0, 2.0, 2.0, 1.0, 2.0]), 4).tolist() == [1, 2, 4, 0]


def test_what_is_marked_is_never_listed():
    assert top_n(np.array([-np.inf, 3.0, -np.inf]), 2).tolist() == [1]
    assert top_n(np.full(4, -np.inf), 2).tolist() == []


@pytest.mark.parametrize("scores", [[], [1.0], [1.0, 2.0]])
def test_a_list_of_none_is_empty(scores):
    assert top_n(np.array(scores, dtype=float), 0).tolist() == []


def test_scores_may_be_of_single_precision():
    assert top_n(np.array([1, 3, 2], dtype=np.float32), 2).tolist() == [1, 2]


@given(customers(), N)
def test_discover_holds_nothing_bought_and_again_nothing_else(customer, n):
    _, bought = customer
    lists = {intent: found.tolist() for intent, (found, _) in lists_for(customer, n).items()}
    assert not set(lists[DISCOVER]) & set(bought)
    assert set(lists[AGAIN]) <= set(bought)
    assert set(lists) == set(INTENTS)


@given(customers())
def test_discover_and_again_together_hold_what_mixed_holds(customer):
    lists = {i: set(found.tolist()) for i, (found, _) in lists_for(customer, 99).items()}
    assert lists[DISCOVER] | lists[AGAIN] == lists[MIXED]
    assert not lists[DISCOVER] & lists[AGAIN]


@given(customers(), N)
def test_each_list_is_in_the_order_of_mixed(customer, n):
    everything = lists_for(customer, 99)[MIXED][0].tolist()
    for found, _ in lists_for(customer, n).values():
        assert found.tolist() == sorted(found.tolist(), key=everything.index)


@given(customers(), N)
def test_each_item_comes_with_its_own_score(customer, n):
    scores, _ = customer
    for found, given_scores in lists_for(customer, n).values():
        assert given_scores.tolist() == scores[found].tolist()


@given(customers(), N)
def test_the_scores_given_stay_as_they_are(customer, n):
    before = customer[0].copy()
    lists_for(customer, n)
    assert customer[0].tolist() == before.tolist()


def test_a_customer_without_purchases_has_nothing_to_buy_again():
    lists = lists_for((np.array([1.0, 2.0]), []), 5)
    assert lists[AGAIN][0].tolist() == []
    assert lists[DISCOVER][0].tolist() == [1, 0]


KEYS = st.text("ab1é", min_size=1, max_size=4)


@given(st.sets(KEYS), st.lists(KEYS))
def test_positions_are_those_of_the_known_keys_in_the_order_asked_for(known, wanted):
    keys = sorted(known)
    expected = [keys.index(key) for key in dict.fromkeys(wanted) if key in known]
    assert positions(np.array(keys, dtype=str), wanted).tolist() == expected


def test_a_key_longer_than_all_known_ones_is_unknown():
    assert positions(np.array(["a", "b"]), ["bb", "a0", "b"]).tolist() == [1]


def test_positions_can_be_used_as_an_index_even_if_there_are_none():
    assert np.arange(3)[positions(np.array(["a", "b", "c"]), [])].tolist() == []


# many customers at once


@st.composite
def shelves(draw):
    """Scores of customers × items, wide enough for blocks, often tied, and what each bought."""
    rows, items = draw(st.integers(1, 4)), draw(st.integers(1, 300))
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    distinct = draw(st.sampled_from([2, 20, 10**6]))
    scores = random.integers(0, distinct, (rows, items)).astype(np.float32)
    scores[random.random((rows, items)) < draw(st.sampled_from([0.0, 0.1, 0.97]))] = -np.inf
    return scores, random.random((rows, items)) < draw(st.sampled_from([0.0, 0.05, 0.9]))


@given(shelves(), st.integers(1, 12))
def test_the_best_of_each_row_are_its_top(shelf, n):
    scores, _ = shelf
    for row, found in zip(scores, best_in_rows(scores, n), strict=True):
        assert found[found >= 0].tolist() == top_n(row, n).tolist()


@given(shelves(), st.integers(1, 12))
def test_lists_of_many_customers_are_those_of_each(shelf, n):
    scores, bought = shelf
    found = lists_of_rows(scores.copy(), *np.nonzero(bought), n)
    for intent, lists in found.items():
        ends = np.cumsum(lists.counts)
        for number, row in enumerate(scores):
            mine = slice(ends[number] - lists.counts[number], ends[number])
            allowed = {DISCOVER: ~bought[number], AGAIN: bought[number]}.get(intent, True)
            expected = top_n(np.where(allowed, row, -np.inf), n)
            assert lists.positions[mine].tolist() == expected.tolist()
            assert lists.scores[mine].tolist() == row[expected].tolist()
