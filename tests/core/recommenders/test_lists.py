"""Lists of the best items: by intent, without what must not be listed, filled up with -1."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.ranking import AGAIN, DISCOVER, INTENTS, MIXED, Lists, top_n
from django_clvrec.core.recommenders.lists import lists_by_intent, padded
from django_clvrec.core.recommenders.personal import Personal
from tests.core.recommenders.contract import PLANTED
from tests.core.recommenders.made_up import HISTORIES
from tests.core.recommenders.test_contract import BLENDED


@given(HISTORIES, st.integers(1, 12))
def test_lists_are_the_best_of_what_the_intent_allows(histories, n):
    fitted = Personal().fit(histories)
    scores, bought = fitted.score(histories), histories.bought().toarray() > 0
    for intent, lists in lists_by_intent(fitted, histories, n, INTENTS).items():
        allowed = {DISCOVER: ~bought, AGAIN: bought, MIXED: np.ones_like(bought)}[intent]
        for row, found in enumerate(padded(lists, n)):
            expected = top_n(np.where(allowed[row], scores[row], -np.inf), n)
            assert found[found >= 0].tolist() == expected.tolist()


def test_only_the_intents_asked_for_are_answered():
    histories = PLANTED().histories.take(np.arange(3))
    assert list(lists_by_intent(Personal().fit(histories), histories, 3, (AGAIN,))) == [AGAIN]


def test_a_blend_has_lists_of_its_own_candidates_by_intent():
    histories = PLANTED().histories.take(np.arange(30))
    fitted = BLENDED.fit(PLANTED().histories)
    scores = fitted.score_by_intent(histories, INTENTS)
    for intent, lists in lists_by_intent(fitted, histories, 5, INTENTS).items():
        for row, found in enumerate(padded(lists, 5)):
            assert found[found >= 0].tolist() == top_n(scores[intent][row], 5).tolist()


def test_short_lists_are_filled_up():
    lists = Lists(np.array([2, 0, 1]), np.array([7, 3, 5]), np.zeros(3))
    assert padded(lists, 3).tolist() == [[7, 3, -1], [-1, -1, -1], [5, -1, -1]]
