"""Laws of a shop window: whatever the rules are."""

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.merchandising import BOOST, HIDE, PIN, ShopRule, Traits, Window
from tests.core.test_merchandising import KEYS, boost, pin, traits_of

SHELVES = "xyz"

TRAITS = st.builds(
    Traits,
    category=st.sampled_from([None, *SHELVES]),
    price=st.sampled_from([None, *map(Decimal, ("0", "1.5", "2", "9"))]),
)
KNOWN = st.fixed_dictionaries(dict.fromkeys(KEYS, TRAITS))
SOME = st.lists(st.sampled_from(KEYS), max_size=4, unique=True)
ORDER = st.lists(st.sampled_from(KEYS), unique=True)
BAND = {
    "categories": st.frozensets(st.sampled_from(SHELVES), max_size=2),
    "price_from": st.sampled_from([None, Decimal("1.5")]),
    "price_to": st.sampled_from([None, Decimal(2)]),
}
RULE = st.builds(
    ShopRule,
    action=st.sampled_from([BOOST, PIN, HIDE]),
    items=SOME.map(tuple),
    factor=st.sampled_from([0.25, 1.0, 2.0, 50.0]),
    position=st.integers(1, 12),
    **BAND,
)
RULES = st.lists(RULE, max_size=4).map(tuple)
N, MOST = st.integers(1, 12), st.one_of(st.none(), st.integers(1, 3))


@given(ORDER, KNOWN, RULES, N, MOST)
def test_nothing_hidden_is_ever_shown(keys, known, rules, n, most):
    found = Window(rules=rules, most_per_category=most).arranged(keys, n, known)
    hidden = [rule for rule in rules if rule.action == HIDE]
    assert not [key for key in found for rule in hidden if rule.applies(key, known[key])]


@given(ORDER, KNOWN, RULES, N, MOST)
def test_nothing_is_lost_or_doubled(keys, known, rules, n, most):
    window = Window(rules=rules, most_per_category=most)
    found = window.arranged(keys, n, known)
    hidden = {
        key
        for key in KEYS
        for rule in rules
        if rule.action == HIDE and rule.applies(key, known[key])
    }
    pinned = {
        key
        for rule in rules
        if rule.action == PIN
        for key in rule.items
        if rule.applies(key, known[key])
    }
    assert len(found) == len({*found})
    assert {*found} == ({*keys} | pinned) - hidden


@given(ORDER, KNOWN, N)
def test_without_rules_the_order_stays(keys, known, n):
    assert Window().arranged(keys, n, known) == keys


@given(ORDER, KNOWN, RULES, N, MOST)
def test_the_same_again_gives_the_same(keys, known, rules, n, most):
    window = Window(rules=rules, most_per_category=most)
    assert window.arranged(keys, n, known) == window.arranged(keys, n, known)


@given(ORDER, KNOWN, st.floats(0.01, 100), st.sampled_from(SHELVES))
def test_a_boost_never_changes_the_order_of_those_it_applies_to_or_of_the_others(
    keys, known, factor, shelf
):
    found = Window(rules=(boost(factor, categories=(shelf,)),)).arranged(keys, 10, known)
    for is_boosted in (True, False):
        some = [key for key in keys if (known[key].category == shelf) is is_boosted]
        assert [key for key in found if key in some] == some


@given(st.permutations(KEYS), st.sampled_from(KEYS), st.floats(1, 100), st.floats(1, 3))
def test_a_larger_factor_never_stands_lower(keys, key, factor, more):
    places = [
        Window(rules=(boost(one, items=(key,)),)).arranged(keys, 10, {}).index(key)
        for one in (factor, factor * more)
    ]
    assert places[1] <= places[0] <= keys.index(key)


@given(st.permutations(KEYS), SOME, st.integers(1, 12))
def test_pins_stand_from_their_position_on_or_at_the_end(keys, items, position):
    found = Window(rules=(pin(*items, position=position),)).arranged(keys, 10, traits_of(KEYS))
    first = min(position - 1, len(KEYS) - len(items))
    assert found[first : first + len(items)] == items


@given(st.permutations(KEYS), KNOWN, N, st.integers(1, 3))
def test_the_cap_holds_wherever_it_can(keys, known, n, most):
    found = Window(most_per_category=most).arranged(keys, n, known)[:n]
    counts = Counter(known[key].category for key in keys if known[key].category)
    free = len(keys) - sum(counts.values())
    possible = free + sum(min(count, most) for count in counts.values())
    shown = Counter(known[key].category for key in found if known[key].category)
    assert len(found) == min(n, len(keys))
    if possible >= n:
        assert max(shown.values(), default=0) <= most
    else:
        assert all(shown[one] >= min(count, most) for one, count in counts.items())


@given(st.permutations(KEYS), KNOWN, N, st.integers(1, 3))
def test_what_the_cap_leaves_out_has_better_ones_of_its_category_in_the_list(keys, known, n, most):
    found = Window(most_per_category=most).arranged(keys, n, known)[:n]
    for key in {*keys[:n]} - {*found}:
        same = [other for other in found if known[other].category == known[key].category]
        assert len([other for other in same if keys.index(other) < keys.index(key)]) >= most
