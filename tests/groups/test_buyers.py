"""Who bought an item, by the shop's own lines; and where that cannot be asked."""

import pytest

from django_clvrec.groups import Conditions, Population
from django_clvrec.sources import ParquetPurchaseSource, PurchaseSource, get_source
from django_clvrec.sources.buyers import buyers_of
from tests.corner_shop.models import Line
from tests.shelf import Shelf, bought, person, product


@pytest.fixture
def ann(stock):
    return stock.customer("ann")


def buyers(level, key, source="corner"):
    return set(buyers_of(get_source(source), level, key))


def test_keys_of_customers_are_those_of_the_snapshot(stock, ann):
    stock.bought(ann, "apple", "pear")
    stock.bought(stock.customer("bob"), "pear")
    assert buyers("product", "apple") == {str(ann.pk)}
    shelf = Shelf("corner")
    shelf.score(ann)
    found = Population("corner", shelf.snapshot).queryset(Conditions(bought="product:apple"))
    assert [row.customer_key for row in found] == [str(ann.pk)]


def test_numbers_are_compared_with_texts(db):
    ann, oats = person("ann"), product()
    bought(ann, oats)
    assert buyers("product", str(oats.pk), "ShopPurchases") == {str(ann.pk)}


@pytest.mark.parametrize("price", ["0.00", "-1.00"])
def test_lines_that_do_not_count_are_no_purchase(stock, ann, price):
    stock.line(stock.order(ann), "apple", price)
    stock.line(stock.order(ann), "apple", is_refunded=True)
    stock.line(stock.order(ann, is_paid=False), "apple")
    assert buyers("product", "apple") == set()


@pytest.mark.parametrize("key", ["none such", "1" * 30, "", "-1"])
def test_a_key_of_no_item_has_no_buyers(stock, ann, key):
    stock.bought(ann, "apple")
    assert buyers("category", key) == set()


# where it cannot be asked


class Dataset(ParquetPurchaseSource):
    path = "/nowhere"
    levels = ("product",)


class ByDay(PurchaseSource):
    queryset = Line.objects.all()
    customer, order, purchased_at = "order__placed_at", "order_id", "order__placed_at"
    revenue, items = "unit_price", {"product": "product_id"}


class Elsewhere(ByDay):
    customer = "order__customer_id"
    queryset = Line.objects.using("elsewhere")


@pytest.mark.parametrize(
    ("shop", "why"),
    [
        (Dataset(), "are a dataset"),
        (ByDay(), "cannot be compared"),
        (Elsewhere(), "another database"),
    ],
)
def test_it_is_said_why_purchases_cannot_be_asked(shop, why):
    population = Population("corner", None)
    population.__dict__["shop"] = shop
    assert why in population.why_no_purchases
    assert population.read({"bought": "product:1"}).faults == [
        f"Has bought: {population.why_no_purchases}"
    ]
