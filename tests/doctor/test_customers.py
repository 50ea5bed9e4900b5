"""Whether there are enough customers, and how many would be."""

import pytest

from django_clvrec.doctor import Severity
from tests.doctor.conftest import CORNER, only, troubles
from tests.shelf import REPORT


@pytest.fixture(autouse=True)
def least(settings):
    settings.CLVREC = settings.CLVREC | {"MIN_TIER_CUSTOMERS": 50}


def sizes(new=0, low=0, mid=0, high=0):
    return {"customers": new + low + mid + high} | {
        "tiers": {"new": new, "low": low, "mid": mid, "high": high}
    }


def test_enough_customers_are_well(past, found):
    past.live()
    assert not troubles(found("customers", deep=False))
    one = only(found("customers", deep=False), "600 of")
    assert one.text == "600 of 1,200 customers have ordered 2 times or more."


def test_too_few_customers_are_told_with_the_least(past, found):
    past.live(**sizes(new=30, low=8, mid=3, high=1))
    one = only(found("customers", deep=False), "Too few customers")
    assert one.severity == Severity.WARNING
    assert "12 of 42 have ordered 2 times or more" in one.text
    assert "at least 50 are needed" in one.text
    assert "one model serves all tiers" in one.hint


def test_customers_who_all_ordered_once_are_told_with_the_least(past, found):
    past.live(**sizes(new=30))
    [one] = found("customers", deep=False)
    assert one.severity == Severity.WARNING
    assert one.text.startswith("None of 30 customers has ordered 2 times")


def test_a_tier_that_is_too_small_is_no_trouble_but_told(past, found):
    past.live(**sizes(new=10, low=100, mid=60, high=20))
    one = only(found("customers", deep=False), "Too small")
    assert one.severity == Severity.OK
    assert "high (20)" in one.text
    assert "mid" not in one.text
    assert "asks for 50" in one.text


def test_customers_who_are_all_alike_are_told_with_the_least(past, found):
    alike = REPORT["clusters"] | {"monetary_value": {"k": 1}}
    past.live(clusters=alike)
    [one] = troubles(found("customers", deep=False))
    assert one.text.startswith("All customers are alike in monetary value: at least two different")


def test_why_there_are_no_lifetime_values_is_told(past, found):
    past.live(lifetime={"days": 365, "reason": "12 customers have ordered again; at least 30 are."})
    [one] = troubles(found("customers", deep=False))
    assert one.text == "12 customers have ordered again; at least 30 are."
    assert "do not depend on lifetime values" in one.hint


def test_before_the_first_refresh_the_orders_tell_whether_customers_are_enough(stock, found):
    for orders in (1, 1, 2, 3):
        customer = stock.customer()
        for _ in range(orders):
            stock.bought(customer, "apple", "pear")
    one = only(found("customers"), "Too few customers: 2 of 4")
    assert one.severity == Severity.WARNING
    assert only(found("customers"), "50 %").text == "50 % of 4 customers have ordered once."


def test_an_empty_shop_has_no_customers_to_judge(found):
    assert found("customers") == []


def test_one_time_buyers_are_counted_in_the_live_snapshot(shelf, found):
    shelf.snapshot.report |= sizes(new=1, mid=3)
    shelf.snapshot.save()
    for orders in (1, 2, 3, 4):
        shelf.score(f"c{orders}", frequency=orders)
    assert only(found("customers"), "25 %").severity == Severity.OK


def test_a_shop_of_one_time_buyers_is_told_where_its_gain_lies(shelf, found):
    shelf.snapshot.report |= sizes(new=9, mid=1)
    shelf.snapshot.save()
    for number in range(9):
        shelf.score(f"c{number}", frequency=1)
    one = only(found("customers"), "90 %")
    assert one.severity == Severity.WARNING
    assert "newcomers.md" in one.hint
    assert shelf.snapshot.source == CORNER
