"""Staff find customers by segment and lifetime value, in the order they ask for."""

from itertools import chain

import pytest
from django.urls import reverse

from django_clvrec.models import CustomerScore
from tests.shelf import Shelf, person

PEOPLE = (
    ("ann", "loyal", 30.0, 5),
    ("bob", "at_risk", 10.0, 9),
    ("cid", "at_risk", None, 1),
    ("dan", "lost", 10.0, 5),
    ("eve", "", None, 1),
)
ASKED = {"segment": "at_risk,lost", "clv_from": "1", "clv_to": "99.5", "ordering": "-clv"}


@pytest.fixture
def shelf(db):
    shelf = Shelf()
    for key, segment, clv, score in reversed(PEOPLE):
        shelf.score(key, segment=segment, clv=clv, overall_score=score)
    return shelf


@pytest.fixture
def ask(shelf, client):
    client.force_login(person("boss", ["view_customerscore"], is_staff=True))

    def ask(status=200, **parameters):
        response = client.get(reverse("clvrec:customers"), parameters)
        assert response.status_code == status
        return response.json()

    return ask


@pytest.fixture
def found(ask):
    return lambda **parameters: [row["customer_key"] for row in ask(**parameters)["results"]]


def test_customers_are_found_by_one_or_more_segments(found):
    assert found(segment="loyal") == ["ann"]
    assert found(segment="at_risk,lost", ordering="customer_key") == ["bob", "cid", "dan"]


def test_an_unknown_segment_is_an_empty_page(found):
    assert found(segment="vip") == found(segment=",") == []


def test_customers_are_found_by_lifetime_value_the_bounds_included(found):
    assert found(clv_from=10, ordering="customer_key") == ["ann", "bob", "dan"]
    assert found(clv_from=10.01) == ["ann"]
    assert found(clv_to=10, ordering="customer_key") == ["bob", "dan"]
    assert found(clv_from=20, clv_to=10) == []


def test_filters_go_together(found, shelf):
    shelf.score("bobby", segment="at_risk", clv=12.0, tier="high")
    assert found(**ASKED) == ["bobby", "bob", "dan"]
    assert found(**ASKED, search="bob") == ["bobby", "bob"]
    assert found(**ASKED, tier="high") == ["bobby"]


@pytest.mark.parametrize(
    ("ordering", "keys"),
    [
        ("clv", ["bob", "dan", "ann", "cid", "eve"]),
        ("-clv", ["ann", "bob", "dan", "cid", "eve"]),
        ("customer_key", ["ann", "bob", "cid", "dan", "eve"]),
        ("overall_score", ["cid", "eve", "ann", "dan", "bob"]),
        ("-overall_score", ["bob", "ann", "dan", "cid", "eve"]),
    ],
)
def test_customers_stand_in_the_order_asked_for_those_without_forecast_last(found, ordering, keys):
    assert found(ordering=ordering) == keys
    pages = (found(ordering=ordering, page=page, page_size=2) for page in (1, 2, 3))
    assert [*chain.from_iterable(pages)] == keys


def test_without_a_wish_the_best_score_comes_first(found):
    assert found() == found(ordering="-overall_score")


@pytest.mark.parametrize(
    "bad",
    [
        {"clv_from": "much"},
        {"clv_from": "nan"},
        {"clv_to": "inf"},
        {"ordering": "snapshot__holder"},
        {"ordering": "?"},
        {"ordering": "-customer_key,clv"},
        {"segment": "a\0b"},
        {"segment": ",".join(["x"] * 201)},
    ],
)
def test_a_bad_parameter_is_named(ask, bad):
    assert set(ask(status=400, **bad)) == set(bad)


@pytest.mark.parametrize("rows", [1, 30])
def test_filters_and_order_take_no_further_query(shelf, ask, rows, django_assert_num_queries):
    for number in range(rows):
        shelf.score(f"c{number}", segment="lost", clv=number + 1)
    with django_assert_num_queries(7):
        ask(**ASKED)


@pytest.mark.parametrize(
    "other",
    [{}, {"is_staff": True}, {"permissions": ["view_customerscore"]}],
    ids=["customer", "staff without the permission", "permission without staff"],
)
def test_filters_open_the_list_to_nobody(shelf, client, other):
    client.force_login(person("ann", **other))
    assert client.get(reverse("clvrec:customers"), ASKED).status_code == 403


# the same from Python


def test_tiers_and_segments_of_the_live_snapshot_go_together(db):
    shelf, old, corner = Shelf(), Shelf(is_live=False), Shelf("corner")
    wanted = shelf.score("ann", tier="high", segment="at_risk")
    shelf.score("bob", tier="high", segment="loyal")
    shelf.score("cid", tier="low", segment="at_risk")
    for other in (old, corner):
        other.score("ann", tier="high", segment="at_risk")
    live = CustomerScore.objects.live("ShopPurchases")
    assert live.in_tier("high").in_segment("at_risk").get() == wanted
    assert live.in_segment("at_risk").in_tier("high").get() == wanted


def test_any_of_several_tiers_or_segments_will_do_and_none_is_nobody(db):
    shelf = Shelf()
    for key, tier, segment in (("ann", "high", "loyal"), ("bob", "mid", "lost")):
        shelf.score(key, tier=tier, segment=segment)
    rows = CustomerScore.objects.live().order_by("customer_key")
    keys = rows.values_list("customer_key", flat=True)
    assert list(keys.in_tier("high", "mid")) == list(keys.in_segment("loyal", "lost"))
    assert list(keys.in_tier("high", "mid")) == ["ann", "bob"]
    assert list(keys.in_tier()) == list(keys.in_segment()) == []
    assert list(keys.in_segment("vip")) == []
