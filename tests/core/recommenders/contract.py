"""What every recommender must do. A subclass says which one; or call `put_through` with yours."""

from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import comb
from typing import Any

import numpy as np
import pytest

from django_clvrec.core.evaluation.metrics import per_customer
from django_clvrec.core.ranking import DISCOVER
from django_clvrec.core.recommenders.base import Recommender
from django_clvrec.core.recommenders.lists import lists_by_intent, padded
from tests.core.recommenders.made_up import NOBODY, histories_of, two_tastes

PLANTED = lru_cache(lambda: two_tastes(SIZE))
K, SIZE = 3, 640
ASKED = 20
"""Customers whose reasons are asked for."""


@dataclass(frozen=True)
class Case:
    """A recommender, and how well it must do on the planted shop."""

    recommender: Recommender
    intent: str = DISCOVER
    lift: float = 1.8
    """Its hit rate over that of chance, at least."""
    has_own_reasons: bool = True
    """Whether what it explains by is what it scores by."""

    @cached_property
    def fitted(self) -> Any:
        return self.recommender.fit(PLANTED().histories)

    @cached_property
    def scores(self) -> Any:
        return self.fitted.score(PLANTED().histories)


def put_through(recommender: Recommender, **floor: Any) -> None:
    """Put a recommender of your own through the whole contract."""
    contract, case = RecommenderContract(), Case(recommender, **floor)
    for name in dir(contract):
        if name.startswith("test_"):
            getattr(contract, name)(case)


class RecommenderContract:
    """Tests over a planted shop of two tastes."""

    @pytest.fixture(scope="class")
    @classmethod
    def case(cls):
        raise AssertionError("say which recommender is to be tested")

    def test_scores_are_customers_by_items_in_single_precision(self, case):
        assert case.scores.shape == (SIZE, 40)
        assert case.scores.dtype == np.float32
        assert not np.isnan(case.scores).any()
        assert not np.isposinf(case.scores).any()

    def test_the_same_histories_give_the_same_scores(self, case):
        again = case.recommender.fit(PLANTED().histories).score(PLANTED().histories)
        np.testing.assert_array_equal(again, case.scores)

    def test_a_customer_has_the_same_scores_alone_and_among_others(self, case):
        some = np.array([7, 2, 100])
        found = case.fitted.score(PLANTED().histories.take(some))
        np.testing.assert_allclose(found, case.scores[some], rtol=1e-3, atol=1e-4)

    def test_customers_that_it_has_not_learnt_from_are_scored(self, case):
        strangers = two_tastes(30, seed=8).histories
        found = case.fitted.score(strangers)
        assert found.shape == (30, 40)
        assert np.isfinite(found).any(axis=1).all()

    def test_customers_without_history_are_scored(self, case):
        found = case.fitted.score(histories_of([], [(3, 1.0)], [], size=40))
        assert np.isfinite(found).any(axis=1).all()
        np.testing.assert_array_equal(found[0], found[2])

    def test_no_customers_have_no_scores(self, case):
        assert case.fitted.score(PLANTED().histories.take(NOBODY)).shape == (0, 40)

    def test_what_it_learns_from_and_scores_stays_as_it_is(self, case):
        few = PLANTED().histories.take(np.arange(200))
        given = deepcopy(few)
        case.recommender.fit(given).score(given)
        case.fitted.explain(given.take(np.array([0])), 1)
        for name, value in vars(few).items():
            np.testing.assert_array_equal(getattr(given, name), value, err_msg=name)

    def test_its_scores_may_be_overwritten(self, case):
        """Lists are made in the array of the scores, to save memory."""
        some = PLANTED().histories.take(np.arange(5))
        first = case.fitted.score(some)
        kept = first.copy()
        first[:] = -np.inf
        np.testing.assert_array_equal(case.fitted.score(some), kept)

    def test_reasons_are_items_that_the_customer_bought_each_one_once(self, case):
        for customer in range(ASKED):
            one = PLANTED().histories.take(np.array([customer]))
            for item in range(0, 40, 3):
                reasons = case.fitted.explain(one, item).tolist()
                assert set(reasons) <= set(one.items.tolist())
                assert len(reasons) == len(set(reasons))

    def test_who_bought_nothing_is_given_no_reason(self, case):
        assert len(case.fitted.explain(histories_of([], size=40), 1)) == 0

    def test_the_strongest_reason_comes_first(self, case):
        """Without it an item loses more than without the last one."""
        first, last = [], []
        for customer in range(ASKED if case.has_own_reasons else 0):
            one = PLANTED().histories.take(np.array([customer]))
            item = int(case.scores[customer].argmax())
            reasons = case.fitted.explain(one, item)
            if len(reasons):
                first.append(loss(case, one, item, reasons[0]))
                last.append(loss(case, one, item, reasons[-1]))
        if first:
            assert np.mean(first) > 0
            assert np.mean(first) >= np.mean(last)

    def test_variants_begin_with_the_default_and_keep_the_name(self, case):
        variants = case.recommender.variants()
        assert variants[0].name == case.recommender.name
        assert {one.name for one in variants} == {case.recommender.name}
        assert len(set(map(repr, variants))) == len(variants)

    def test_a_small_shop_is_within_its_limits(self, case):
        assert case.recommender.limits(PLANTED().histories) == ""

    def test_what_was_withheld_is_found_more_often_than_by_chance(self, case):
        assert hit_rate(case) >= case.lift * chance(case.intent)


def loss(case, one, item, without):
    """What the score of the item loses when another one was never bought."""
    events = zip(one.items.tolist(), one.days.tolist(), strict=True)
    rest = [event for event in events if event[0] != without]
    other = histories_of(rest, size=one.size, orders=one.orders, tiers=one.tiers.tolist())
    return float(case.fitted.score(one)[0, item] - case.fitted.score(other)[0, item])


def to_find(intent):
    before, truth = PLANTED().histories.bought().toarray() > 0, PLANTED().truth.toarray()
    return np.where(before, 0, truth) if intent == DISCOVER else truth


def hit_rate(case):
    planted = PLANTED()
    lists = lists_by_intent(case.fitted, planted.histories, K, (case.intent,))[case.intent]
    truth = type(planted.truth)(to_find(case.intent))
    return per_customer(padded(lists, K), truth).hit.mean()


def chance(intent):
    """The hit rate of K items drawn from those that may be listed."""
    before = PLANTED().histories.bought().toarray().sum(axis=1)
    allowed = (40 - before if intent == DISCOVER else np.full(len(before), 40)).astype(int)
    wanted = to_find(intent).sum(axis=1).astype(int)
    missed = [comb(n - w, K) / comb(n, K) for n, w in zip(allowed, wanted, strict=True)]
    return 1 - np.mean(missed)
