"""What is shown while the database does not answer: what everybody saw last, or nothing."""

import time

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_clvrec.outages import READING, RECORDING, VISITORS
from django_clvrec.serving import recommend, related, standby
from django_clvrec.shelves import RecommendedShelf, render_now
from tests.shelf import Shelf, person, product

pytestmark = pytest.mark.django_db(transaction=True)

MINE = "clvrec:my-recommendations"


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """A process that has seen neither answers nor failures."""
    monkeypatch.setattr(standby, "_popular", {})
    yield
    for breaker in (READING, RECORDING, VISITORS):
        breaker.succeeded()


@pytest.fixture
def shelf(db):
    shelf = Shelf()
    shelf.popular(*[product(f"Oats {number}") for number in range(6)])
    return shelf


@pytest.fixture
def away():
    """Every query fails from `with away():` on, as where a server hung up."""

    def refuse(execute, sql, params, many, context):
        raise OperationalError("server closed the connection unexpectedly")

    return lambda: connection.execute_wrapper(refuse)


def seen(n=5):
    return [item.key for item in recommend(None, "product", n, with_objects=True)]


def test_what_was_popular_stands_in(shelf, away):
    shown = seen()
    with away():
        answer = recommend("7", "product", 3, with_objects=True)
    assert [item.key for item in answer] == shown[:3]
    assert (answer.source, answer.is_standby, answer.customer_key) == ("popular", True, None)
    assert answer.reason == standby.UNAVAILABLE


def test_without_anything_seen_the_answer_is_empty_and_says_why(shelf, away):
    with away():
        answer = recommend("7", "product")
    assert (len(answer), answer.source, answer.reason) == (0, "none", standby.UNAVAILABLE)


def test_nobodys_own_list_stands_in_for_anybody(shelf, away):
    ann = person("ann")
    shelf.recommended(ann, *[product(f"Rice {number}") for number in range(4)])
    assert len(recommend(str(ann.pk), "product", 4, with_objects=True)) == 4
    with away():
        assert len(recommend(str(ann.pk), "product", 4)) == 0


def test_what_is_excluded_or_chosen_is_not_in_it(shelf, away):
    shown = seen()
    with away():
        answer = recommend(None, "product", exclude=shown[:1], interests=shown[1:2])
    assert [(item.key, item.rank) for item in answer] == [
        (key, rank) for rank, key in enumerate(shown[2:], 1)
    ]


def test_what_one_visitor_excluded_is_shown_to_the_others(shelf, away):
    shown = seen(3)
    recommend(None, "product", 50, with_objects=True, exclude=shown)
    with away():
        assert [item.key for item in recommend(None, "product")] == shown


def test_to_buy_again_and_beside_an_item_nothing_stands_in(shelf, away):
    shown = seen()
    with away():
        assert len(recommend("7", "product", intent="again")) == 0
        assert len(related(shown[:1], "product")) == 0


def test_what_was_popular_long_ago_is_not_shown(shelf, away, monkeypatch):
    seen()
    monkeypatch.setattr(standby, "OLDEST_SECONDS", -1.0)
    with away():
        assert len(recommend(None, "product")) == 0


def test_a_short_list_does_not_take_the_place_of_a_long_one(shelf, away):
    shown = seen(5)
    seen(2)
    with away():
        assert [item.key for item in recommend(None, "product")] == shown


def test_for_a_while_the_database_is_not_even_asked(shelf, away, django_assert_num_queries):
    seen()
    with away():
        recommend(None, "product")
    with django_assert_num_queries(0):
        assert recommend(None, "product").is_standby


def test_after_a_rest_it_is_asked_again(shelf, away, monkeypatch):
    seen()
    with away():
        recommend(None, "product")
    later = time.monotonic() + 60
    monkeypatch.setattr("django_clvrec.outages.breaker.time.monotonic", lambda: later)
    assert not recommend(None, "product").is_standby


def test_within_a_transaction_of_the_shop_an_error_is_the_shops(shelf, away):
    seen()
    with transaction.atomic(), away(), pytest.raises(OperationalError):
        recommend(None, "product")


def test_an_answer_costs_no_query_more_than_within_a_transaction(shelf):
    seen()
    with CaptureQueriesContext(connection) as alone:
        seen()
    with transaction.atomic(), CaptureQueriesContext(connection) as within:
        seen()
    assert len(alone) == len(within)


def test_a_list_that_stands_in_is_not_reported(shelf, away, client):
    seen()
    client.force_login(person("ann"))
    address = reverse(MINE, query={"level": "product"})
    assert client.get(address).json()["list"]
    with away():
        told = client.get(address).json()
    assert told["results"]
    assert told["list"] == ""


def test_events_are_to_be_sent_again(shelf, away, client):
    client.force_login(person("ann"))
    with away():
        reply = client.post(
            reverse("clvrec:events"), {"events": []}, content_type="application/json"
        )
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "5")


def test_a_wrong_question_is_still_told(shelf, away, client):
    with away():
        assert client.get(reverse(MINE, query={"level": "nowhere"})).status_code == 400


def test_an_object_that_asks_the_database_when_shown_leaves_the_shelf_empty(
    shelf, away, monkeypatch
):
    seen()

    def asks(self):
        return f"{type(self).objects.count()}"

    monkeypatch.setattr("example_shop.shop.models.Product.__str__", asks)
    shelf_now = RecommendedShelf(level="product")
    with away():
        assert render_now(shelf_now, None) == ""
