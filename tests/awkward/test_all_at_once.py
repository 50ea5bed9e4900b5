"""The awkward shop's own file: all answers in one source, for two tenants."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from django_clvrec.checks import check_sources
from django_clvrec.serving import recommend
from django_clvrec.sources import registered
from tests.awkward.desk import Desk, figures, key, refresh, run
from tests.awkward_shop.clvrec import register_tenants
from tests.awkward_shop.models import Buyer, Product, Rate

ANN, GONE = "ann@example.com", "gone@example.com"
A, B = "a.example.com", "b.example.com"


@pytest.fixture
def tenants(shop, settings, policy):
    """Ann buys at both, in two currencies, and gives some back."""
    settings.TENANTS = [A, B]
    policy(run("class BuyerPolicy")["BuyerPolicy"])
    register_tenants()
    for currency, pounds in (("GBP", "1"), ("EUR", "0.85")):
        Rate.objects.create(currency=currency, day=dt.date(2026, 1, 1), pounds=Decimal(pounds))
    a, b = Desk(A), Desk(B)
    a.product("tea", "drinks", "breakfast")
    a.product("jam", "breakfast", "drinks")
    b.product("nuts", "breakfast")
    a.crowd("tea", "jam")
    b.crowd("nuts", "figs")
    euros = a.order(ANN, days_ago=12, currency="EUR")
    kept = a.line(euros, "tea", 1000, quantity=2)
    back = a.order(ANN, days_ago=11, currency="EUR")
    a.line(back, "tea", -500, refunded=kept)
    whole = a.bought(ANN, "jam", days_ago=4, pence=300)
    a.line(back, "jam", -300, refunded=whole.line_set.get())
    a.bought("Ann@Example.com ", "tea", days_ago=7, pence=99)
    a.bought(ANN, "tea", days_ago=1, status="open")
    a.bought(GONE, "tea")
    b.bought(ANN, "nuts", days_ago=2, pence=1)
    Buyer.objects.filter(email=GONE).update(deleted_at=timezone.now())
    return [refresh(host).report for host in (A, B)]


def test_no_check_has_anything_to_say(tenants):
    assert [*registered()] == [A, B]
    assert check_sources() == []


def test_figures_are_right_to_the_last_penny(tenants):
    # (20.00 - 5.00) × 0.85 + 0.99; the order of 3.00 was paid back
    assert figures(A)[key(ANN)] == (7, 2, "13.7400", 12)
    assert figures(B)[key(ANN)] == (2, 1, "0.0100", 2)
    # three orders' worth for two products: one of both, one of the first
    assert figures(A)[key("crowd0@example.com")] == (10, 2, "3.0000", 20)
    assert [len(figures(host)) for host in (A, B)] == [7, 7]


def test_every_line_that_is_left_out_is_counted(tenants):
    dropped = {rule: number for rule, number in tenants[0]["lines_dropped"].items() if number}
    assert dropped == {"zero": 1}


@pytest.mark.parametrize(
    ("host", "bought", "sold"), [(A, {"tea"}, {"jam"}), (B, {"nuts"}, {"figs"})], ids=["a", "b"]
)
def test_each_tenant_shows_what_it_sells_to_whom_it_fits(tenants, host, bought, sold):
    def shown(**more):
        answer = recommend(key(ANN), "product", source=host, with_objects=True, **more)
        return {item.object.name for item in answer}

    assert shown(intent="again") == bought
    assert shown() == sold
    assert Product.objects.count() == len({"tea", "jam", "nuts", "figs"})


def test_sections_are_shown_as_such(tenants):
    answer = recommend(key(ANN), "section", source=A, intent="again", with_objects=True)
    assert [item.object.name for item in answer] == ["drinks"]
