"""Popularity: equal to a count of buyers by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.recommenders.popular import Popular
from tests.core.recommenders.made_up import HISTORIES, histories_of, shares_of_buyers


def ranked(recommender, histories):
    return np.argsort(-recommender.fit(histories).score(histories)[0], kind="stable").tolist()


@given(HISTORIES)
def test_everybody_is_shown_the_share_of_buyers(histories):
    scores = Popular().fit(histories).score(histories)
    expected = np.tile(shares_of_buyers(histories), (len(histories), 1))
    np.testing.assert_allclose(scores, expected, rtol=1e-6)


@given(HISTORIES, st.sampled_from([0.0, 10.0, 45.0]))
def test_recent_buyers_decide_and_all_buyers_break_ties(histories, days):
    scores = Popular(days=days).fit(histories).score(histories)[0]
    recent = histories.days <= histories.days.min() + days
    pairs = set(zip(histories.owners[recent].tolist(), histories.items[recent], strict=True))
    buyers = np.array([sum(item == i for _, i in pairs) for item in range(histories.size)])
    np.testing.assert_allclose(scores, buyers + shares_of_buyers(histories), rtol=1e-6)


def test_days_are_counted_from_the_last_order_and_include_the_bound():
    histories = histories_of([(0, 5.0), (1, 12.0)], [(1, 12.0), (2, 12.5)], size=3)
    assert ranked(Popular(days=7), histories) == [1, 0, 2]
    assert ranked(Popular(days=6), histories) == [0, 1, 2]


def test_one_customer_who_buys_much_is_one_buyer():
    histories = histories_of([(0, 1.0), (0, 2.0), (0, 3.0)], [(1, 1.0)], [(1, 1.0)], size=2)
    assert ranked(Popular(), histories) == [1, 0]
