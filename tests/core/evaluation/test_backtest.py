"""A backtest of a small planted shop: nothing after the cut takes part in what is served."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from django_clvrec.core.evaluation.backtest import Settings, backtest
from django_clvrec.core.evaluation.folds import DAY, fold_at
from django_clvrec.core.evaluation.leaderboard import rows
from django_clvrec.core.ranking import AGAIN, DISCOVER, INTENTS, MIXED
from django_clvrec.core.recommenders.als import AlsParameters
from django_clvrec.core.recommenders.blend import FittedBlend
from django_clvrec.core.recommenders.contestants import contestants
from django_clvrec.core.recommenders.features import ItemFacts
from django_clvrec.core.recommenders.names import BLEND, NAMES
from django_clvrec.exceptions import NothingToEvaluate, OverBudget
from tests.core.evaluation.made_up_orders import by_customer, events_of, planted_orders

EVENTS = planted_orders(90)
CUT = 160 * DAY
TIERS = ("low", "mid", "high")
SETTINGS = Settings(tiers=("new", *TIERS), min_buyers=2, k=3)
EVERYONE = contestants(
    popularity_days=28, als=AlsParameters(factors=4, iterations=3), min_tier_customers=20
)
FEW = {name: EVERYONE[name] for name in ("popular", "personal", "item_knn")}


def run(events=EVENTS, recommenders=EVERYONE, cut=CUT, settings=SETTINGS, **more):
    tiers_at = by_customer(events.customer_count)
    return backtest(events, cut, recommenders, settings, tiers_at=tiers_at, **more)


@pytest.fixture(scope="module")
def tested():
    return run()


@cache
def scrambled(seed):
    """A backtest of the shop with other items bought by other customers after the cut."""
    random, late = np.random.default_rng(seed), EVENTS.times > CUT
    items = np.where(late, random.integers(-1, 20, len(late)), EVENTS.items)
    customers = np.where(late, random.integers(0, 90, len(late)), EVENTS.customers)
    times = np.where(late, random.integers(CUT + 1, 300 * DAY, len(late)), EVENTS.times)
    return run(replace(EVENTS, items=items, customers=customers, times=times))


def test_nothing_after_the_cut_takes_part_in_parameters_and_choices(tested):
    other = scrambled(1)
    assert other.recommenders == tested.recommenders
    assert other.choices == tested.choices
    measured = [test.boards[MIXED].metrics["personal"].ndcg.mean() for test in (tested, other)]
    assert measured[0] > measured[1]


def test_nothing_after_the_cut_takes_part_in_the_lists_that_are_measured(tested):
    other = scrambled(1)
    for intent in INTENTS:
        for name, lists in tested.boards[intent].lists.items():
            np.testing.assert_array_equal(other.boards[intent].lists[name], lists)


def test_the_same_log_gives_the_same_backtest():
    one, again = run(recommenders=FEW), run(recommenders=FEW)
    for intent in INTENTS:
        for name, metrics in one.boards[intent].metrics.items():
            np.testing.assert_array_equal(again.boards[intent].metrics[name].ndcg, metrics.ndcg)
        weights = [test.weighings[intent].weights for test in (one, again)]
        np.testing.assert_array_equal(*weights)


def test_everyone_is_measured_beside_the_blend(tested):
    for board in tested.boards.values():
        assert set(board.metrics) == set(board.lists) == set(NAMES)
    assert set(tested.recommenders) == set(EVERYONE)
    assert tested.customers == len({*EVENTS.customers[EVENTS.times <= CUT]})


def test_there_is_a_choice_for_all_and_for_each_tier(tested):
    for intent in INTENTS:
        assert set(tested.choices[intent]) == {"", "new", *TIERS}
        assert set(tested.choices[intent].values()) <= set(NAMES)


def test_on_planted_tastes_what_is_served_does_better_than_what_is_popular(tested):
    for intent in INTENTS:
        board = tested.boards[intent]
        served = board.served(tested.choices[intent]).ndcg.mean()
        assert served > 1.3 * board.metrics["popular"].ndcg.mean()


def test_what_is_served_has_the_metrics_of_the_chosen(tested):
    board = tested.boards[MIXED]
    for name in board.metrics:
        served = board.served(dict.fromkeys(TIERS, name))
        np.testing.assert_array_equal(served.ndcg, board.metrics[name].ndcg)
    served = board.served(tested.choices[MIXED])
    for tier in TIERS:
        mine, name = board.tiers == tier, tested.choices[MIXED][tier]
        np.testing.assert_array_equal(served.recall[mine], board.metrics[name].recall[mine])


def test_a_pin_serves_its_tier_whatever_was_best(tested):
    pinned = run(recommenders=FEW, settings=replace(SETTINGS, pins={"mid": "popular", "low": "x"}))
    for intent in INTENTS:
        assert pinned.choices[intent]["mid"] == "popular"
        assert "x" not in pinned.choices[intent].values()


def test_parts_of_a_blend_that_may_not_be_chosen_are_not():
    names = ("popular", "item_knn")
    found = run(recommenders=FEW, settings=replace(SETTINGS, names=names))
    for choice in found.choices.values():
        assert set(choice.values()) <= set(names)
    assert BLEND not in found.boards[MIXED].metrics
    assert found.weighings == {}


def test_only_the_intents_asked_for_are_measured():
    found = run(recommenders=FEW, settings=replace(SETTINGS, intents=(AGAIN,)))
    assert set(found.boards) == set(found.choices) == set(found.weighings) == {AGAIN}


def test_a_log_too_short_for_an_inner_fold_is_served_the_simplest():
    one_moment = [(customer, customer, customer % 3, 1.0) for customer in range(9)]
    later = [(customer, 100 + customer, customer % 3, 9.0) for customer in range(9)]
    events = events_of(*one_moment, *later)
    found = run(events, cut=2 * DAY, settings=replace(SETTINGS, min_buyers=1))
    assert found.recommenders == EVERYONE
    assert set(found.choices[DISCOVER].values()) == {"popular"}


def test_without_a_search_the_parameters_are_those_given():
    assert run(recommenders=FEW, is_searched=False).recommenders == FEW


def test_the_blend_for_serving_is_learnt_from_the_newest_split(tested):
    """So it changes with what came after the cut, which the figures do not."""
    other = scrambled(1)
    found = [test.weighings[MIXED].weights for test in (tested, other)]
    assert not np.allclose(*found, atol=1e-3)


def test_the_weighings_fit_the_parts_of_the_blend(tested):
    outer = fold_at(EVENTS, CUT, 2, by_customer(90))
    parts = {
        name: tested.recommenders[name].fit(outer.histories)
        for name in ("personal", "tifu_knn", "item_knn", "ease", "als")
    }
    facts = ItemFacts.of(outer.histories)
    blend = FittedBlend(parts=parts, facts=facts, weighings=tested.weighings)
    assert np.isfinite(blend.score(outer.histories)).any()


def test_newcomers_are_measured_by_what_is_popular(tested):
    assert set(tested.newcomers) == {"popular", "popular:recent"}


def test_every_step_is_told_of():
    told = []
    run(recommenders=FEW, step=told.append)
    assert {"fit popular", "learn blend", "item_knn 1/2", BLEND} <= set(told)


@pytest.mark.parametrize("day", [-1, 500])
def test_without_orders_before_or_after_the_cut_there_is_nothing_to_evaluate(day):
    with pytest.raises(NothingToEvaluate):
        run(recommenders=FEW, cut=day * DAY)


def test_where_nothing_known_is_bought_after_the_cut_nobody_is_measured():
    late = EVENTS.times > CUT
    gone = replace(EVENTS, items=np.where(late, -1, EVENTS.items))
    found = run(gone, FEW)
    assert {len(board.customers) for board in found.boards.values()} == {0}


class Costly:
    """Own frequency, for which there is enough of a budget so many times."""

    name = "costly"

    def __init__(self, times):
        self.times = times

    def fit(self, histories):
        self.times -= 1
        if self.times < 0:
            raise OverBudget("It used 5 seconds.")
        return EVERYONE["personal"].fit(histories)

    def variants(self):
        return (self,)

    def limits(self, histories):
        return ""


def beside(times):
    names = ("popular", "costly")
    costly = {"popular": EVERYONE["popular"], "costly": Costly(times)}
    return run(recommenders=costly, settings=replace(SETTINGS, names=names, intents=(AGAIN,)))


def test_who_cannot_be_trained_again_is_not_served_though_it_was_chosen():
    found = beside(1)
    assert found.left_out == {"costly": "It used 5 seconds."}
    assert {*found.choices[AGAIN].values()} == {"popular"}
    assert [row["name"] for row in rows([found], "item", 3, ["popular", "costly"])][:2] == [
        "auto",
        "popular",
    ]


def test_who_was_given_up_is_not_tried_with_more_to_learn_from():
    costly = Costly(0)
    run(recommenders={"popular": EVERYONE["popular"], "costly": costly})
    assert costly.times == -1


def test_where_nobody_can_be_trained_there_is_nothing_to_evaluate():
    with pytest.raises(NothingToEvaluate, match="It used 5 seconds"):
        run(recommenders={"costly": Costly(0)})


def test_both_are_served_where_both_can_be_trained():
    assert "costly" in beside(2).choices[AGAIN].values()
