"""From orders in the corner shop to a purchase log in Parquet."""

import datetime as dt
from decimal import Decimal, InvalidOperation

import pyarrow.parquet as pq
import pytest
from django.db.models import CharField, DecimalField, ExpressionWrapper, F, Value
from django.db.models.functions import TruncDate

from django_clvrec.core.purchases import RULES, log_schema
from django_clvrec.exceptions import BadPurchases, NoPurchases
from django_clvrec.extract import extract, iterating, line_count
from django_clvrec.extract import rows as reading
from tests.corner_shop.clvrec import CornerShop
from tests.corner_shop.models import Customer, Line, Order

pytestmark = pytest.mark.django_db


def shop(**changes):
    """The corner shop's source with these attributes instead."""
    return type("Changed", (CornerShop,), changes)()


@pytest.fixture
def log(tmp_path, as_of):
    """Extracts a source; the lines of its log, and the rules with their counts."""

    def log(source=None, as_of=as_of, **options):
        rules = extract(source or shop(), tmp_path / "log", as_of, **options)
        return pq.read_table(tmp_path / "log" / "lines.parquet").to_pylist(), rules

    return log


def dropped(rules):
    return {rule: count for rule, count in rules.dropped.items() if count}


def test_an_order_line_becomes_a_line_of_the_log(stock, log, as_of):
    ann = stock.customer("ann")
    order = stock.order(ann, days_ago=2)
    apple = stock.product("apple", "fruit", "Acme")
    stock.line(order, "apple", "2.50", quantity=3, stars=4)
    lines, rules = log()
    assert lines == [
        {
            "customer_key": str(ann.pk),
            "order_key": str(order.pk),
            "purchased_at": as_of - dt.timedelta(days=2),
            "revenue": Decimal("7.5000"),
            "rating": 4.0,
            "item_category": str(apple.category_id),
            "item_product": "apple",
            "item_brand": "Acme",
        }
    ]
    assert rules.lines_read == 1
    assert list(rules.dropped.items()) == [(rule, 0) for rule in RULES]


def test_keys_of_any_kind_are_strings(stock, log):
    ann = stock.customer()
    stock.bought(ann, "apple")
    lines, _ = log()
    assert lines[0]["customer_key"] == str(ann.pk)
    assert Customer.objects.get(pk=lines[0]["customer_key"]) == ann
    assert Order.objects.filter(pk=lines[0]["order_key"]).exists()


def break_customer(stock):
    stock.bought(None, "apple")


def break_time(stock):
    order = stock.bought(stock.customer(), "apple")
    Order.objects.filter(pk=order.pk).update(placed_at=None)


def break_revenue(stock):
    stock.line(stock.order(stock.customer()), price=None)


def break_future(stock):
    stock.bought(stock.customer(), "apple", days_ago=-1)


def break_refund(stock):
    stock.line(stock.order(stock.customer()), is_refunded=True)


def break_negative(stock):
    stock.line(stock.order(stock.customer()), quantity=-1)


def break_zero(stock):
    stock.line(stock.order(stock.customer()), price="0")


BREAKS = {
    "no_customer": break_customer,
    "no_time": break_time,
    "no_revenue": break_revenue,
    "future": break_future,
    "refund": break_refund,
    "negative": break_negative,
    "zero": break_zero,
}


@pytest.mark.parametrize("rule", BREAKS)
def test_a_line_that_is_no_purchase_is_dropped_and_counted(stock, log, rule):
    stock.bought(stock.customer(), "pear")
    BREAKS[rule](stock)
    lines, rules = log()
    assert [line["item_product"] for line in lines] == ["pear"]
    assert rules.lines_read == 2
    assert dropped(rules) == {rule: 1}


def test_lines_without_an_order_are_dropped_and_counted(stock, log):
    stock.bought(stock.customer(), "apple")
    stock.line(stock.order(stock.customer()), "pear")
    keyless = F("order__customer__name")
    Customer.objects.filter(order__line__product="pear").update(name="")
    lines, rules = log(shop(order=keyless))
    assert [line["order_key"] for line in lines] == ["someone"]
    assert dropped(rules) == {"no_order": 1}


def test_a_line_that_a_join_repeats_counts_once(stock, log):
    stock.bought(stock.customer(), "apple", "pear", "plum")
    # one row for each pair of lines in an order
    lines, rules = log(shop(queryset=Line.objects.filter(order__line__quantity__gt=0)))
    assert sorted(line["item_product"] for line in lines) == ["apple", "pear", "plum"]
    assert rules.lines_read == 9
    assert dropped(rules) == {"duplicated": 6}


def test_the_source_says_what_makes_a_line_unique(stock, log):
    order = stock.order(stock.customer())
    for sku, price in (("apple", "1"), ("pear", "2"), ("apple", "3")):
        stock.line(order, sku, price)
    lines, rules = log(shop(line=("order_id", "product_id")))
    assert [line["item_product"] for line in lines] == ["apple", "pear"]
    assert dropped(rules) == {"duplicated": 1}


def test_nothing_disappears_silently(stock, log):
    stock.fill(customers=8)
    for break_it in BREAKS.values():
        break_it(stock)
    lines, rules = log()
    assert rules.lines_read == Line.objects.count() == line_count(shop())
    assert rules.lines_read == len(lines) + sum(rules.dropped.values())
    assert dropped(rules) == dict.fromkeys(BREAKS, 1)


def test_what_the_queryset_leaves_out_is_not_read(stock, log):
    stock.bought(stock.customer(), "apple")
    stock.line(stock.order(stock.customer(), is_paid=False), "pear")
    _, rules = log()
    assert rules.lines_read == 1


@pytest.mark.parametrize(
    ("price", "quantity", "revenue"),
    [
        ("19.99", 3, "59.9700"),
        ("0.1", 3, "0.3000"),
        ("0.0001", 1, "0.0001"),
        ("12345678.9012", 7, "86419752.3084"),
    ],
)
def test_money_is_exact(stock, log, price, quantity, revenue):
    stock.line(stock.order(stock.customer()), price=price, quantity=quantity)
    assert log()[0][0]["revenue"] == Decimal(revenue)


def test_a_missing_rating_or_category_stays_missing(stock, log):
    stock.product("apple", category=None)
    stock.bought(stock.customer(), "apple")
    (line,), _ = log()
    assert (line["rating"], line["item_category"]) == (None, None)


def test_an_item_without_a_name_is_no_item(stock, log):
    stock.product("apple", brand="")
    stock.bought(stock.customer(), "apple")
    assert log()[0][0]["item_brand"] is None


def test_times_without_a_zone_are_in_that_of_the_shop(stock, log, settings):
    settings.USE_TZ, settings.TIME_ZONE = False, "Europe/Berlin"
    order = Order.objects.create(
        customer=stock.customer(),
        placed_at=dt.datetime(2026, 6, 30, 1, 30),  # noqa: DTZ001 - as such a shop has it
    )
    stock.line(order, "apple")
    lines, _ = log()
    assert lines[0]["purchased_at"] == dt.datetime(2026, 6, 29, 23, 30, tzinfo=dt.UTC)


def test_a_date_without_a_time_is_that_day_in_utc(stock, log, as_of):
    stock.bought(stock.customer(), "apple", days_ago=2)
    lines, _ = log(shop(purchased_at=TruncDate("order__placed_at")))
    assert lines[0]["purchased_at"] == dt.datetime(2026, 6, 29, tzinfo=dt.UTC)


def test_a_purchase_at_as_of_is_not_in_the_future(stock, log, as_of):
    stock.bought(stock.customer(), "apple", days_ago=0)
    assert len(log()[0]) == 1


@pytest.mark.parametrize(
    "changes", [{}, {"items": {"product": "product_id"}}, {"rating": None, "refund": None}]
)
def test_the_log_has_the_schema_of_a_purchase_log(stock, log, tmp_path, changes):
    stock.bought(stock.customer(), "apple")
    source = shop(**changes)
    log(source)
    schema = pq.read_schema(tmp_path / "log" / "lines.parquet")
    assert schema.equals(log_schema(list(source.levels)))


def test_batches_make_the_same_log_as_one(stock, log, monkeypatch):
    stock.fill(customers=4)
    expected, _ = log()
    monkeypatch.setattr(reading, "BATCH_ROWS", 5)
    assert log()[0] == expected


def test_lines_are_read_in_one_query_and_told_batch_by_batch(
    stock, log, monkeypatch, django_assert_num_queries
):
    stock.bought(stock.customer(), "apple", "pear", "plum", "fig", "date")
    monkeypatch.setattr(reading, "BATCH_ROWS", 2)
    told = []
    with django_assert_num_queries(2):  # who stays out; the lines
        log(on_rows=told.append)
    assert told == [2, 4, 5]


def test_duplicates_are_found_across_batches(stock, log, monkeypatch):
    stock.bought(stock.customer(), "apple", "pear", "plum")
    monkeypatch.setattr(reading, "BATCH_ROWS", 2)
    lines, rules = log(shop(queryset=Line.objects.filter(order__line__quantity__gt=0)))
    assert (len(lines), dropped(rules)) == (3, {"duplicated": 6})


def test_a_second_log_takes_the_place_of_the_first(stock, log):
    stock.bought(stock.customer(), "apple")
    log()
    stock.bought(stock.customer(), "pear")
    assert len(log()[0]) == 2


def test_a_shop_without_lines_is_told_so(log):
    with pytest.raises(NoPurchases) as caught:
        log()
    message = "corner gave 0 lines and no purchase. Look at the filter of its queryset."
    assert str(caught.value) == message


def test_a_shop_whose_lines_are_all_dropped_is_told_why(stock, log):
    for break_it in (break_zero, break_zero, break_refund):
        break_it(stock)
    with pytest.raises(NoPurchases) as caught:
        log()
    assert str(caught.value) == (
        "corner gave 3 lines and no purchase; dropped by rule: {'refund': 1, 'zero': 2}. "
        "Look at the filter of its queryset."
    )


def test_an_amount_that_is_too_large_is_an_error(stock, log):
    stock.line(stock.order(stock.customer()), price="99999999.9999", quantity=2**31 - 1)
    with pytest.raises(BadPurchases, match="An amount does not fit the purchase log"):
        log()


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"rating": "product__brand"}, "rating"),
        ({"purchased_at": "product__brand"}, "purchased_at"),
        ({"purchased_at": Value("2026-06-30", CharField())}, "purchased_at"),
    ],
)
def test_a_value_of_the_wrong_type_is_an_error_that_names_its_column(stock, log, changes, column):
    stock.product("apple", brand="Acme")
    stock.bought(stock.customer(), "apple")
    with pytest.raises(BadPurchases, match=f"A value of '{column}' does not fit the purchase log"):
        log(shop(**changes))


def test_a_key_that_not_every_database_can_store_is_an_error():
    with pytest.raises(BadPurchases, match="a key has a zero byte"):
        iterating._convert("customer_key", ("ann", "b\0b"))


class Unreadable(DecimalField):
    """As SQLite is, where there is text in a column of numbers."""

    def from_db_value(self, *_):
        raise InvalidOperation


def test_a_cell_that_is_not_of_its_column_is_told_with_where_it_stands(stock, log):
    stock.product("apple")
    stock.bought(stock.customer(), "apple")
    revenue = ExpressionWrapper(F("unit_price"), Unreadable(max_digits=9, decimal_places=2))
    with pytest.raises(BadPurchases, match="in one of the 50000 rows after the first 0 by pk"):
        log(shop(revenue=revenue))
