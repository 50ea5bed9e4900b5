"""Pence, refunds and currencies: what a customer has spent."""

import datetime as dt
from decimal import Decimal

import pytest

from django_clvrec.checks import check_sources
from tests.awkward.desk import figures, key, refresh, run
from tests.awkward_shop.models import Rate

ANN, BOB = "ann@example.com", "bob@example.com"


def test_pence_become_pounds_to_the_last_penny(shop):
    run("class ShopPurchases")
    order = shop.order(ANN, days_ago=3)
    shop.line(order, "tea", 199, quantity=3)
    shop.line(order, "jam", 250)
    shop.bought(ANN, "tea", days_ago=8, pence=1)
    refresh()
    # 3 × 1.99 + 2.50 + 0.01
    assert figures() == {key(ANN): (3, 2, "8.4800", 8)}


def test_linked_refunds_leave_the_rest_of_a_line(shop):
    run("class NetPurchases")
    whole, part = shop.bought(ANN, "tea", days_ago=2, pence=500), shop.order(ANN, days_ago=9)
    line = shop.line(part, "jam", 300, quantity=2)
    back = shop.order(ANN, days_ago=1)
    shop.line(back, "tea", -500, refunded=whole.line_set.get())
    shop.line(back, "jam", -100, refunded=line)
    shop.line(back, "jam", -150, refunded=line)
    report = refresh().report
    # the order of 5.00 is no order any more, of 6.00 remain 3.50
    assert figures() == {key(ANN): (9, 1, "3.5000", 9)}
    assert report["lines_dropped"]["zero"] == 1
    assert report["lines_dropped"]["negative"] == 0


def test_a_refund_linked_to_nothing_takes_back_one_order_of_its_amount(shop):
    run("class PairedPurchases")
    for days_ago in (30, 20, 10):
        shop.bought(ANN, "tea", "jam", days_ago=days_ago, pence=100)
    shop.bought(ANN, "tea", days_ago=5, pence=999)
    shop.order(ANN, days_ago=4, total_pence=-200)
    shop.order(ANN, days_ago=3, total_pence=-700)  # goodwill: of no order
    shop.bought(BOB, "tea", "jam", days_ago=7, pence=100)
    report = refresh().report
    # 3 × 2.00 + 9.99 less one of the three
    assert figures() == {key(ANN): (5, 3, "13.9900", 20), key(BOB): (7, 1, "2.0000", 7)}
    assert report["lines_dropped"]["refund"] == 2


def test_as_many_orders_are_taken_back_as_there_are_refunds(shop):
    run("class PairedPurchases")
    for days_ago in (30, 20):
        shop.bought(ANN, "tea", days_ago=days_ago, pence=100)
        shop.order(ANN, days_ago=days_ago - 1, total_pence=-100)
    shop.bought(ANN, "tea", days_ago=10, pence=100)
    refresh()
    assert figures() == {key(ANN): (10, 1, "1.0000", 10)}


def test_who_was_paid_back_everything_is_no_customer(shop):
    run("class PairedPurchases")
    shop.bought(ANN, "tea", days_ago=3, pence=100)
    shop.order(ANN, days_ago=1, total_pence=-100)
    shop.bought(BOB, "tea", days_ago=3, pence=100)
    refresh()
    assert [*figures()] == [key(BOB)]


@pytest.fixture
def rates(shop):
    for currency, day, pounds in (
        ("GBP", dt.date(2000, 1, 1), "1"),
        ("EUR", dt.date(2026, 6, 1), "0.8"),
        ("EUR", dt.date(2026, 6, 20), "0.9"),
    ):
        Rate.objects.create(currency=currency, day=day, pounds=Decimal(pounds))


def test_amounts_are_converted_at_the_rate_of_the_day(shop, rates):
    run("class ConvertedPurchases")
    late = dt.datetime(2026, 6, 19, 23, 59, tzinfo=dt.UTC)
    shop.line(shop.order(ANN, at=late, currency="EUR"), "tea", 1000)
    early = dt.datetime(2026, 6, 20, tzinfo=dt.UTC)
    shop.line(shop.order(ANN, at=early, currency="EUR"), "tea", 1000)
    shop.bought(ANN, "jam", days_ago=1, pence=123)
    refresh()
    # 10 × 0.8 + 10 × 0.9 + 1.23
    assert figures() == {key(ANN): (1, 3, "18.2300", 12)}


def test_an_amount_without_a_rate_is_counted_and_not_guessed(shop, rates):
    run("class ConvertedPurchases")
    shop.bought(ANN, "tea", days_ago=1, currency="JPY")
    shop.bought(ANN, "tea", days_ago=2)
    report = refresh().report
    assert figures() == {key(ANN): (2, 1, "1.0000", 2)}
    assert report["lines_dropped"]["no_revenue"] == 1


def test_a_sum_of_several_currencies_is_told_before_any_refresh(shop, policy):
    policy(run("class BuyerPolicy")["BuyerPolicy"])
    run("class ShopPurchases")
    [found] = check_sources()
    assert (found.id, "Order.currency" in found.msg) == ("clvrec.W012", True)


def test_converted_amounts_pass_the_check(shop, policy):
    policy(run("class BuyerPolicy")["BuyerPolicy"])
    run("class ConvertedPurchases")
    assert check_sources() == []
