"""Splits in time: what is learnt from, what is to be found, and leaks that are refused."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from django_clvrec.core.evaluation.folds import (
    DAY,
    cut_at,
    fold_at,
    histories_of,
    known_items,
    refuse_leaks,
)
from django_clvrec.core.ranking import AGAIN, DISCOVER, MIXED
from django_clvrec.exceptions import LeakageFound, NothingToEvaluate
from tests.core.evaluation.made_up_orders import (
    CUSTOMERS,
    ITEMS,
    events_of,
    everybody_low,
    logs,
)

DAYS = st.integers(0, 10)


def fold(events, day, min_buyers=1):
    count = events.customer_count
    return fold_at(events, int(day * DAY), min_buyers, everybody_low(count))


def lines_of(events):
    columns = (events.customers, events.orders, events.items, events.times // DAY)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def is_evaluable(events, day):
    lines = lines_of(events)
    has_items = any(item >= 0 and when <= day for _, _, item, when in lines)
    return has_items and any(when > day for *_, when in lines)


@examples(max_examples=40)
@given(logs(), DAYS)
def test_a_fold_is_what_loops_over_the_lines_find(events, day):
    if not is_evaluable(events, day):
        with pytest.raises(NothingToEvaluate):
            fold(events, day)
        return
    found, lines = fold(events, day), lines_of(events)
    before = [line for line in lines if line[3] <= day]
    after = [line for line in lines if line[3] > day]
    assert found.customers.tolist() == sorted({customer for customer, *_ in before})
    assert found.items.tolist() == sorted({item for _, _, item, _ in before if item >= 0})
    for place, customer in enumerate(found.customers):
        mine = [line for line in before if line[0] == customer]
        one = found.histories.take(np.array([place]))
        assert one.orders.tolist() == [len({order for _, order, *_ in mine})]
        events_of_one = {(order, item, day - when) for _, order, item, when in mine if item >= 0}
        told = zip(found.items[one.items].tolist(), one.days.tolist(), strict=True)
        assert sorted(told) == sorted((item, ago) for _, item, ago in events_of_one)
        wanted = {item for other, _, item, _ in after if other == customer} & {*found.items}
        assert {*found.items[found.truth[[place]].indices]} == wanted
    new = {(c, i) for c, _, i, _ in after if c not in found.customers and i in found.items}
    assert found.newcomers.nnz == len(new)


@examples(max_examples=40)
@given(logs(), DAYS)
def test_the_value_of_an_event_is_what_the_orders_lines_of_the_item_brought(events, day):
    if not is_evaluable(events, day):
        return
    amounts = 0.25 + np.arange(len(events.times))
    found = fold(replace(events, values=amounts), day)
    brought = Counter()
    for (customer, order, item, when), amount in zip(lines_of(events), amounts, strict=True):
        if item >= 0 and when <= day:
            brought[customer, item, order] += amount
    rows = found.learnt
    whose, which = found.customers[rows.owners].tolist(), found.items[rows.items].tolist()
    told = zip(whose, which, rows.values.tolist(), strict=True)
    assert rows.values.dtype == np.float32
    assert sorted(told) == sorted((c, i, amount) for (c, i, _), amount in brought.items())


def test_what_was_shown_is_asked_for_as_it_was_known_at_the_cut():
    events = events_of((3, 0, 2, 1), (1, 1, 0, 2), (3, 2, 1, 9))
    asked = []
    found = fold_at(
        events, 5 * DAY, 1, everybody_low(4), lambda *what: asked.append(what) or "shown"
    )
    [(cut, customers, items)] = asked
    assert (cut, customers.tolist(), items.tolist()) == (5 * DAY, [1, 3], [0, 2])
    assert found.learnt.shown == "shown"


def test_customers_are_scored_without_what_they_paid_and_were_shown():
    events = replace(events_of((0, 0, 0, 1), (0, 1, 0, 9)), values=np.array([5.0, 7.0]))
    found = fold_at(events, 5 * DAY, 1, everybody_low(1), lambda *_: "shown")
    assert found.learnt.values.tolist() == [5]
    assert found.histories.values is found.histories.shown is None
    assert found.histories.items.tolist() == found.learnt.items.tolist() == [0]


@examples(max_examples=40)
@given(logs(), DAYS)
def test_again_and_discover_share_out_what_is_to_find(events, day):
    if not is_evaluable(events, day):
        return
    found = fold(events, day)
    parts = {intent: found.to_find(intent).toarray() for intent in (AGAIN, DISCOVER, MIXED)}
    np.testing.assert_array_equal(parts[AGAIN] + parts[DISCOVER], parts[MIXED])
    np.testing.assert_array_equal(parts[MIXED], found.truth.toarray())
    bought = found.histories.bought().toarray() > 0
    assert not parts[AGAIN][~bought].any()
    assert not parts[DISCOVER][bought].any()


@examples(max_examples=40)
@given(logs(), DAYS)
def test_what_is_to_find_holds_no_zeros_that_count_as_something(events, day):
    if not is_evaluable(events, day):
        return
    found = fold(events, day)
    for intent in (AGAIN, DISCOVER, MIXED):
        assert (found.to_find(intent).data == 1).all()


@examples(max_examples=40)
@given(logs(), DAYS, st.randoms(use_true_random=False))
def test_what_is_learnt_from_does_not_depend_on_what_comes_after_the_cut(events, day, random):
    if not is_evaluable(events, day):
        return
    late = np.flatnonzero(events.times > day * DAY)
    items, customers = events.items.copy(), events.customers.copy()
    items[late] = [random.randrange(-1, ITEMS) for _ in late]
    customers[late] = [random.randrange(CUSTOMERS) for _ in late]
    other = type(events)(**{**vars(events), "items": items, "customers": customers})
    one, another = fold(events, day), fold(other, day)
    for name, values in vars(one.histories).items():
        np.testing.assert_array_equal(getattr(another.histories, name), values)
    np.testing.assert_array_equal(one.items, another.items)


def test_a_line_at_the_cut_is_learnt_from_and_one_a_microsecond_later_is_to_find():
    events = events_of((0, 0, 0, 1), (0, 1, 1, 1), (0, 2, 1, 1.00000000002))
    assert events.times[2] == events.times[1] + 1
    found = fold(events, 1)
    assert found.histories.items.tolist() == [0, 1]
    assert found.histories.days.tolist() == [0, 0]
    assert found.truth.toarray().tolist() == [[0, 1]]


def test_newcomers_are_those_without_any_order_before_the_cut():
    """Customer 1 ordered before, though nothing that is known."""
    events = events_of((0, 0, 0, 1), (1, 1, -1, 1), (1, 2, 0, 5), (2, 3, 0, 5))
    found = fold(events, 2)
    assert found.customers.tolist() == [0, 1]
    assert found.truth.toarray().tolist() == [[0], [1]]
    assert found.newcomers.toarray().tolist() == [[1]]


def test_an_item_needs_enough_different_buyers_before_the_cut():
    events = events_of(
        *((0, order, 0, 1) for order in range(5)), (0, 9, 1, 1), (1, 10, 1, 1), (1, 11, 0, 9)
    )
    assert known_items(events.where(events.times <= 2 * DAY), 2).tolist() == [1]
    assert fold(events, 2, min_buyers=2).items.tolist() == [1]


@pytest.mark.parametrize("min_buyers", [-1, 0, 1])
def test_an_item_that_nobody_bought_is_never_known(min_buyers):
    assert known_items(events_of((0, 0, 1, 1), items=3), min_buyers).tolist() == [1]


def test_an_order_that_holds_an_item_twice_counts_once():
    found = fold(events_of((0, 0, 0, 1), (0, 0, 0, 1), (0, 1, 0, 9)), 2)
    assert found.histories.matrix().toarray().tolist() == [[1]]


def test_tiers_are_those_of_the_cut():
    events = events_of((1, 0, 0, 1), (2, 1, 0, 1), (0, 2, 0, 9))
    asked = []
    found = fold_at(events, 2 * DAY, 1, lambda cut: asked.append(cut) or np.array(["a", "b", "c"]))
    assert asked == [2 * DAY]
    assert found.histories.tiers.tolist() == ["b", "c"]


def test_histories_of_nobody_are_empty():
    nothing = np.array([], dtype=np.int64)
    found = histories_of(events_of((0, 0, 0, 1)), DAY, nothing, np.array([0]), np.array([]))
    assert len(found) == 0
    assert found.matrix().shape == (0, 1)


@pytest.mark.parametrize("day", [0, 9])
def test_without_a_line_before_or_after_the_cut_there_is_nothing_to_evaluate(day):
    with pytest.raises(NothingToEvaluate):
        fold(events_of((0, 0, 0, 1), (0, 1, 0, 9)), day)


def test_without_a_known_item_there_is_nothing_to_evaluate():
    with pytest.raises(NothingToEvaluate):
        fold(events_of((0, 0, 0, 1), (0, 1, 0, 9)), 2, min_buyers=2)


def test_a_share_is_that_of_the_time_not_of_the_lines():
    assert cut_at(events_of((0, 0, 0, 10), (0, 1, 0, 11), (0, 2, 0, 20)), 0.8) == 18 * DAY


@examples(max_examples=40)
@given(logs(), st.floats(0, 1))
def test_a_cut_lies_within_the_log(events, share):
    if len(set(events.times.tolist())) > 1:
        assert events.times.min() <= cut_at(events, share) <= events.times.max()


@pytest.mark.parametrize("lines", [[], [(0, 0, 0, 3), (1, 1, 0, 3)]])
def test_a_log_without_a_span_of_time_has_no_cut(lines):
    with pytest.raises(NothingToEvaluate):
        cut_at(events_of(*lines), 0.5)


# leaks

BEFORE = [(0, 0, 0, 1), (0, 1, 1, 2), (1, 2, 0, 4)]


def test_the_same_lines_on_both_sides_are_refused_and_counted():
    after = events_of((0, 0, 0, 1), (1, 2, 0, 4), (1, 2, 1, 4), (1, 3, 1, 5))
    with pytest.raises(LeakageFound, match="2 of 4 test lines are also in training"):
        refuse_leaks(events_of(*BEFORE), after)


def test_training_that_goes_on_after_the_test_began_is_refused_and_counted():
    with pytest.raises(LeakageFound, match="2 training lines are not before the first test line"):
        refuse_leaks(events_of(*BEFORE), events_of((0, 3, 1, 1.5)))


def test_training_and_test_at_the_same_moment_are_refused():
    with pytest.raises(LeakageFound, match=r"0 of 1 test lines .* 1 training lines"):
        refuse_leaks(events_of(*BEFORE), events_of((0, 3, 1, 4)))


def test_what_is_split_by_time_is_no_leak():
    refuse_leaks(events_of(*BEFORE), events_of((0, 3, 0, 4.5)))


@pytest.mark.parametrize("lines", [([], BEFORE), (BEFORE, [])])
def test_nothing_on_one_side_is_no_leak(lines):
    refuse_leaks(*(events_of(*some) for some in lines))
