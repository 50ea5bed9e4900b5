"""One model per tier: the same as the recommender fitted to the customers of the tier."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.recommenders.als import AlsParameters
from django_clvrec.core.recommenders.by_tier import ByTier
from django_clvrec.core.recommenders.implicit_als import Als
from django_clvrec.core.recommenders.item_knn import ItemKnn
from django_clvrec.core.recommenders.popular import Popular
from tests.core.recommenders.made_up import HISTORIES, histories_of


@given(HISTORIES, st.integers(1, 8))
def test_a_large_tier_has_its_own_model_and_a_small_one_that_of_all(histories, least):
    scores = ByTier(each=Popular(), least=least).fit(histories).score(histories)
    for customer, tier in enumerate(histories.tiers):
        mine = np.flatnonzero(histories.tiers == tier)
        is_own = len(mine) >= least and len(histories.take(mine).items)
        learnt = histories.take(mine) if is_own else histories
        one = histories.take(np.array([customer]))
        np.testing.assert_array_equal(scores[customer], Popular().fit(learnt).score(one)[0])


def test_a_tier_that_it_did_not_learn_has_the_model_of_all():
    histories = histories_of([(0, 1.0)], [(0, 2.0), (1, 1.0)], size=2)
    stranger = histories_of([(1, 1.0)], size=2, tiers=["high"])
    found = ByTier(each=Popular(), least=1).fit(histories).score(stranger)
    np.testing.assert_array_equal(found, Popular().fit(histories).score(stranger))


def test_a_tier_in_which_nobody_bought_an_item_has_the_model_of_all():
    histories = histories_of([(0, 1.0)], [], size=2, tiers=["low", "new"])
    parameters = AlsParameters(factors=2, iterations=2)
    scores = ByTier(each=Als(parameters=parameters), least=1).fit(histories).score(histories)
    assert np.isneginf(scores).tolist() == [[False, True], [False, True]]


def test_what_a_tier_never_bought_is_not_recommended_to_it_by_factors():
    histories = histories_of([(0, 1.0)], [(1, 1.0)], size=2, tiers=["low", "mid"])
    parameters = AlsParameters(factors=2, iterations=2)
    scores = ByTier(each=Als(parameters=parameters), least=1).fit(histories).score(histories)
    assert np.isneginf(scores).tolist() == [[False, True], [True, False]]


def test_reasons_are_those_of_the_tier():
    together = [(0, 1.0), (1, 1.0)]
    histories = histories_of(together, [(0, 1.0), (2, 1.0)], size=3, tiers=["low", "mid"])
    fitted = ByTier(each=ItemKnn(), least=1).fit(histories)
    one = histories_of([(0, 1.0)], size=3, tiers=["low"])
    assert fitted.explain(one, 1).tolist() == [0]
    assert fitted.explain(one, 2).tolist() == []


def test_variants_and_limits_are_those_of_the_recommender():
    one = ByTier(each=ItemKnn(), least=7)
    assert [variant.each for variant in one.variants()] == list(ItemKnn().variants())
    assert {variant.least for variant in one.variants()} == {7}
    assert one.limits(histories_of([], size=20_000)) == ItemKnn().limits(
        histories_of([], size=20_000)
    )
