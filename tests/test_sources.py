"""Purchase sources: the registry, and from keys back to objects."""

import datetime as dt
import uuid

import pytest
from django.db import models
from django.db.models import F
from django.db.models.functions import Upper
from django.test.utils import isolate_apps

from django_clvrec.exceptions import NameTaken, NoSource, UnknownLevel
from django_clvrec.sources import (
    PurchasedItem,
    PurchaseSource,
    get_source,
    register,
    registered,
    registry,
    related_model,
)
from tests.corner_shop.clvrec import CornerShop
from tests.corner_shop.models import Category, Customer, Line, Order, Product

TOO_LARGE = str(10**30)


@pytest.fixture
def empty_registry(monkeypatch):
    monkeypatch.setattr(registry, "_registry", {})


@pytest.fixture
def corner():
    return get_source("corner")


def test_the_sources_of_all_apps_are_found_in_the_order_of_the_apps():
    assert list(registered()) == ["ShopPurchases", "corner"]


def test_without_a_name_the_first_source_is_meant():
    assert get_source().name == "ShopPurchases"


def test_a_source_is_found_by_its_name(corner):
    assert isinstance(corner, CornerShop)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(NoSource) as caught:
        get_source("kiosk")
    message = "No purchase source is called 'kiosk'; there is ShopPurchases, corner."
    assert str(caught.value) == message


@pytest.mark.parametrize("name", [None, "corner"])
def test_without_any_source_it_is_told_where_to_write_one(empty_registry, name):
    with pytest.raises(NoSource, match="No purchase source is registered"):
        get_source(name)


def test_a_source_without_a_name_is_called_like_its_class(empty_registry):
    @register
    class Kiosk(PurchaseSource):
        pass

    assert list(registered()) == ["Kiosk"]
    assert get_source("Kiosk").name == "Kiosk"
    assert Kiosk is type(get_source())


def test_two_sources_of_the_same_name_are_refused(empty_registry):
    register(type("Kiosk", (PurchaseSource,), {"name": "one"}))
    with pytest.raises(NameTaken, match=r"'one': .*Kiosk and .*Stall"):
        register(type("Stall", (PurchaseSource,), {"name": "one"}))


def test_a_source_that_is_loaded_again_takes_its_own_place(empty_registry):
    register(type("Kiosk", (PurchaseSource,), {}))
    again = register(type("Kiosk", (PurchaseSource,), {}))
    assert [type(source) for source in registered().values()] == [again]


def test_a_source_made_from_another_does_not_take_its_place(empty_registry):
    kiosk = register(type("Kiosk", (PurchaseSource,), {}))
    register(type("NightKiosk", (kiosk,), {}))
    assert list(registered()) == ["Kiosk", "NightKiosk"]


def test_what_is_done_to_the_list_of_sources_does_not_change_the_registry():
    registered().clear()
    assert registered()


@pytest.mark.parametrize(
    ("lookup", "model"),
    [
        ("product_id", Product),
        ("product", Product),
        ("product__pk", Product),
        ("product__sku", Product),
        ("product__category_id", Category),
        ("product__category", Category),
        ("product__category__id", Category),
        ("order__customer_id", Customer),
        ("order__customer__pk", Customer),
        ("order_id", Order),
        ("product__brand", None),
        ("product__category__name", None),
        ("quantity", None),
        ("pk", None),
        ("id", None),
        ("order__placed_at__year", None),
        ("nowhere__id", None),
        (F("product_id"), Product),
        (Upper("product_id"), None),
    ],
)
def test_a_lookup_that_is_a_key_leads_to_its_model(lookup, model):
    assert related_model(Line, lookup) is model


@pytest.mark.parametrize("lookup", ["line__product_id", "line__product__category_id"])
def test_a_lookup_may_go_backwards(lookup):
    assert related_model(Order, lookup) is (Category if "category" in lookup else Product)


@isolate_apps("tests.corner_shop")
def test_a_foreign_key_to_something_else_than_the_primary_key_is_a_plain_value():
    class Colour(models.Model):
        code = models.CharField(max_length=9, unique=True)

        class Meta:
            app_label = "corner_shop"

    class Shirt(models.Model):
        colour = models.ForeignKey(Colour, models.CASCADE, to_field="code")

        class Meta:
            app_label = "corner_shop"

    assert related_model(Shirt, "colour_id") is None
    assert related_model(Shirt, "colour__pk") is Colour


def test_items_come_by_key_in_one_query(corner, stock, django_assert_num_queries):
    apple, pear = stock.product("apple"), stock.product("pear")
    with django_assert_num_queries(1):
        found = corner.items_in_bulk("product", ["pear", "plum", "apple"])
    assert found == {"pear": pear, "apple": apple}


def test_items_with_numbers_as_keys_are_found_by_their_keys_as_strings(corner, stock):
    shelf = stock.product("apple", "fruit").category
    assert corner.items_in_bulk("category", [str(shelf.pk)]) == {str(shelf.pk): shelf}


@pytest.mark.parametrize("key", ["fruit", "", "1.5", TOO_LARGE, "-" + TOO_LARGE])
def test_a_key_that_cannot_be_one_is_left_out(corner, stock, key):
    shelf = stock.product("apple", "fruit").category
    assert corner.items_in_bulk("category", [key, str(shelf.pk)]) == {str(shelf.pk): shelf}


def test_items_that_are_plain_values_stand_for_themselves(corner, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        found = corner.items_in_bulk("brand", (brand for brand in ("Acme", "Bolt")))
    assert found == {"Acme": "Acme", "Bolt": "Bolt"}


def test_no_keys_need_no_query(corner, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert corner.items_in_bulk("product", []) == {}


@pytest.mark.parametrize(
    "ask", [lambda s: s.items_in_bulk("shelf", []), lambda s: s.purchases_of("1", "shelf")]
)
def test_an_unknown_level_is_answered_with_the_known_ones(corner, ask):
    with pytest.raises(UnknownLevel) as caught:
        ask(corner)
    message = "corner has no level 'shelf'; it has category, product, brand."
    assert str(caught.value) == message


def test_customers_come_by_key_in_one_query(corner, stock, django_assert_num_queries):
    ann, bob = stock.customer("ann"), stock.customer("bob")
    keys = [str(bob.pk), str(uuid.uuid4()), "nobody", str(ann.pk)]
    with django_assert_num_queries(1):
        assert corner.customers_in_bulk(keys) == {str(ann.pk): ann, str(bob.pk): bob}


def test_what_a_customer_bought_comes_the_last_bought_first(
    corner, stock, as_of, django_assert_num_queries
):
    ann = stock.customer("ann")
    stock.bought(ann, "apple", "apple", "pear", days_ago=9)
    stock.bought(ann, "apple", days_ago=2)
    stock.bought(stock.customer("bob"), "plum")
    with django_assert_num_queries(1):
        bought = corner.purchases_of(str(ann.pk), "product")
    assert bought == [
        PurchasedItem(key="apple", orders=2, last_at=as_of - dt.timedelta(days=2)),
        PurchasedItem(key="pear", orders=1, last_at=as_of - dt.timedelta(days=9)),
    ]


def test_items_bought_at_the_same_time_come_in_the_order_of_their_keys(corner, stock):
    ann = stock.customer()
    stock.bought(ann, "pear", "apple", "plum")
    assert [i.key for i in corner.purchases_of(str(ann.pk), "product")] == ["apple", "pear", "plum"]


def test_lines_without_an_item_at_the_level_are_left_out(corner, stock):
    ann = stock.customer()
    stock.product("apple", category=None)
    stock.bought(ann, "apple", "pear")
    shelf = stock.product("pear").category
    assert [i.key for i in corner.purchases_of(str(ann.pk), "category")] == [str(shelf.pk)]


def test_what_was_not_paid_was_not_bought(corner, stock):
    ann = stock.customer()
    stock.line(stock.order(ann, is_paid=False), "apple")
    assert corner.purchases_of(str(ann.pk), "product") == []


def test_what_was_paid_back_was_not_bought(corner, stock):
    ann = stock.customer()
    stock.line(stock.order(ann), "apple", is_refunded=True)
    assert corner.purchases_of(str(ann.pk), "product") == []


@pytest.mark.parametrize("price", [None, "0", "-1"])
def test_what_brought_nothing_in_was_not_bought(corner, stock, price):
    ann = stock.customer()
    stock.line(stock.order(ann), "apple", price)
    assert corner.purchases_of(str(ann.pk), "product") == []


def test_an_item_without_a_name_is_no_item(corner, stock):
    ann = stock.customer()
    stock.product("apple", brand="")
    stock.bought(ann, "apple")
    assert corner.purchases_of(str(ann.pk), "brand") == []


@pytest.mark.parametrize("name", ["corner", "ShopPurchases"])
@pytest.mark.parametrize("key", ["", "nobody", "1.5", TOO_LARGE, str(uuid.UUID(int=7))])
def test_a_key_that_cannot_be_one_is_the_key_of_nobody(db, name, key):
    assert get_source(name).purchases_of(key, "product") == []


def test_a_source_serves_no_old_result(corner, stock):
    assert list(corner.rows()) == []
    stock.bought(stock.customer(), "apple")
    assert len(corner.rows()) == 1


def test_every_lookup_is_named_by_the_attribute_that_holds_it(corner):
    assert list(corner.fields()) == [
        "customer",
        "order",
        "purchased_at",
        "revenue",
        "items['category']",
        "items['product']",
        "items['brand']",
        "rating",
        "refund",
    ]
