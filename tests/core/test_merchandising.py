"""The rules of a shop window: what they move, pin, hide and vary."""

from decimal import Decimal
from math import log2

import pytest

from django_clvrec.core.merchandising import BOOST, HIDE, PIN, ShopRule, Traits, Window

KEYS = list("abcdefghij")


def boost(factor=2.0, **fields):
    return ShopRule(action=BOOST, factor=factor, **fields)


def pin(*items, position=1, **fields):
    return ShopRule(action=PIN, items=items, position=position, **fields)


def hide(**fields):
    return ShopRule(action=HIDE, **fields)


def traits_of(keys, category=None, price=None):
    return dict.fromkeys(keys, Traits(category=category, price=price))


def arranged(rules=(), keys=KEYS, n=10, traits=None, most=None, **more):
    """Traits of everything that may be shown; `more` gives some items traits of their own."""
    known = traits_of(keys) | (traits or {}) | more
    return Window(rules=tuple(rules), most_per_category=most).arranged(list(keys), n, known)


def priced(**prices):
    return {key: Traits(price=Decimal(price)) for key, price in prices.items()}


def shelved(**shelves):
    return {key: Traits(category=shelf) for key, shelf in shelves.items()}


# boosts


@pytest.mark.parametrize(("rank", "passes"), [(10, 3), (3, 2), (4, 2), (8, 3), (7, 2), (2, 1)])
def test_a_factor_of_two_brings_an_item_before_the_first_with_half_its_discount(rank, passes):
    """1 / log2(1 + rank): the item stands before all whose discount is below twice its own."""
    found = arranged([boost(items=(KEYS[rank - 1],))])
    place = found.index(KEYS[rank - 1]) + 1
    stays = [r for r in range(1, rank) if 1 / log2(1 + r) >= 2 / log2(1 + rank)]
    assert place == len(stays) + 1
    assert place <= passes


def test_at_rank_10_a_factor_of_two_comes_before_rank_3_and_after_rank_2():
    assert arranged([boost(items=("j",))])[:4] == ["a", "b", "j", "c"]


def test_equal_relevance_keeps_the_order():
    """Rank 3 has half the discount of rank 1."""
    assert arranged([boost(items=("c",))])[:2] == ["a", "c"]


def test_boosts_of_one_item_multiply():
    assert arranged([boost(items=("j",)), boost(items=("j",))])[0] == "j"


def test_a_factor_below_one_moves_down():
    assert arranged([boost(0.5, items=("a",))])[:4] == ["b", "a", "c", "d"]


def test_a_boost_of_everything_changes_nothing():
    assert arranged([boost(7.0)]) == KEYS


def test_boosted_items_keep_their_order_among_themselves():
    found = arranged([boost(50.0, categories=("x",))], **shelved(d="x", g="x", i="x"))
    assert found[:3] == ["d", "g", "i"]


# to what a rule applies


def test_a_category_needs_to_be_one_of_those_named():
    found = arranged([hide(categories=("x", "y"))], keys="abcd", **shelved(a="x", b="y", c="z"))
    assert found == ["c", "d"]


@pytest.mark.parametrize(
    ("bounds", "left"),
    [
        ({"price_from": Decimal(2)}, "ad"),
        ({"price_to": Decimal(2)}, "cd"),
        ({"price_from": Decimal(2), "price_to": Decimal(2)}, "acd"),
        ({"price_from": Decimal(4)}, "abcd"),
        ({"price_from": Decimal(0)}, "d"),
    ],
)
def test_bounds_belong_to_the_band_and_who_has_no_price_is_in_none(bounds, left):
    found = arranged([hide(**bounds)], keys="abcd", **priced(a="1.99", b="2", c="3"))
    assert found == list(left)


def test_of_several_conditions_all_must_hold():
    both = {
        key: Traits(category=shelf, price=Decimal(2)) for key, shelf in [("a", "x"), ("b", "y")]
    }
    rule = hide(items=("a", "b", "c"), categories=("x",), price_to=Decimal(2))
    assert arranged([rule], keys="abc", **both) == ["b", "c"]


def test_a_rule_without_conditions_holds_for_everything():
    assert arranged([hide()]) == []


@pytest.mark.parametrize(
    ("rule", "needs"),
    [
        (boost(items=("a",)), False),
        (boost(categories=("x",)), True),
        (boost(price_from=Decimal(0)), True),
        (boost(price_to=Decimal(0)), True),
    ],
)
def test_traits_are_needed_where_a_condition_asks_for_them(rule, needs):
    assert rule.needs_traits is Window(rules=(rule,)).needs_traits is needs


def test_variety_needs_traits_and_no_rules_none():
    assert Window(most_per_category=2).needs_traits
    assert not Window().needs_traits
    assert Window().is_plain
    assert not Window(most_per_category=2).is_plain


# pins


def test_a_pin_stands_at_its_position():
    assert arranged([pin("g", position=3)]) == list("abgcdefhij")


def test_the_items_of_a_pin_stand_in_its_order():
    assert arranged([pin("g", "b", "e", position=2)]) == list("agbecdfhij")


def test_what_is_pinned_is_shown_whoever_recommends_it():
    found = arranged([pin("new", position=2)], keys="abc", traits=traits_of(["new"]))
    assert found == ["a", "new", "b", "c"]


def test_what_is_pinned_but_not_for_sale_is_not_shown():
    assert arranged([pin("gone", "b")], keys="abc") == ["b", "a", "c"]


def test_a_pin_beyond_the_end_of_a_list_is_its_end():
    assert arranged([pin("a", position=9)], keys="abc") == ["b", "c", "a"]


def test_a_pin_is_stronger_than_a_boost():
    assert arranged([boost(99.0, items=("j",)), pin("c")])[:2] == ["c", "j"]


def test_an_item_that_is_pinned_twice_stands_where_the_first_rule_wants_it():
    assert arranged([pin("c", position=1), pin("c", position=4)], keys="abcde") == list("cabde")


def test_of_two_pins_for_one_position_the_first_rule_has_it():
    assert arranged([pin("e"), pin("d")], keys="abcde") == list("edabc")


def test_a_pin_that_finds_its_position_taken_leaves_the_order_of_the_other_pin_alone():
    assert arranged([pin("e", "d"), pin("c")], keys="abcde") == list("edcab")


def test_a_pin_applies_only_where_its_other_conditions_hold():
    rule = pin("c", "d", price_to=Decimal(2))
    assert arranged([rule], keys="abcd", **priced(c="3", d="1")) == list("dabc")


def test_what_is_pinned_and_not_recommended_needs_its_other_conditions_too():
    dear = {"new": Traits(price=Decimal(9))}
    assert arranged([pin("new", price_to=Decimal(2))], keys="abc", traits=dear) == list("abc")


def test_hidden_beats_pinned():
    assert arranged([pin("c"), hide(items=("c",))], keys="abcd") == list("abd")


def test_pins_are_named_once_in_their_order():
    assert Window(rules=(pin("c", "a"), boost(items=("x",)), pin("a", "b"))).pins() == list("cab")


# variety


def test_at_most_so_many_of_one_category():
    shelves = shelved(a="x", b="x", c="x", d="y", e="y", f="z")
    assert arranged(keys="abcdef", n=4, most=1, **shelves)[:3] == ["a", "d", "f"]


def test_a_list_that_would_be_short_takes_more_of_a_category_the_best_first():
    shelves = shelved(a="x", b="x", c="x", d="y")
    assert arranged(keys="abcd", n=4, most=1, **shelves) == ["a", "d", "b", "c"]


def test_items_without_a_category_are_as_many_as_they_are():
    assert arranged(keys="abcd", n=3, most=1, **shelved(d="x"))[:3] == ["a", "b", "c"]


def test_variety_comes_after_boosts():
    shelves = shelved(a="x", b="x", c="y")
    found = arranged([boost(50.0, items=("b",))], keys="abc", n=2, most=1, **shelves)
    assert found[:2] == ["b", "c"]
