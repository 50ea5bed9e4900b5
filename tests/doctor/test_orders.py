"""How many lines there are, of which time, and what was dropped of them."""

import datetime as dt

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from django_clvrec.core.purchases import RULES
from django_clvrec.doctor import Severity
from django_clvrec.doctor.orders import WHY
from django_clvrec.sources.registry import _registry
from tests.corner_shop.models import Line
from tests.doctor.conftest import only, troubles
from tests.stock import Stock


@pytest.fixture
def stock(db):
    """Like that of other tests, with orders that end today."""
    return Stock(timezone.now())


def test_volume_and_span_are_told(stock, found):
    for days in (100, 1):
        stock.bought(stock.customer(), "apple", "pear", days_ago=days)
    [one] = found("orders")
    assert one.severity == Severity.OK
    assert one.text.startswith("There are 4 lines of orders, from ")
    first = timezone.now() - dt.timedelta(days=100)
    assert date_format(first) in one.text


def test_a_source_without_lines_is_an_error(found):
    [one] = found("orders")
    assert one.severity == Severity.ERROR
    assert one.text == "The source corner has no lines."
    assert "filter of its queryset" in one.hint


def test_a_short_time_is_told_with_the_least(stock, found):
    for days in (10, 1):
        stock.bought(stock.customer(), "apple", days_ago=days)
    [one] = troubles(found("orders"))
    assert one.text == "The orders span 9 days, and at least 28 tell what is popular."


def test_orders_that_have_ended_are_told(stock, found):
    for days in (150, 50):
        stock.bought(stock.customer(), "apple", days_ago=days)
    [one] = troubles(found("orders"))
    assert one.text.startswith("Nothing has been bought for 50 days")
    assert "new orders reach" in one.hint


def test_a_few_dropped_lines_are_told_by_rule(stock, past, found):
    stock.bought(stock.customer(), "apple")
    past.live(lines_read=1000, lines_dropped={"refund": 50, "zero": 4, "future": 0})
    dropped = [one for one in found("orders") if "dropped" in one.text]
    assert [one.text for one in dropped] == [
        "5.0 % of the lines were dropped as “refund”.",
        "0.4 % of the lines were dropped as “zero”.",
    ]
    assert not troubles(dropped)


def test_many_dropped_lines_are_a_warning_with_what_to_do(stock, past, found):
    stock.bought(stock.customer(), "apple")
    past.live(lines_read=1000, lines_dropped={"no_customer": 400})
    one = only(found("orders"), "40 % of the lines")
    assert one.severity == Severity.WARNING
    assert "guests" in one.hint


def test_refunds_that_are_only_dropped_are_a_warning_however_few(stock, past, found):
    stock.bought(stock.customer(), "apple")
    past.live(lines_read=1000, lines_dropped={"negative": 3})
    one = only(found("orders"), "0.3 % of the lines")
    assert one.severity == Severity.WARNING
    assert "still counts as spent" in one.hint


def test_negative_lines_are_well_where_refunds_are_told(stock, past, found):
    stock.bought(stock.customer(), "apple")
    past.live(lines_read=1000, lines_dropped={"negative": 3, "refund": 3})
    assert not troubles([one for one in found("orders") if "dropped" in one.text])


def test_no_dropped_lines_are_well(stock, past, found):
    stock.bought(stock.customer(), "apple")
    past.live(lines_read=1000, lines_dropped={"refund": 0})
    assert only(found("orders"), "No line was dropped").severity == Severity.OK


def test_each_rule_has_something_to_do():
    assert [*WHY] == [*RULES]


def test_a_source_that_is_broken_is_a_finding_beside_the_others(past, found, monkeypatch):
    past.live()
    monkeypatch.setattr(type(_registry["corner"]), "purchased_at", "no_such_field")
    one = only(found("orders"), "This could not be examined. FieldError")
    assert one.severity == Severity.ERROR
    assert only(found("refresh"), "Snapshot #").severity == Severity.OK
    assert "clvrec.E006" in troubles(found("settings"))[0].text


def test_lines_without_a_time_do_not_hide_the_others(stock, found):
    stock.bought(stock.customer(), "apple")
    order = stock.bought(stock.customer(), "apple")
    order.placed_at = None
    order.save()
    assert Line.objects.count() == 2
    assert only(found("orders"), "There are 2 lines")
