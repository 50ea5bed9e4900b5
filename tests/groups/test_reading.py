"""Conditions from parameters and from saved groups; what is wrong is said in words."""

from decimal import Decimal

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.exceptions import BadGroup, UnknownGroup
from django_clvrec.groups import Conditions, Population, conditions_of, group_named
from django_clvrec.groups.form import read
from django_clvrec.models import CustomerGroup
from tests.shelf import Shelf


def faults(query, **facts):
    return read(QueryDict(query), **facts).faults


def test_parameters_become_conditions():
    asked = read(QueryDict("tier=high&tier=mid&segment=at_risk&clv_from=10.5&value_to=7&q=12"))
    assert asked.conditions == Conditions(
        tier=("high", "mid"), segment=("at_risk",), clv_from=10.5, value_to=Decimal(7), q="12"
    )


def test_nothing_asked_is_everyone():
    assert read(QueryDict("tier=&score_from=&bought=&q=+")).conditions == Conditions()


def test_names_that_mean_nothing_are_told():
    asked = read(QueryDict("tier__exact=high&order=clv"), known=("order",))
    assert asked.unknown == ("tier__exact",)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("tier=gold", "Tier: Select a valid choice"),
        ("score_to=10", "Overall score to: Ensure this value is less than or equal to 9."),
        ("recency_from=-1", "greater than or equal to 0"),
        ("orders_to=99999999999", "less than or equal to 2147483647"),
        ("clv_from=nan", "Lifetime value from: Enter a number."),
        ("clv_from=inf", "Enter a number."),
        ("value_from=1e40", "no more than"),
        ("recency_from=9&recency_to=3", "to: It is below the lower bound."),
        ("q=%00", "Null characters are not allowed."),
        ("segment=%00", "Null characters are not allowed."),
        ("segment=" + "x" * 51, "Segment: Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_with_the_name_of_the_field(query, told):
    asked = read(QueryDict(query))
    assert told in " ".join(asked.faults)
    assert asked.conditions is None


@pytest.mark.parametrize("wish", ["12", "brand:12", "category:", ":12"])
def test_a_purchase_needs_a_level_and_a_key(wish):
    (fault,) = faults(f"bought={wish}", levels=("category", "product"))
    assert fault == (
        "Has bought: Write a level and the key of an item, such as category:12. "
        "Levels are category, product."
    )


def test_where_purchases_cannot_be_asked_it_is_said_why():
    assert faults("bought=category:1", why_not="They are elsewhere.") == [
        "Has bought: They are elsewhere."
    ]


@given(
    st.builds(
        Conditions,
        tier=st.sampled_from([(), ("high",), ("new", "low")]),
        score_to=st.none() | st.integers(0, 9),
        clv_from=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        value_to=st.none() | st.decimals(-(10**9), 10**9, places=4),
        q=st.sampled_from(["", "17"]),
    )
)
def test_what_is_saved_is_read_as_it_was(asked):
    assert read(asked.parameters()).conditions == asked


def test_a_condition_is_taken_away():
    asked = Conditions(tier=("high", "mid"), clv_from=1.0, clv_to=2.0, q="1")
    assert asked.without("tier", "mid").tier == ("high",)
    assert asked.without("clv") == Conditions(tier=("high", "mid"), q="1")
    assert asked.without("q").q == ""


# saved groups


def saved(conditions, source="corner"):
    return CustomerGroup.objects.create(name="mine", source=source, conditions=conditions)


def test_a_saved_group_is_read_on_its_own_source(db):
    group, population = saved({"tier": ["high"], "recency_from": 90}), Population("corner", None)
    assert conditions_of(population, group) == Conditions(tier=("high",), recency_from=90)


def test_a_saved_group_of_another_source_is_refused(db):
    with pytest.raises(BadGroup, match="“mine” is a group of ShopPurchases"):
        conditions_of(Population("corner", None), saved({}, "ShopPurchases"))


def test_a_saved_condition_that_means_nothing_any_more_is_no_larger_group(db):
    with pytest.raises(BadGroup, match="There is no condition “colour”"):
        conditions_of(Population("corner", None), saved({"colour": "red"}))


def test_a_segment_that_is_gone_is_an_empty_group(db):
    shelf = Shelf("corner")
    shelf.score("ann", segment="loyal")
    population = Population("corner", shelf.snapshot)
    asked = conditions_of(population, saved({"segment": ["gone"]}))
    assert not population.queryset(asked).exists()


def test_an_unknown_group_is_told(db):
    with pytest.raises(UnknownGroup, match="No saved group of corner is called 'mine'"):
        group_named("mine", "corner")
