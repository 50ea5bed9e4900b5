"""Items that go with others, as they are shown on a page or beside a basket."""

import pytest
from django.db.models.functions import Upper
from django.utils import timezone

from django_clvrec import pipeline
from django_clvrec.exceptions import UnknownLevel
from django_clvrec.serving import every_related, related, relatives
from django_clvrec.templatetags.clvrec import keys_of
from example_shop.shop.clvrec import ShopPurchases
from tests.corner_shop.models import Product
from tests.open_shop import OpenShop
from tests.policies import NotGone
from tests.shelf import Shelf
from tests.stock import Stock

pytestmark = pytest.mark.django_db


@pytest.fixture
def stock(db):
    return Stock(timezone.now())


@pytest.fixture
def kitchen(stock):
    """Tea is bought with milk, and most often with sugar; who buys tea buys cups another day."""
    for number in range(6):
        ann = stock.customer(str(number))
        stock.bought(ann, "tea", *["milk"] * (number < 4), "sugar", days_ago=20 + number)
        stock.bought(ann, "cup", days_ago=9 + number)
    for number in range(4):
        stock.bought(stock.customer(f"b{number}"), "nail", "hammer", days_ago=3 + number)
    pipeline.refresh("corner", engine="local", as_of=stock.as_of)
    return stock


def ask(*items, level="product", n=10, relation="together", **more):
    return related(items, level, n, relation, source="corner", **more)


def keys(*items, **more):
    return [item.key for item in ask(*items, **more)]


def test_what_is_bought_together_comes_first_then_what_the_same_customers_buy(kitchen):
    assert keys("tea") == ["sugar", "milk", "cup"]


def test_also_asks_for_what_the_same_customers_buy_whenever(kitchen):
    assert {*keys("cup", relation="also")} == {"tea", "sugar", "milk"}
    assert keys("cup") == keys("cup", relation="also")


def test_what_is_never_bought_with_it_is_not_related(kitchen):
    assert keys("nail") == ["hammer"]


@pytest.mark.parametrize("relation", ["together", "also"])
def test_no_item_goes_with_itself(kitchen, relation):
    for sku in ("tea", "milk", "sugar", "cup", "nail"):
        assert sku not in keys(sku, relation=relation)


def test_a_basket_is_left_out_of_what_goes_with_it(kitchen):
    assert {*keys("tea", "sugar", "nail")} == {"milk", "cup", "hammer"}


def test_in_a_basket_each_names_what_it_goes_with(kitchen):
    because = {item.key: item.because for item in ask("tea", "nail")}
    assert because == {"sugar": "tea", "milk": "tea", "cup": "tea", "hammer": "nail"}


def test_the_named_items_come_as_objects_too(kitchen):
    named = {item.key: item.because_object for item in ask("tea", "nail", with_objects=True)}
    assert named["hammer"] == Product(pk="nail")
    assert named["milk"] == Product(pk="tea")


def test_objects_come_with_the_items(kitchen):
    answer = ask("tea", with_objects=True)
    assert [item.object.pk for item in answer] == [item.key for item in answer]


def test_what_is_excluded_is_not_shown(kitchen):
    assert keys("tea", exclude=["sugar"]) == ["milk", "cup"]


def test_n_cuts_the_list(kitchen):
    assert keys("tea", n=1) == ["sugar"]


def test_ranks_begin_at_one_and_scores_fall_within_a_relation(kitchen):
    answer = ask("tea", relation="also")
    assert [item.rank for item in answer] == [1, 2, 3]
    scores = [item.score for item in answer]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("gone", ["sugar", "milk", "cup"])
def test_what_cannot_be_sold_is_not_shown(kitchen, settings, gone):
    settings.CLVREC = settings.CLVREC | {"POLICY": f"{NotGone.__module__}.NotGone"}
    Product.objects.filter(pk=gone).update(brand="gone")
    assert keys("tea") == [sku for sku in ["sugar", "milk", "cup"] if sku != gone]


def test_what_goes_with_an_item_that_is_sold_no_more_is_still_known(kitchen, settings):
    settings.CLVREC = settings.CLVREC | {"POLICY": f"{NotGone.__module__}.NotGone"}
    Product.objects.filter(pk="tea").update(brand="gone")
    assert keys("tea") == ["sugar", "milk", "cup"]


@pytest.mark.parametrize("items", [(), ("a stranger",)])
def test_what_nothing_is_known_of_has_no_relatives_and_says_so(kitchen, items):
    answer = ask(*items)
    assert (len(answer), answer.source) == (0, "none")
    assert answer.reason


def test_an_item_that_is_not_known_does_not_spoil_a_basket(kitchen):
    assert keys("tea", "a stranger") == ["sugar", "milk", "cup"]


def test_a_list_is_not_filled_up_with_what_is_not_related(kitchen):
    kitchen.product("brand new")
    assert "brand new" not in keys("tea", n=20)


def test_rules_hold_for_related_items_too(kitchen, settings):
    hide = {"level": "product", "action": "hide", "items": ["sugar"]}
    pin = {"level": "product", "action": "pin", "items": ["cup"]}
    settings.CLVREC = settings.CLVREC | {"RULES": [hide, pin]}
    assert keys("tea") == ["cup", "milk"]


def test_related_items_are_found_at_every_level(kitchen):
    Product.objects.update(brand=Upper("pk"))
    pipeline.refresh("corner", engine="local", as_of=kitchen.as_of)
    assert keys("TEA", level="brand") == ["SUGAR", "MILK", "CUP"]


def test_before_the_first_refresh_nothing_is_related():
    answer = ask("tea")
    assert (len(answer), answer.source, answer.snapshot_id) == (0, "none", 0)


def test_a_snapshot_that_kept_no_neighbours_has_no_relatives():
    Shelf("corner")
    assert ask("tea").source == "none"


def test_an_unknown_relation_is_refused_with_those_there_are(db):
    with pytest.raises(ValueError, match="'beside'; use together or also"):
        ask("tea", relation="beside")


def test_an_unknown_level_is_refused(db):
    with pytest.raises(UnknownLevel):
        ask("tea", level="shelf")


@pytest.mark.parametrize("n", [0, -1])
def test_n_below_one_is_refused(db, n):
    with pytest.raises(ValueError, match="at least 1"):
        ask("tea", n=n)


def test_in_a_shop_of_two_tastes_items_go_with_those_of_their_own():
    OpenShop().refresh()
    for sku in ("p03", "p08", "p15", "p20"):
        found = keys(sku, n=5)
        assert len(found) == 5
        assert {key < "p12" for key in found} == {sku < "p12"}


def test_a_tag_asks_the_source_under_which_key_an_object_counts(monkeypatch):
    monkeypatch.setattr(
        ShopPurchases, "key_of", lambda _, level, item: f"{level}-{item.removesuffix(' small')}"
    )
    assert keys_of("shirt small") == ["category-shirt"]
    assert keys_of(["shirt small", "tie", "shirt"], "product") == ["product-shirt", "product-tie"]


def every(**more):
    return dict(every_related("product", source="corner", **more))


def test_what_goes_with_every_item_is_what_is_answered_for_each(kitchen):
    names = ("tea", "milk", "sugar", "cup", "nail", "hammer")
    found = [str(kitchen.product(name).pk) for name in names]
    assert every() == {key: keys(key) for key in found}
    assert every(n=1) == {key: keys(key, n=1) for key in found}


def test_what_is_not_for_sale_goes_with_nothing(kitchen, settings):
    settings.CLVREC = {**settings.CLVREC, "POLICY": "tests.policies.NotGone"}
    tea, sugar = str(kitchen.product("tea").pk), str(kitchen.product("sugar").pk)
    Product.objects.filter(pk=sugar).update(brand="gone")
    found = every()
    assert found[tea]
    assert all(sugar not in near for near in found.values())


def test_all_items_of_a_small_shop_take_one_query_of_the_policy(
    kitchen, django_assert_max_num_queries
):
    every()
    with django_assert_max_num_queries(3):
        every()


def test_nothing_goes_with_anything_before_something_is_published(stock):
    assert every() == {}


def test_each_item_is_asked_of_the_policy_once_however_many_it_goes_with(
    kitchen, settings, monkeypatch
):
    settings.CLVREC = {**settings.CLVREC, "POLICY": "tests.policies.NotGone"}
    asked = []
    found = NotGone.sellable

    def noted(self, source, level, keys):
        asked.extend(keys)
        return found(self, source, level, keys)

    monkeypatch.setattr(NotGone, "sellable", noted)
    monkeypatch.setattr(relatives, "AT_ONCE", 1)
    assert len(every()) == 6
    assert len(asked) == len({*asked}) == 6


def test_rules_of_the_shop_window_hold_for_what_goes_with_every_item(kitchen, settings):
    tea, sugar = str(kitchen.product("tea").pk), str(kitchen.product("sugar").pk)
    rule = {"level": "product", "action": "hide", "items": [sugar]}
    settings.CLVREC = {**settings.CLVREC, "RULES": [rule]}
    found = every()
    assert found[tea] == keys(tea)
    assert sugar not in found[tea]
