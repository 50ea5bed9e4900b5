"""What recommenders share: reasons in order, and what decides where one has nothing to say."""

import numpy as np
from hypothesis import given

from django_clvrec.core.recommenders.base import strongest, tie_breaker
from tests.core.recommenders.made_up import HISTORIES, histories_of, shares_of_buyers


def test_the_strongest_comes_first_and_what_speaks_against_is_no_reason():
    found = strongest(np.array([0.5, -1.0, 2.0, 0.0]), np.array([10, 11, 12, 13]))
    assert found.tolist() == [12, 10]


def test_on_a_tie_the_order_stays():
    assert strongest(np.array([1.0, 2.0, 1.0]), np.array([5, 6, 7])).tolist() == [6, 5, 7]


def test_nothing_bought_is_no_reason():
    assert len(strongest(np.array([]), np.array([], dtype=np.int64))) == 0


@given(HISTORIES)
def test_ties_are_broken_by_the_share_of_buyers_below_one(histories):
    found = tie_breaker(histories)
    np.testing.assert_allclose(found, shares_of_buyers(histories), rtol=1e-6)
    assert ((found >= 0) & (found < 1)).all()


def test_where_nobody_bought_anything_all_are_tied():
    assert tie_breaker(histories_of([], size=3)).tolist() == [0, 0, 0]
