"""Corners of a backtest: nobody who may be chosen could be, and customers set apart."""

from dataclasses import replace

import numpy as np
import pytest

from django_clvrec.core.evaluation import backtest as module
from django_clvrec.core.evaluation.backtest import Settings, backtest
from django_clvrec.core.evaluation.choice import choose
from django_clvrec.core.evaluation.folds import DAY
from django_clvrec.core.evaluation.leaderboard import rows
from django_clvrec.core.ranking import AGAIN, MIXED
from django_clvrec.core.recommenders import blend
from django_clvrec.core.recommenders.contestants import contestants
from django_clvrec.core.recommenders.names import BLEND, POPULAR
from tests.core.evaluation.made_up_orders import by_customer, events_of, planted_orders

TIERS = ("low", "mid", "high")
SETTINGS = Settings(tiers=TIERS, min_buyers=1, k=3)
PARTS = contestants(
    popularity_days=28, als=None, min_tier_customers=20, names=("personal", "item_knn")
)


def run(events, names, cut=160 * DAY, **changes):
    settings = replace(SETTINGS, names=names, **changes)
    tiers_at = by_customer(events.customer_count)
    return backtest(events, cut, PARTS, settings, tiers_at=tiers_at)


def short_log():
    """Everything before the cut happened in one moment, so there is no inner fold."""
    lines = [(c, 10 * day + c, c % 3, day) for day in (1, 9) for c in range(9)]
    return events_of(*lines)


def test_without_an_inner_fold_the_simplest_of_those_that_may_be_chosen_is():
    """Personal is simpler, but it only takes part in the blend."""
    found = run(short_log(), ("item_knn", BLEND), cut=2 * DAY)
    assert {name for choice in found.choices.values() for name in choice.values()} == {"item_knn"}


def test_a_blend_that_could_not_learn_and_has_no_rival_is_no_crash(monkeypatch):
    monkeypatch.setattr(blend, "LEAST_BOUGHT", 10**9)
    found = run(planted_orders(60), (BLEND,))
    board = found.boards[MIXED]
    assert set(found.choices[MIXED].values()) == {"personal"}
    assert len(board.served(found.choices[MIXED]).ndcg) == len(board.customers)
    assert rows([found], "product", 3, (BLEND,))


def test_where_nobody_competes_what_is_popular_is_chosen():
    board = run(planted_orders(60), ("personal",)).boards[MIXED]
    assert set(choose(board, (), TIERS).values()) == {POPULAR}


@pytest.mark.parametrize("remainder", [0, 3])
def test_a_blend_competes_even_if_it_learns_from_every_fifth_customer_only(remainder, monkeypatch):
    """As a sample of a large shop may be."""
    seen = []
    monkeypatch.setattr(module, "choose", lambda board, *_: seen.append(board) or {"": POPULAR})
    events = planted_orders(120)
    # without those who begin late, so that positions are known; the others buy nothing later
    events = events.where(events.customers % 6 > 0)
    places = np.searchsorted(np.unique(events.customers), events.customers)
    events = events.where((places % 5 == remainder) | (events.times <= 100 * DAY))
    run(events, ("personal", "item_knn", BLEND), intents=(MIXED,))
    assert set(seen[0].customers % 5) == {remainder}
    assert BLEND in seen[0].metrics


def test_a_blend_is_not_tried_on_customers_who_taught_it():
    """With random answers nothing can be learnt, so in-sample skill would be knowledge of them."""
    random = np.random.default_rng(1)
    events = planted_orders(80)
    events = replace(events, items=random.integers(0, 20, len(events.items)).astype(np.int32))
    boards = []
    original = module._with_blend
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            module, "_with_blend", lambda *args: boards.append(original(*args)) or boards[-1]
        )
        run(events, ("personal", "item_knn", BLEND))
    board = boards[-1]
    reached = {name: values.ndcg.mean() for name, values in board.metrics.items()}
    assert reached[BLEND] < 1.15 * max(reached["personal"], reached["item_knn"])


def test_the_blend_of_an_intent_without_examples_does_not_compete():
    """Nobody buys anything again, so there is nothing to learn of that."""
    lines = [
        (c, 25 * c + day, (day + c) % 25, float(day * 8)) for c in range(60) for day in range(25)
    ]
    found = run(events_of(*lines), ("personal", "item_knn", BLEND))
    assert AGAIN not in found.weighings
    assert BLEND not in found.boards[AGAIN].metrics
