"""What a visit costs: as many queries for who has bought one thing as for who has bought many."""

from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_clvrec.core.ranking import INTENTS
from django_clvrec.serving import recommend, related
from tests.open_shop import OpenShop

pytestmark = pytest.mark.django_db

LINES = (1, 60)


@pytest.fixture
def customers(settings, db):
    """Keys and positions of customers with one line and with sixty, known to the refresh."""
    settings.CLVREC = settings.CLVREC | {"MIN_ORDERS": 1, "REST_DAYS": 0}
    shop = OpenShop()
    for lines in LINES:
        one = shop.stock.customer(f"{lines} lines")
        shop.customers.append(one)
        order = shop.stock.order(one, days_ago=5)
        for number in range(lines):
            shop.stock.line(order, f"p{12 + number % 10}")
    return shop.refresh()


def queries(ask):
    """How many it takes where all is known that does not change between refreshes."""
    ask()
    with CaptureQueriesContext(
        connection,
    ) as found:
        answer = ask()
    return answer.source, len(found)


def both(shop, intent, **more):
    asks = [
        partial(recommend, shop.key(number), "product", 2, intent, source="corner", **more)
        for number in (-2, -1)
    ]
    return [queries(ask) for ask in asks]


@pytest.mark.parametrize("with_objects", [False, True])
def test_a_stored_list_costs_the_same_for_everybody(customers, with_objects):
    assert both(customers, "discover", with_objects=with_objects) == [("stored", 2)] * 2


@pytest.mark.parametrize("intent", INTENTS)
def test_a_list_made_anew_costs_one_query_more_for_everybody(customers, intent):
    for number in (-2, -1):
        customers.buy(number, "p22", "p23")
    assert both(customers, intent) == [("fold_in", 3)] * 2


def test_reasons_for_a_list_made_anew_cost_nothing_more(customers):
    for number in (-2, -1):
        customers.buy(number, "p23")
    assert both(customers, "discover", explain=True) == [("fold_in", 3)] * 2


@pytest.mark.parametrize("n", [1, 12])
@pytest.mark.parametrize("basket", [["p12"], ["p12", "p13", "p14", "p15"]])
def test_related_items_cost_two_queries_however_many_there_are(customers, basket, n):
    assert queries(lambda: related(basket, "product", n, source="corner")) == ("related", 2)
