"""A leaderboard: rows of contestants, tiers and intents, ready for JSON."""

import json
from dataclasses import replace

import numpy as np
import pytest

from django_clvrec.core.evaluation.backtest import Settings, backtest
from django_clvrec.core.evaluation.folds import DAY
from django_clvrec.core.evaluation.intervals import interval
from django_clvrec.core.evaluation.leaderboard import rows
from django_clvrec.core.evaluation.metrics import PER_CUSTOMER, PER_SHOP, per_shop
from django_clvrec.core.evaluation.names import ALL, NEWCOMER, SERVED
from django_clvrec.core.ranking import DISCOVER, MIXED
from django_clvrec.core.recommenders import item_knn
from django_clvrec.core.recommenders.contestants import contestants
from tests.core.evaluation.made_up_orders import by_customer, planted_orders

NAMES = ("popular", "personal", "item_knn")
TIERS = ("low", "mid", "high")
EVENTS = planted_orders(60)
METRICS = {f"{name}@3" for name in PER_CUSTOMER}


def one_test(cut, end):
    settings = Settings(tiers=TIERS, min_buyers=1, k=3, intents=(DISCOVER, MIXED), names=NAMES)
    recommenders = contestants(
        popularity_days=28, als=None, min_tier_customers=20, names=(*NAMES, "popular:recent")
    )
    events = EVENTS.where(EVENTS.times <= end * DAY)
    tiers_at = by_customer(60)
    return backtest(events, cut * DAY, recommenders, settings, tiers_at=tiers_at)


@pytest.fixture(scope="module")
def tests():
    return [one_test(140, 170), one_test(170, 200)]


@pytest.fixture(scope="module")
def board(tests):
    return rows(tests, "product", 3, NAMES)


def row(board, **wanted):
    (found,) = [one for one in board if wanted.items() <= one.items()]
    return found


def test_rows_come_back_from_json_as_they_were(board):
    assert json.loads(json.dumps(board)) == board


def test_there_is_one_row_for_each_contestant_tier_and_intent_and_for_newcomers(board):
    who = [(one["intent"], one["tier"], one["name"]) for one in board]
    expected = {
        (intent, tier, name)
        for intent in (DISCOVER, MIXED)
        for tier in (ALL, *TIERS)
        for name in (SERVED, *NAMES)
    }
    newcomers = {(MIXED, NEWCOMER, "popular"), (MIXED, NEWCOMER, "popular:recent")}
    assert set(who) == expected | newcomers
    assert len(who) == len(set(who))
    assert {one["level"] for one in board} == {"product"}


def test_every_row_has_the_metrics_of_customers_and_an_interval(board):
    for one in board:
        known = {"level", "intent", "tier", "name", "customers", "interval", *METRICS}
        shop = {f"{name}@3" for name in PER_SHOP} if one["tier"] == ALL else set()
        assert set(one) == known | shop
        low, high = one["interval"]
        assert low <= one["ndcg@3"] + 1e-4
        assert one["ndcg@3"] <= high + 1e-4


def test_figures_are_means_over_the_customers_of_all_folds(board, tests):
    values = [
        value for test in tests for value in test.boards[MIXED].metrics["personal"].ndcg.tolist()
    ]
    found = row(board, intent=MIXED, tier=ALL, name="personal")
    assert found["customers"] == len(values)
    assert found["ndcg@3"] == pytest.approx(sum(values) / len(values), abs=1e-4)
    assert found["interval"] == pytest.approx(interval(np.array(values)), abs=1e-4)


def test_figures_of_the_shop_are_means_over_the_folds(board, tests):
    found = row(board, intent=MIXED, tier=ALL, name="popular")
    shops = [
        per_shop(one.lists["popular"], one.histories)
        for one in (test.boards[MIXED] for test in tests)
    ]
    for name in PER_SHOP:
        expected = sum(one[name] for one in shops) / len(shops)
        assert found[f"{name}@3"] == pytest.approx(expected, abs=1e-4)


def test_customers_of_the_tiers_are_those_of_all(board):
    for name in (SERVED, *NAMES):
        of_name = [one for one in board if one["name"] == name and one["intent"] == DISCOVER]
        everyone = sum(one["customers"] for one in of_name if one["tier"] in TIERS)
        assert everyone == row(of_name, tier=ALL)["customers"]


def test_the_served_row_of_a_tier_is_that_of_the_chosen(tests):
    one = tests[:1]
    board, choice = rows(one, "product", 3, NAMES), one[0].choices[MIXED]
    for tier in TIERS:
        served = row(board, intent=MIXED, tier=tier, name=SERVED)
        chosen = row(board, intent=MIXED, tier=tier, name=choice[tier])
        assert served | {"name": choice[tier]} == chosen


def test_what_a_contestant_leaves_out_is_told(monkeypatch):
    monkeypatch.setattr(item_knn, "MOST_ITEMS", 5)
    board = rows([one_test(140, 200)], "product", 3, NAMES)
    assert {one.get("limit") for one in board if one["name"] == "item_knn"} == {
        "the 5 most bought of 20 items"
    }
    assert not any("limit" in one for one in board if one["name"] != "item_knn")


def test_nobody_to_measure_is_no_error():
    """Nothing that is known was bought after the cut."""
    late = EVENTS.times > 170 * DAY
    gone = replace(EVENTS, items=np.where(late, -1, EVENTS.items))
    settings = Settings(tiers=TIERS, min_buyers=1, k=3, names=NAMES)
    recommenders = contestants(
        popularity_days=28, als=None, min_tier_customers=20, names=("popular",)
    )
    test = backtest(gone, 170 * DAY, recommenders, settings, tiers_at=by_customer(60))
    board = rows([test], "product", 3, NAMES)
    assert {one["customers"] for one in board} == {0}
    assert {tuple(one["interval"]) for one in board} == {(0.0, 0.0)}
