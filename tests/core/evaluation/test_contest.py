"""Contestants on one fold: what each would have listed, whose parameters win, who is served."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from django_clvrec.core.evaluation import contest
from django_clvrec.core.evaluation.contest import compare, newcomers, search
from django_clvrec.core.evaluation.folds import DAY, fold_at
from django_clvrec.core.evaluation.metrics import PER_CUSTOMER, per_customer
from django_clvrec.core.ranking import AGAIN, DISCOVER, INTENTS, MIXED
from django_clvrec.core.recommenders.by_tier import ByTier
from django_clvrec.core.recommenders.lists import lists_by_intent, padded
from django_clvrec.core.recommenders.personal import FittedPersonal, Personal
from django_clvrec.core.recommenders.popular import Popular
from django_clvrec.exceptions import OverBudget
from tests.core.evaluation.made_up_orders import by_customer, planted_orders

FOLD = fold_at(planted_orders(90), 150 * DAY, 1, by_customer(90))
FITTED = {one.name: one.fit(FOLD.histories) for one in (Popular(), Personal())}
BOARDS = compare(FOLD, FITTED, INTENTS, 4, lambda _: None)


@dataclass(frozen=True)
class Scaled:
    """Own frequency times a number, which turns it round where the number is negative."""

    by: float
    personal: FittedPersonal

    def score(self, histories):
        return self.personal.score(histories) * np.float32(self.by)


@dataclass(frozen=True)
class Turned:
    """Own frequency, or its opposite."""

    sign: float = -1.0

    name = "turned"

    def fit(self, histories):
        return Scaled(self.sign, Personal().fit(histories))

    def variants(self):
        return tuple(replace(self, sign=sign) for sign in (-1.0, 1.0, 2.0))


def nothing_to_find():
    return replace(FOLD, truth=csr_array(FOLD.truth.shape, dtype=np.float32))


@pytest.mark.parametrize("intent", INTENTS)
def test_a_board_holds_the_metrics_of_lists_against_what_is_to_find(intent):
    board, truth = BOARDS[intent], FOLD.to_find(intent)
    some = np.flatnonzero(np.diff(truth.indptr))
    assert board.customers.tolist() == some.tolist()
    for name, fitted in FITTED.items():
        lists = padded(lists_by_intent(fitted, FOLD.histories, 4, (intent,))[intent], 4)
        np.testing.assert_array_equal(board.lists[name], lists)
        expected = per_customer(lists[some], csr_array(truth[some]))
        np.testing.assert_array_equal(board.metrics[name].ndcg, expected.ndcg)


def test_the_pieces_in_which_customers_are_served_change_nothing(monkeypatch):
    monkeypatch.setattr(contest, "CELLS", 7 * FOLD.histories.size)
    again = compare(FOLD, FITTED, INTENTS, 4, lambda _: None)
    for intent in INTENTS:
        for name in FITTED:
            np.testing.assert_array_equal(again[intent].lists[name], BOARDS[intent].lists[name])


def test_tiers_of_a_board_are_those_of_its_customers():
    board = BOARDS[DISCOVER]
    assert board.tiers.tolist() == FOLD.histories.tiers[board.customers].tolist()


def test_every_customer_is_served_by_the_one_chosen_for_the_tier():
    board, choice = BOARDS[MIXED], {"low": "popular", "mid": "personal", "high": "popular"}
    served, lists = board.served(choice), board.served_lists(choice)
    for place, (customer, tier) in enumerate(zip(board.customers, board.tiers, strict=True)):
        for metric in PER_CUSTOMER:
            own = getattr(board.metrics[choice[tier]], metric)
            assert getattr(served, metric)[place] == own[place]
        assert lists[customer].tolist() == board.lists[choice[tier]][customer].tolist()


def test_with_nothing_to_find_a_board_is_empty():
    board = compare(nothing_to_find(), FITTED, (AGAIN,), 4, lambda _: None)[AGAIN]
    assert len(board.customers) == len(board.metrics["popular"].ndcg) == 0
    assert board.lists["popular"].shape == (len(FOLD.customers), 4)


def test_a_search_finds_the_variant_that_does_best():
    assert search(FOLD, {"turned": Turned()}, lambda _: None)[0]["turned"] == Turned(sign=1.0)


def test_a_search_without_anything_to_find_keeps_the_defaults():
    found, _ = search(nothing_to_find(), {"turned": Turned()}, lambda _: None)
    assert found["turned"] == Turned()


def test_a_search_for_tiers_takes_what_was_found_for_all():
    both = {"turned": Turned(), "turned:tier": ByTier(each=Turned(), least=7)}
    found, _ = search(FOLD, both, lambda _: None)
    assert found["turned:tier"] == ByTier(each=Turned(sign=1.0), least=7)


def test_each_variant_is_told_of_before_it_is_tried():
    told = []
    search(FOLD, {"popular": Popular(), "turned": Turned()}, told.append)
    assert told == ["turned 1/3", "turned 2/3", "turned 3/3"]


def test_newcomers_are_shown_what_is_popular_and_measured_by_what_they_bought():
    found = newcomers(FOLD, {"popular": FITTED["popular"]}, 4)["popular"]
    truth = FOLD.newcomers.toarray()
    truth = truth[truth.any(axis=1)]
    assert len(truth) > 1
    best = np.argsort(-FITTED["popular"].scores, kind="stable")[:4]
    assert found.recall.tolist() == pytest.approx(truth[:, best].sum(axis=1) / truth.sum(axis=1))


def test_without_newcomers_there_is_nothing_to_measure():
    nobody = replace(FOLD, newcomers=FOLD.newcomers[:0])
    assert len(newcomers(nobody, FITTED, 4)["popular"].ndcg) == 0


@dataclass(frozen=True)
class Costly(Turned):
    """Cannot be trained with one of its parameters."""

    too_much: tuple[float, ...] = ()

    def fit(self, histories):
        if self.sign in self.too_much:
            raise OverBudget("It used 5 seconds.")
        return super().fit(histories)

    def variants(self):
        return tuple(replace(self, sign=sign) for sign in (-1.0, 1.0))


@pytest.mark.parametrize(
    ("too_much", "found", "given_up"),
    [
        ((), 1.0, {}),
        ((1.0,), -1.0, {}),
        ((-1.0, 1.0), -1.0, {"turned": "It used 5 seconds."}),
    ],
)
def test_who_cannot_be_trained_is_given_up_but_for_what_can(too_much, found, given_up):
    costly = Costly(sign=-1.0, too_much=too_much)
    best, why = search(FOLD, {"turned": costly}, lambda _: None)
    assert (best["turned"].sign, why) == (found, given_up)
