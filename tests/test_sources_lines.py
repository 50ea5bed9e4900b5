"""The lines of one customer, and keys of what there is: what serving asks a source."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db.models import DateField, F
from django.db.models.functions import Cast, Coalesce, TruncDate
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from django_clvrec.sources import PurchasedLine, get_source, objects_in_bulk
from django_clvrec.sources import base as sources_base
from tests.conftest import AS_OF
from tests.corner_shop.clvrec import CornerShop
from tests.corner_shop.models import Customer, Order, Product
from tests.stock import Stock

TOO_LARGE = str(10**30)


class ByDate(CornerShop):
    """The same shop, which knows the day of an order only. It is not registered."""

    purchased_at = TruncDate("order__placed_at")


class ByCast(CornerShop):
    purchased_at = Cast("order__placed_at", DateField())


@pytest.fixture
def corner():
    return get_source("corner")


def skus(lines):
    return [line.items["product"] for line in lines]


def test_a_line_says_which_order_when_what_and_what_it_brought_in(corner, stock, as_of):
    ann = stock.customer()
    apple = stock.product("apple", "fruit", "Acme")
    order = stock.order(ann, days_ago=2)
    stock.line(order, "apple", "2.50", quantity=3)
    assert corner.lines_of(str(ann.pk)) == [
        PurchasedLine(
            order=str(order.pk),
            at=as_of - dt.timedelta(days=2),
            revenue=Decimal("7.50"),
            items={"category": str(apple.category_id), "product": "apple", "brand": "Acme"},
        )
    ]


def test_the_last_bought_comes_first_and_lines_of_an_order_in_their_order(corner, stock):
    ann = stock.customer()
    stock.bought(ann, "old", days_ago=9)
    stock.bought(ann, "young", "apple", "young", days_ago=1)
    assert skus(corner.lines_of(str(ann.pk))) == ["young", "apple", "young", "old"]


@pytest.mark.parametrize("lines", [0, 1, 60])
def test_lines_take_one_query(corner, stock, lines, django_assert_num_queries):
    ann = stock.customer()
    order = stock.order(ann)
    for number in range(lines):
        stock.line(order, f"p{number}")
    with django_assert_num_queries(1):
        assert len(corner.lines_of(str(ann.pk))) == lines


def test_lines_of_others_are_not_among_them(corner, stock):
    stock.bought(stock.customer(), "apple")
    assert corner.lines_of(str(stock.customer().pk)) == []


@pytest.mark.parametrize(
    "fields", [{"is_refunded": True}, {"price": None}, {"price": "0"}, {"price": "-1"}]
)
def test_what_a_refresh_would_not_count_is_left_out(corner, stock, fields):
    ann = stock.customer()
    order = stock.order(ann)
    stock.line(order, "apple", **fields)
    stock.line(order, "pear")
    assert skus(corner.lines_of(str(ann.pk))) == ["pear"]


def test_a_quantity_below_one_is_left_out(corner, stock):
    ann = stock.customer()
    for quantity in (0, -2):
        stock.line(stock.order(ann), "apple", quantity=quantity)
    assert corner.lines_of(str(ann.pk)) == []


def test_what_was_not_paid_is_left_out(corner, stock):
    ann = stock.customer()
    stock.line(stock.order(ann, is_paid=False), "apple")
    assert corner.lines_of(str(ann.pk)) == []


def test_an_order_without_a_time_is_left_out(corner, stock):
    ann = stock.customer()
    stock.line(Order.objects.create(customer=ann, placed_at=None), "apple")
    assert corner.lines_of(str(ann.pk)) == []


def test_an_item_that_is_missing_at_a_level_is_none_there(corner, stock):
    ann = stock.customer()
    stock.product("apple", category=None, brand="")
    stock.bought(ann, "apple")
    [line] = corner.lines_of(str(ann.pk))
    assert line.items == {"category": None, "product": "apple", "brand": None}


LINES = st.lists(
    st.tuples(
        st.sampled_from(["apple", "pear", "fig"]),
        st.sampled_from(["2.50", "0", "-1", None]),
        st.booleans(),  # paid back
        st.integers(0, 3),  # order
    ),
    max_size=8,
)


@examples(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(LINES, st.lists(st.booleans(), min_size=4, max_size=4))
def test_lines_agree_with_the_purchases_of_the_customer(db, lines, paid):
    stock, corner = Stock(AS_OF), get_source("corner")
    ann = stock.customer()
    orders = [
        stock.order(ann, days_ago=number + 1, is_paid=is_paid)
        for number, is_paid in enumerate(paid)
    ]
    for sku, price, is_refunded, number in lines:
        stock.line(orders[number], sku, price, is_refunded=is_refunded)
    found = corner.lines_of(str(ann.pk))
    for level in corner.levels:
        by_item = {}
        for line in found:
            if line.items[level] is not None:
                by_item.setdefault(line.items[level], []).append(line)
        assert {
            item.key: (item.orders, item.last_at)
            for item in corner.purchases_of(str(ann.pk), level)
        } == {
            key: (len({line.order for line in mine}), max(line.at for line in mine))
            for key, mine in by_item.items()
        }


# since


def test_since_leaves_out_what_was_bought_up_to_that_moment(corner, stock, as_of):
    ann = stock.customer()
    for sku, days_ago in [("old", 3), ("then", 2), ("young", 1)]:
        stock.bought(ann, sku, days_ago=days_ago)
    since = as_of - dt.timedelta(days=2)
    assert skus(corner.lines_of(str(ann.pk), since)) == ["young"]
    just_before = since - dt.timedelta(microseconds=1)
    assert skus(corner.lines_of(str(ann.pk), just_before)) == ["young", "then"]


def test_since_takes_one_query(corner, stock, as_of, django_assert_num_queries):
    ann = stock.customer()
    with django_assert_num_queries(1):
        assert corner.lines_of(str(ann.pk), as_of) == []


def test_since_may_be_a_moment_of_another_time_zone(corner, stock, as_of):
    ann = stock.customer()
    stock.bought(ann, "apple", days_ago=1)
    there = dt.timezone(dt.timedelta(hours=11))
    since = (as_of - dt.timedelta(days=1)).astimezone(there)
    assert corner.lines_of(str(ann.pk), since) == []
    assert corner.lines_of(str(ann.pk), since - dt.timedelta(seconds=1))


def test_without_time_zones_since_is_a_time_of_the_shop(corner, stock, settings):
    settings.USE_TZ = False
    ann = stock.customer()
    placed_at = dt.datetime(2026, 6, 1, 12)  # noqa: DTZ001
    stock.line(Order.objects.create(customer=ann, placed_at=placed_at))
    aware = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
    assert corner.lines_of(str(ann.pk), aware + dt.timedelta(days=1)) == []
    assert len(corner.lines_of(str(ann.pk), aware - dt.timedelta(days=1))) == 1


@pytest.mark.parametrize("source", [ByDate, ByCast])
def test_where_times_are_dates_the_whole_day_of_since_belongs_to_it(source, stock, as_of):
    ann = stock.customer()
    for sku, days_ago in [("old", 2), ("then", 1), ("young", 0)]:
        stock.bought(ann, sku, days_ago=days_ago)
    found = source().lines_of(str(ann.pk), as_of - dt.timedelta(days=1))
    assert skus(found) == ["young", "then"]
    assert {type(line.at) for line in found} == {dt.date}


@pytest.mark.parametrize("source", [ByDate, ByCast])
def test_whether_a_date_is_after_a_moment_cannot_be_asked_beside_the_list(source):
    assert source().lately is None


def test_whether_a_source_with_lines_of_its_own_has_any_is_not_asked_beside_the_list():
    class Own(CornerShop):
        def lines_of(self, customer_key, since=None):
            return []

    assert Own().lately is None
    assert CornerShop().lately is not None


# keys


@pytest.mark.parametrize("key", ["", "nobody", "1.5", TOO_LARGE, str(uuid.UUID(int=7))])
@pytest.mark.parametrize("name", ["corner", "ShopPurchases"])
def test_a_key_of_another_type_is_the_key_of_nobody(db, name, key):
    source = get_source(name)
    assert source.lines_of(key) == source.lines_of(key, AS_OF) == []


def test_a_customer_may_be_known_by_a_plain_value(stock):
    class ByName(CornerShop):
        customer = F("order__customer__name")

    stock.bought(stock.customer("ann"), "apple")
    stock.bought(stock.customer("bob"), "pear")
    assert skus(ByName().lines_of("ann")) == ["apple"]


def test_keys_of_what_there_is_come_by_primary_key(corner, stock):
    for sku in ("pear", "apple", "fig"):
        stock.product(sku)
    assert list(corner.item_keys("product")) == ["apple", "fig", "pear"]


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_more_keys_than_are_read_at_once_all_come_once(corner, db, extra):
    wanted = [f"p{number:04}" for number in range(2 * sources_base.KEYS_AT_ONCE + extra)]
    Product.objects.bulk_create(Product(sku=sku) for sku in wanted)
    assert list(corner.item_keys("product")) == wanted


def test_keys_are_read_only_as_far_as_they_are_needed(corner, db, django_assert_num_queries):
    Product.objects.bulk_create(Product(sku=f"p{number:04}") for number in range(450))
    with django_assert_num_queries(1):
        assert next(iter(corner.item_keys("product"))) == "p0000"


def test_keys_that_are_numbers_come_by_number(corner, stock):
    shelves = [stock.product(f"p{number}", f"c{number}").category_id for number in range(12)]
    assert list(corner.item_keys("category")) == [str(pk) for pk in sorted(shelves)]


def test_plain_values_have_no_keys_of_what_there_is(corner, stock, django_assert_num_queries):
    stock.product("apple", brand="Acme")
    with django_assert_num_queries(0):
        assert list(corner.item_keys("brand")) == []


def test_customers_who_bought_nothing_have_no_lines(corner, db):
    assert corner.lines_of(str(Customer.objects.create(name="ann").pk)) == []


# where a lookup does not lead to a model, and where an item counts as another


def test_an_expression_has_the_model_that_the_source_names(corner, stock, monkeypatch):
    apple = stock.product("apple")
    monkeypatch.setattr(CornerShop, "items", {"product": Coalesce("product_id", "product_id")})
    assert corner.items_in_bulk("product", [str(apple.pk)]) == {str(apple.pk): str(apple.pk)}
    monkeypatch.setattr(CornerShop, "item_models", {"product": Product})
    assert corner.items_in_bulk("product", [str(apple.pk)]) == {str(apple.pk): apple}
    assert list(corner.item_keys("product")) == [str(apple.pk)]


def test_an_object_is_named_by_its_primary_key_and_a_key_by_itself(corner, stock):
    apple = stock.product("apple")
    assert corner.key_of("product", apple) == str(apple.pk)
    assert corner.key_of("product", 17) == "17"


def test_objects_may_be_looked_for_among_some_only(stock):
    apple, pear = stock.product("apple"), stock.product("pear")
    keys = [str(apple.pk), str(pear.pk), "no key"]
    rows = Product.objects.exclude(pk=apple.pk)
    assert objects_in_bulk(rows, keys) == {str(pear.pk): pear}
