"""What a blend knows: facts of items, standardised scores, and a customer's past, by hand."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.recommenders.features import ItemFacts, features, standardised
from tests.core.recommenders.made_up import HISTORIES, histories_of

ONE = histories_of([(0, 10.0), (0, 30.0), (0, 40.0), (1, 5.0)], [(1, 100.0)], [], size=3)
NAMES = (
    *("said", "said_high", "said_own", "said_high_own"),
    *("orders", "share", "last", "gap", "due"),
    *("customer_orders", "customer_last", "customer_first", "distinct", "per_order"),
    *("buyers", "orders_per_buyer", "recent", "season", "trend"),
)


def pair(customer, item, histories=ONE):
    said = {"one": np.full((len(histories), histories.size), 2.0, dtype=np.float32)}
    rows = features(
        histories, ItemFacts.of(histories), said, np.array([customer]), np.array([item])
    )
    return dict(zip(NAMES, rows[0].tolist(), strict=True))


def test_the_past_of_an_item_bought_three_times():
    found = pair(0, 0)
    assert found["orders"] == pytest.approx(np.log(4))
    assert found["share"] == pytest.approx(np.log(3 / 4 + 0.01))
    assert found["last"] == pytest.approx(np.log(11))
    assert found["gap"] == pytest.approx(np.log(1 + 15))
    assert found["due"] == pytest.approx(10 / 16)


def test_an_item_bought_once_is_due_at_no_known_time():
    found = pair(0, 1)
    assert (found["gap"], found["due"]) == (0, 0)


def test_what_is_said_of_own_items_is_told_apart():
    assert pair(0, 0)["said_own"] == pair(0, 0)["said"] == 2
    assert pair(0, 2)["said_own"] == pair(0, 2)["said_high_own"] == 0


def test_habits_of_the_customer_are_the_same_for_every_item():
    mine, other = pair(0, 0), pair(0, 2)
    habits = NAMES[9:14]
    assert [mine[name] for name in habits] == [other[name] for name in habits]
    assert mine["customer_last"] == pytest.approx(np.log(6))
    assert mine["customer_first"] == pytest.approx(np.log(41))
    assert mine["distinct"] == pytest.approx(np.log(3))
    assert mine["per_order"] == 1


def test_facts_of_an_item_count_buyers_orders_and_recent_buyers():
    found = pair(2, 0)
    assert found["buyers"] == pytest.approx(np.log(2))
    assert found["orders_per_buyer"] == 3
    # 28 days before the last order of all, which was 5 days ago
    assert found["recent"] == pytest.approx(np.log(1 / 3 + 1e-4), rel=1e-5)
    assert found["trend"] == pytest.approx(np.log(2 / 6), rel=1e-5)


@given(HISTORIES)
def test_every_feature_is_a_number_even_of_customers_and_items_without_events(histories):
    rows, items = np.indices((len(histories), histories.size)).reshape(2, -1)
    said = {"one": np.zeros((len(histories), histories.size), dtype=np.float32)}
    found = features(histories, ItemFacts.of(histories), said, rows, items)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


@given(HISTORIES, st.data())
def test_features_of_a_pair_are_the_same_whoever_else_is_looked_at(histories, data):
    customer = data.draw(st.integers(0, len(histories) - 1))
    said = {"one": np.arange(len(histories) * histories.size, dtype=np.float32)}
    said["one"] = said["one"].reshape(len(histories), histories.size)
    facts, items = ItemFacts.of(histories), np.arange(histories.size)
    among = features(histories, facts, said, np.full_like(items, customer), items)
    alone = {"one": said["one"][[customer]]}
    one = histories.take(np.array([customer]))
    np.testing.assert_array_equal(features(one, facts, alone, 0 * items, items), among)


@given(st.lists(st.floats(-1e3, 1e3, width=32), min_size=2, max_size=20))
def test_standardised_scores_have_mean_0_and_deviation_1(scores):
    row = standardised(np.array([scores], dtype=np.float64))[0]
    assert row.mean() == pytest.approx(0, abs=1e-3)
    if np.ptp(scores) > 1e-3:
        assert row.std() == pytest.approx(1)


def test_what_is_never_recommended_is_as_low_as_the_lowest():
    found = standardised(np.array([[1.0, -np.inf, 3.0], [-np.inf, -np.inf, -np.inf]]))
    assert found[0, 1] == found[0, 0]
    assert found[1].tolist() == [0, 0, 0]


def test_standardising_keeps_the_scores_given_and_warns_of_nothing():
    given_ones = np.array([[1.0, -np.inf, 3.0], [0.0, 0.0, 0.0]])
    before = given_ones.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        standardised(given_ones)
    np.testing.assert_array_equal(given_ones, before)
