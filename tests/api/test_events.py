"""`POST events/`: what a browser sends, and what it is answered."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.settings import api_settings
from rest_framework.test import APIClient

from django_clvrec.api.events import MOST_EVENTS
from django_clvrec.api.parsers import MOST_BYTES
from django_clvrec.conf import load_class
from django_clvrec.feedback import read_token
from django_clvrec.models import Feedback, ShownList
from django_clvrec.policy import Policy
from tests.shelf import Shelf, key_of, person, product

FORBIDDEN = ("tier", "score", "high", "4711")


@pytest.fixture
def goods(db):
    return [product("Oats"), product("Rice")]


@pytest.fixture
def ann(goods):
    shelf, ann = Shelf(), person("ann")
    shelf.score(ann, tier="high", spent="4711")
    shelf.popular(*goods)
    return ann


@pytest.fixture
def browser(ann):
    """Signed in as ann, and with CSRF enforced as in a real shop."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ann)
    return browser


def token_of(browser, name="clvrec:my-recommendations"):
    return browser.get(reverse(name), {"level": "product"}).json()["list"]


def post(browser, *events, kind="application/json", body=None, status=200, **headers):
    body = json.dumps({"events": events}) if body is None else body
    found = browser.post(reverse("clvrec:events"), body, kind, headers=headers)
    assert found.status_code == status, found.content
    return found.json()


@pytest.mark.parametrize("kind", ["application/json", "text/plain;charset=UTF-8"])
def test_a_browser_reports_without_a_csrf_token(browser, goods, kind):
    token = token_of(browser)
    events = [
        {"list": token, "kind": "shown"},
        {"list": token, "kind": "clicked", "item": key_of(goods[0])},
    ]
    assert post(browser, *events, kind=kind) == {"accepted": 2, "ignored": {}}
    row = Feedback.objects.get()
    assert (row.item_key, row.shown_list.tier) == (key_of(goods[0]), "high")


def test_a_list_of_popular_items_is_reported_too(browser):
    token = token_of(browser, "clvrec:popular")
    assert post(browser, {"list": token, "kind": "shown"})["accepted"] == 1


def test_looking_at_a_list_writes_nothing(browser):
    token_of(browser)
    assert not ShownList.objects.exists()


def test_another_customer_cannot_report_the_list(browser):
    event = {"list": token_of(browser), "kind": "shown"}
    other = Client()
    other.force_login(person("bob"))
    assert post(other, event) == {"accepted": 0, "ignored": {"other_visitor": 1}}


def test_bad_events_are_counted_by_their_reason(browser):
    token = token_of(browser)
    events = [{"list": "x", "kind": "shown"}, {"list": token, "kind": "clicked", "item": "?"}, 3]
    assert post(browser, *events, {"list": token, "kind": "shown"}) == {
        "accepted": 1,
        "ignored": {"bad_token": 1, "unknown_item": 1, "malformed": 1},
    }


def test_expired_tokens_are_counted(browser, monkeypatch):
    event = {"list": token_of(browser), "kind": "shown"}
    later = timezone.now().timestamp() + 90_000
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert post(browser, event)["ignored"] == {"expired": 1}


# visitors


@pytest.fixture
def visitor(ann):
    """Somebody with a session, as who has put something into the cart."""
    visitor = Client()
    session = visitor.session
    session["cart"] = {}
    session.save()
    return visitor


def test_a_visitor_with_a_session_is_told_from_others(visitor):
    assert post(visitor, {"list": token_of(visitor), "kind": "shown"})["accepted"] == 1
    row = ShownList.objects.get()
    assert (row.is_customer, row.tier) == (False, "new")
    assert visitor.session.session_key not in row.subject_key


def test_a_visitor_without_a_session_gets_neither_token_nor_cookie(ann):
    stranger = Client()
    assert token_of(stranger) == ""
    assert post(stranger, {"list": "x", "kind": "shown"})["ignored"] == {"not_tracked": 1}
    assert not stranger.cookies


def test_a_session_that_is_not_there_is_nobodys(ann):
    forger = Client()
    forger.cookies["sessionid"] = "f" * 32
    assert token_of(forger) == ""


@pytest.mark.parametrize("header", ["Sec-GPC", "DNT"])
def test_who_does_not_want_to_be_tracked_is_not(browser, header):
    event = {"list": token_of(browser), "kind": "shown"}
    assert post(browser, event, **{header: "1"}) == {"accepted": 0, "ignored": {"not_tracked": 1}}
    assert not ShownList.objects.exists()


class Impersonal(Policy):
    def is_personalised(self, request):
        return False


def test_who_wants_no_list_of_their_own_sees_what_is_popular(browser, ann, goods, settings):
    Shelf().recommended(ann, goods[1])
    settings.CLVREC = settings.CLVREC | {"POLICY": f"{__name__}.Impersonal"}
    assert isinstance(load_class("POLICY")(), Impersonal)
    asked = browser.get(reverse("clvrec:my-recommendations"), {"level": "product"})
    assert asked.json()["source"] != "stored"


def test_no_answer_and_no_row_tells_who_it_was(browser):
    said = browser.get(reverse("clvrec:my-recommendations"), {"level": "product"})
    answered = post(browser, {"list": said.json()["list"], "kind": "shown"})
    for text in (said.text, json.dumps(answered)):
        assert not [word for word in FORBIDDEN if word in text.lower()]
    assert not [one for one in ("ip", "agent", "address") if hasattr(ShownList, one)]


def test_lists_are_kept_by_no_shared_cache(browser):
    for name in ("clvrec:my-recommendations", "clvrec:popular"):
        assert browser.get(reverse(name)).headers["Cache-Control"] == "private"


# what is too much, or nothing


@pytest.mark.parametrize("body", ["", "x", "[]", "{}", '{"events": 3}', "[" * 100_000, "\xff", "1"])
def test_a_body_that_is_none_is_a_bad_request(browser, body):
    for kind in ("application/json", "text/plain"):
        post(browser, body=body.encode("latin-1"), kind=kind, status=400)


def test_a_form_is_no_body(browser):
    post(browser, body="a=b", kind="application/x-www-form-urlencoded", status=415)


def test_there_are_at_most_so_many_events(browser):
    event = {"list": "x", "kind": "shown"}
    assert post(browser, *[event] * MOST_EVENTS)["ignored"] == {"bad_token": MOST_EVENTS}
    post(browser, *[event] * (MOST_EVENTS + 1), status=400)


def test_there_are_at_most_so_many_bytes(browser):
    body = json.dumps({"events": [], "more": "x" * MOST_BYTES})
    assert "bytes" in post(browser, body=body, status=413)["detail"]


def test_no_event_at_all_is_fine(browser):
    assert post(browser) == {"accepted": 0, "ignored": {}}


def test_it_cannot_be_read(browser):
    assert browser.get(reverse("clvrec:events")).status_code == 405


def test_a_shop_can_limit_the_rate(browser, monkeypatch):
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "clvrec_events", "2/day")
    assert [post(browser)["accepted"] for _ in range(2)] == [0, 0]
    post(browser, status=429)


def test_a_shop_that_signs_in_by_another_way_reports_so(browser, ann):
    """Such as a single page that sends a token in a header: DRF's own authentication counts."""
    event = {"list": token_of(browser), "kind": "shown"}
    page = APIClient()
    page.force_authenticate(ann)
    found = page.post(reverse("clvrec:events"), {"events": [event]}, format="json")
    assert found.json() == {"accepted": 1, "ignored": {}}
    assert read_token(event["list"]).list_id == ShownList.objects.get().pk
