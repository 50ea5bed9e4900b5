"""Own frequency: equal to a dictionary of counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.recommenders.personal import Personal
from tests.core.recommenders.made_up import HISTORIES, histories_of, shares_of_buyers


def counts(histories, customer, half_life):
    found = {}
    for event in range(histories.starts[customer], histories.starts[customer + 1]):
        item, days = int(histories.items[event]), float(histories.days[event])
        weight = 1.0 if half_life is None else max(0.5 ** (days / half_life), 1e-6)
        found[item] = found.get(item, 0.0) + weight
    return found


@given(HISTORIES, st.sampled_from([None, 40.0, 360.0]))
def test_own_items_score_by_their_orders_and_the_others_by_their_buyers(histories, half_life):
    scores = Personal(half_life_days=half_life).fit(histories).score(histories)
    others = shares_of_buyers(histories)
    for customer, row in enumerate(scores):
        own = counts(histories, customer, half_life)
        expected = [
            1 + own[item] + others[item] / 1000 if item in own else others[item]
            for item in range(histories.size)
        ]
        np.testing.assert_allclose(row, expected, rtol=1e-5)


@given(HISTORIES)
def test_whatever_was_bought_comes_before_whatever_was_not(histories):
    scores = Personal(half_life_days=1.0).fit(histories).score(histories)
    bought = histories.bought().toarray() > 0
    assert scores[bought].min() > scores[~bought].max(initial=0)


@pytest.mark.parametrize(("half_life", "first"), [(None, 0), (10.0, 1)])
def test_with_a_half_life_one_order_of_today_is_more_than_two_of_long_ago(half_life, first):
    histories = histories_of([(0, 90.0), (0, 80.0), (1, 0.0)], size=2)
    scores = Personal(half_life_days=half_life).fit(histories).score(histories)
    assert scores[0].argmax() == first


def test_an_own_item_is_its_own_reason_and_another_has_none():
    histories = histories_of([(0, 1.0)], size=2)
    fitted = Personal().fit(histories)
    assert fitted.explain(histories, 0).tolist() == [0]
    assert fitted.explain(histories, 1).tolist() == []
