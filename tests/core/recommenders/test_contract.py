"""Every recommender passes the contract; so can somebody's own."""

import pytest

from django_clvrec.core.ranking import MIXED
from django_clvrec.core.recommenders.als import AlsParameters
from django_clvrec.core.recommenders.contestants import contestants
from django_clvrec.core.recommenders.names import BLEND, NAMES, PARTS
from django_clvrec.core.recommenders.popular import Popular
from tests.core.recommenders.contract import Case, RecommenderContract, put_through
from tests.core.recommenders.learnt_blend import LearntBlend

EVERYONE = contestants(
    popularity_days=28, als=AlsParameters(factors=8, iterations=5), min_tier_customers=50
)
# popularity knows no taste; who only repeats finds nothing new
MEASURES = {
    "popular": {"lift": 1.0},
    "popular:recent": {"lift": 1.0},
    "popular:recent:tier": {"lift": 1.0},
    "personal": {"intent": MIXED, "lift": 2.0},
    BLEND: {"has_own_reasons": False},
}
BLENDED = LearntBlend({name: EVERYONE[name] for name in PARTS})


def test_everyone_but_the_blend_is_put_through_the_contract():
    assert [*EVERYONE, BLEND] == list(NAMES)


@pytest.mark.parametrize("name", NAMES, scope="class")
class TestEveryRecommender(RecommenderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def case(cls, name):
        return Case(EVERYONE.get(name, BLENDED), **MEASURES.get(name, {}))


def test_an_instance_can_be_put_through_it():
    put_through(Popular(), lift=1.0)


def test_popularity_would_not_pass_as_personal():
    with pytest.raises(AssertionError):
        put_through(Popular(), lift=1.6)
