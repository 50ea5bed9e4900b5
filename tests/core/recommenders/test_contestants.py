"""Who competes, and parameters that come back from JSON as they were."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.recommenders.als import AlsParameters
from django_clvrec.core.recommenders.by_tier import ByTier
from django_clvrec.core.recommenders.contestants import contestants, described, restored
from django_clvrec.core.recommenders.names import BLEND, NAMES, PARTS

EVERYONE = contestants(popularity_days=28.0, als=None, min_tier_customers=30)


def through_json(recommender):
    return restored(recommender.name, json.loads(json.dumps(described(recommender))))


def test_all_but_the_blend_compete_the_simplest_first():
    assert list(EVERYONE) == [name for name in NAMES if name != BLEND]
    assert all(name == one.name for name, one in EVERYONE.items())


def test_only_those_asked_for_compete_in_the_same_order():
    asked = contestants(
        popularity_days=28, als=None, min_tier_customers=30, names={"ease", "popular", BLEND}
    )
    assert list(asked) == ["popular", "ease"]


def test_all_parts_of_a_blend_compete():
    assert set(PARTS) <= set(EVERYONE)


@pytest.mark.parametrize("name", EVERYONE)
def test_every_variant_comes_back_from_json_as_it_was(name):
    for variant in EVERYONE[name].variants():
        assert through_json(variant) == variant


@given(
    st.builds(
        AlsParameters,
        factors=st.integers(1, 200),
        regularization=st.floats(0, 10),
        alpha=st.floats(0, 100),
        seed=st.integers(0, 2**31),
    ),
    st.floats(0.5, 1000),
    st.integers(1, 10**6),
)
def test_whatever_is_configured_comes_back_from_json_as_it_was(als, days, least):
    for one in contestants(popularity_days=days, als=als, min_tier_customers=least).values():
        assert through_json(one) == one


def test_given_factorisation_parameters_are_those_of_all_and_of_each_tier():
    given_ones = AlsParameters(factors=3)
    found = contestants(popularity_days=28, als=given_ones, min_tier_customers=30)
    assert found["als"].parameters == given_ones
    assert found["als"].variants() == (found["als"],)
    assert isinstance(found["als:tier"], ByTier)
    assert found["als:tier"].each == found["als"]
