"""Items that go together: equal to counting orders and customers one by one."""

from itertools import groupby
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.recommenders import neighbours
from django_clvrec.core.recommenders.neighbours import (
    LEAST_COMMON,
    SHRINKAGE,
    neighbours_by_relation,
)
from django_clvrec.core.recommenders.relations import ALSO, RELATIONS, TOGETHER, Neighbours
from tests.core.recommenders.made_up import histories_of

SIZE = 7
EVENT = st.tuples(st.integers(0, SIZE - 1), st.sampled_from([0.0, 1.0, 2.5]))
# the events of an order need not stand together
LOGS = st.lists(st.lists(EVENT, max_size=8, unique=True), max_size=9)
RELATION = st.sampled_from(RELATIONS)


def sets_of(log, relation):
    """What counts as one: the items of an order, or of a customer."""
    if relation == ALSO:
        return [{item for item, _ in customer} for customer in log]
    return [
        {item for item, _ in order}
        for customer in log
        for _, order in groupby(sorted(customer, key=lambda event: event[1]), lambda e: e[1])
    ]


def slow(log, relation, item, k):
    """The neighbours of an item and their scores, from all pairs of items."""
    sets = sets_of(log, relation)
    totals = [sum(other in one for one in sets) for other in range(SIZE)]
    found = []
    for other in range(SIZE):
        common = sum({item, other} <= one for one in sets)
        people = sum({item, other} <= one for one in sets_of(log, ALSO))
        if other != item and common and people >= LEAST_COMMON:
            score = common / (sqrt(totals[item] * totals[other]) + SHRINKAGE)
            found.append((other, pytest.approx(score, rel=1e-5)))
    return sorted(found, key=lambda pair: (-pair[1].expected, pair[0]))[:k]


def listed(near, item):
    """What was found for an item, without what fills it up."""
    pairs = zip(near.places[item].tolist(), near.scores[item].tolist(), strict=True)
    return [(place, score) for place, score in pairs if place >= 0]


def found_in(log, relation, k=30):
    return neighbours_by_relation(histories_of(*log, size=SIZE), k)[relation]


@given(LOGS, RELATION, st.integers(1, SIZE + 2))
def test_neighbours_are_those_that_slow_counting_finds(log, relation, k):
    near = found_in(log, relation, k)
    for item in range(SIZE):
        assert listed(near, item) == slow(log, relation, item, k)


@given(LOGS, RELATION)
def test_no_item_is_its_own_neighbour_and_none_is_named_twice(log, relation):
    near = found_in(log, relation)
    for item in range(SIZE):
        others = [place for place, _ in listed(near, item)]
        assert item not in others
        assert len(others) == len({*others})


@given(LOGS, RELATION)
def test_the_best_come_first_and_what_is_free_stands_at_the_end(log, relation):
    near = found_in(log, relation, 4)
    assert (np.diff(near.scores, axis=1) <= 0).all()
    assert (near.scores[near.places < 0] == 0).all()
    assert (near.scores[near.places >= 0] > 0).all()


@given(LOGS, RELATION)
def test_two_items_are_as_near_from_either_side(log, relation):
    near = found_in(log, relation)
    scores = {(i, other): score for i in range(SIZE) for other, score in listed(near, i)}
    for (item, other), score in scores.items():
        assert scores[other, item] == pytest.approx(score)


@given(LOGS, RELATION)
def test_items_in_pieces_have_the_same_neighbours(log, relation):
    whole = found_in(log, relation)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "CELLS", SIZE)
        piecewise = found_in(log, relation)
    np.testing.assert_array_equal(piecewise.places, whole.places)
    np.testing.assert_array_equal(piecewise.scores, whole.scores)


def test_what_a_single_customer_did_is_not_told_however_often():
    log = [[(0, 1.0), (1, 1.0), (0, 9.0), (1, 9.0)]]
    assert listed(found_in(log, TOGETHER), 0) == listed(found_in(log, ALSO), 0) == []


def test_together_counts_every_order_of_a_customer():
    twice, once = [(0, 1.0), (1, 1.0), (0, 9.0), (1, 9.0)], [(0, 1.0), (1, 1.0)]
    often, seldom = (listed(found_in([one, once], TOGETHER), 0)[0][1] for one in (twice, once))
    assert often > seldom


def test_also_counts_customers_whenever_they_bought():
    log = [[(0, 1.0), (1, 5.0)], [(1, 2.0), (0, 30.0)]]
    assert [place for place, _ in listed(found_in(log, ALSO), 0)] == [1]
    assert listed(found_in(log, TOGETHER), 0) == []


def test_orders_of_two_customers_at_the_same_time_are_two_orders():
    assert listed(found_in([[(0, 1.0)], [(1, 1.0)]] * 3, TOGETHER), 0) == []


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_pair_that_was_seen_once_is_none(relation):
    once = [[(0, 1.0), (1, 1.0)]]
    assert listed(found_in(once, relation), 0) == []
    assert len(listed(found_in(once * 2, relation), 0)) == 1


@pytest.mark.parametrize("relation", RELATIONS)
def test_on_a_tie_the_lower_position_comes_first(relation):
    log = [[(item, 1.0) for item in (5, 3, 1, 4)]] * 2
    assert [place for place, _ in listed(found_in(log, relation), 3)] == [1, 4, 5]
    assert [place for place, _ in listed(found_in(log, relation, 2), 3)] == [1, 4]


def test_what_everybody_buys_is_no_nearer_than_what_belongs_to_it():
    """Item 0 is in every order, 1 and 2 are bought together only."""
    log = [[(0, 1.0), (1, 1.0), (2, 1.0)]] * 5 + [[(0, 1.0), (3, 1.0)]] * 40
    assert listed(found_in(log, TOGETHER), 1)[0][0] == 2


@pytest.mark.parametrize("size", [0, 3])
def test_without_customers_nothing_goes_together(size):
    for near in neighbours_by_relation(histories_of(size=size)).values():
        assert near.places.shape == (size, 30)
        assert (near.places == -1).all()


def test_customers_without_any_item_change_nothing():
    log = [[(0, 1.0), (1, 1.0)]] * 2
    for relation in RELATIONS:
        assert listed(found_in([*log, [], []], relation), 0) == listed(found_in(log, relation), 0)


# for a page or a basket


def basket_by_hand(near, items):
    """Sums, and the owner of the strongest tie, the first of the basket on equal ones."""
    sums, best = {}, {}
    for owner in items:
        for place, score in listed(near, owner):
            if place not in items:
                sums[place] = sums.get(place, 0) + score
                if place not in best or (-score, owner) < best[place]:
                    best[place] = (-score, owner)
    order = sorted(sums, key=lambda place: (-round(sums[place], 6), place))
    return [(place, pytest.approx(sums[place]), best[place][1]) for place in order]


@given(
    LOGS,
    RELATION,
    st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=4, unique=True),
    st.integers(1, SIZE),
)
def test_a_basket_sums_what_goes_with_each_of_it(log, relation, items, n):
    near = found_in(log, relation)
    found = near.of(np.array(items), n)
    expected = basket_by_hand(near, items)
    assert [score for _, score, _ in found] == [score for _, score, _ in expected[:n]]
    assert set(map(tuple, found)) <= set_of(expected, found)


def set_of(expected, found):
    """Those of `expected`, with their scores as they were found: sums differ in the last digit."""
    scores = {place: score for place, score, _ in found}
    return {(place, scores.get(place), owner) for place, _, owner in expected}


def pairs(*rows):
    """Neighbours by hand: a list of `(place, score)` for each item."""
    width = max(map(len, rows))
    filled = [[*row, *[(-1, 0.0)] * (width - len(row))] for row in rows]
    return Neighbours(
        np.array([[place for place, _ in row] for row in filled], dtype=np.int32),
        np.array([[score for _, score in row] for row in filled], dtype=np.float32),
    )


def test_what_two_of_a_basket_ask_for_comes_before_what_one_does():
    near = pairs([(2, 0.5), (3, 0.25)], [(3, 0.375)], [(0, 0.5)], [(0, 0.25)])
    assert near.of(np.array([0, 1]), 5) == [(3, 0.625, 1), (2, 0.5, 0)]


def test_the_basket_itself_is_left_out():
    near = pairs([(1, 0.5), (2, 0.25)], [(0, 0.5), (2, 0.125)], [(0, 0.25), (1, 0.125)])
    assert near.of(np.array([0, 1]), 5) == [(2, 0.375, 0)]


def test_sums_that_are_equal_come_by_position():
    near = pairs([(3, 0.5), (1, 0.5), (2, 0.5)], [], [], [])
    assert [place for place, _, _ in near.of(np.array([0]), 5)] == [1, 2, 3]
    assert [place for place, _, _ in near.of(np.array([0]), 2)] == [1, 2]


def test_ties_that_are_equal_name_the_lower_of_the_basket():
    near = pairs([(2, 0.5)], [(2, 0.5)], [])
    assert near.of(np.array([1, 0]), 5) == [(2, 1.0, 0)]


@pytest.mark.parametrize("items", [[], [1], [1, 2]])
def test_what_has_no_neighbours_has_no_relatives(items):
    near = pairs([(1, 0.5)], [], [])
    assert near.of(np.array(items, dtype=np.int64), 5) == []
