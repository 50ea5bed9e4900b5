"""What lists of their own are worth, compared with what is popular."""

import pytest

from django_clvrec.doctor import Severity
from django_clvrec.pipeline import refresh
from tests.doctor.conftest import only
from tests.shelf import REPORT


def board(own, popular, low, intent="discover"):
    row = {"level": "product", "intent": intent, "tier": "all", "customers": 1500}
    return [
        row
        | {"name": "auto", "hit@10": own, "ndcg@10": own / 2, "interval": [low, own / 2 + 0.05]},
        row | {"name": "popular", "hit@10": popular, "ndcg@10": popular / 2, "interval": [0, 0]},
    ]


def test_what_was_bought_next_is_compared_by_level_and_intent(past, found):
    past.live(leaderboard=board(0.6, 0.4, 0.25) + board(0.8, 0.2, 0.35, intent="again"))
    discover = only(found("benefit"), "product, discover")
    assert discover.severity == Severity.OK
    assert (
        "of 1,500 customers, 60 % bought something of their own list of ten next" in discover.text
    )
    assert "and 40 % something of the popular ten" in discover.text
    assert "NDCG@10 is 0.300 (90 % interval 0.250 – 0.350)" in discover.text
    assert only(found("benefit"), "product, again").severity == Severity.OK


def test_a_benefit_that_is_not_sure_is_a_warning(past, found):
    past.live(leaderboard=board(0.42, 0.4, 0.19))
    [one] = found("benefit")
    assert one.severity == Severity.WARNING
    assert "not surely better" in one.hint


def test_a_pinned_recommender_has_no_figures(past, found):
    past.live(leaderboard=[])
    [one] = found("benefit")
    assert one.severity == Severity.OK
    assert "pinned by RECOMMENDER" in one.text
    assert "clvrec_evaluate" in one.hint


def test_too_few_orders_for_a_backtest_are_a_warning(past, found):
    past.add(is_live=True, report=REPORT | {"leaderboard": []}, plan={"plans": {}})
    [one] = found("benefit")
    assert one.severity == Severity.WARNING
    assert one.text.startswith("There were too few orders for a backtest")


def test_before_the_first_refresh_the_share_of_repeat_buyers_is_told(stock, found):
    for orders in (1, 1, 1, 2):
        customer = stock.customer()
        for _ in range(orders):
            stock.bought(customer, "apple")
    [one] = found("benefit")
    assert one.severity == Severity.OK
    assert one.text.startswith("Lists of their own can help 25 % of the customers")


def test_an_empty_shop_promises_nothing(found):
    assert found("benefit") == []


@pytest.mark.django_db(transaction=True)
def test_a_refresh_leaves_a_comparison_for_each_level_and_intent(stock, found, settings, as_of):
    settings.CLVREC = settings.CLVREC | {"RECOMMENDER": "auto", "ENGINE": "local"}
    stock.fill()
    report = refresh("corner", as_of=as_of).report
    told = {one.text.partition(":")[0] for one in found("benefit")}
    assert told == {
        f"{level}, {intent}" for level, served in report["served"].items() for intent in served
    }
