"""The panel of django-debug-toolbar: what a page asked for, told to who may see the toolbar."""

import re

import pytest
from asgiref.sync import async_to_sync
from debug_toolbar.toolbar import DebugToolbar
from django.core.cache import cache
from django.test import AsyncClient, Client

from django_clvrec.looking import looker
from django_clvrec.models import Recommendation
from tests.open_shop import OFTEN, OpenShop
from tests.shelf import REPORT, Shelf, bought, key_of, pairs, person, product

DEVELOPER = {"X-Developer": "1"}
PANEL = "RecommendationsPanel"


@pytest.fixture
def ann(db):
    return person("ann")


@pytest.fixture
def shelf(ann):
    shelf = Shelf(report=REPORT)
    shelf.score(ann, tier="high")
    shelf.recommended(ann, product("Oats"), product("Rice"))
    shelf.popular(product("Figs"))
    return shelf


@pytest.fixture
def toolbars():
    """Those that were made."""
    found = []

    def keep(sender, toolbar, **_):
        found.append(toolbar)

    DebugToolbar._created.connect(keep)
    yield found
    DebugToolbar._created.disconnect(keep)


@pytest.fixture
def asked(toolbars, ann):
    """The calls of a page, as the panel has them."""

    def asked(path, user=ann, client=Client):
        client = client()
        if user is not None:
            client.force_login(user)

        async def answer():
            return await client.get(path, headers=DEVELOPER)

        if isinstance(client, AsyncClient):
            assert async_to_sync(answer)().status_code == 200
        else:
            assert client.get(path, headers=DEVELOPER).status_code == 200
        return toolbars[-1].get_panel_by_id(PANEL).get_stats()["calls"]

    return asked


def test_a_shelf_of_a_page_is_told(shelf, ann, asked):
    [one] = asked("/page/")
    assert (one["name"], one["asked"]["level"], one["asked"]["n"]) == ("recommend", "product", "2")
    told = {"source": "stored", "tier": "high", "recommender": "als:tier", "customer": key_of(ann)}
    assert told.items() <= one["answer"].items()
    assert [(item["name"], item["origin"]) for item in one["items"]] == [
        ("Oats", "stored"),
        ("Rice", "stored"),
    ]


def test_what_it_took_is_told(shelf, asked):
    asked("/page/")
    [one] = asked("/page/")
    assert one["queries"] == {"default": 2}
    assert one["milliseconds"] >= one["of_database"] > 0
    assert one["cache"] == "off"


def test_a_list_from_the_cache_is_told(shelf, asked, settings):
    settings.CLVREC = settings.CLVREC | {"CACHE_SECONDS": 60}
    cache.clear()
    [first] = asked("/plain-page/")
    [second] = asked("/plain-page/")
    assert (first["cache"], second["cache"]) == ("miss", "hit")
    assert second["queries"] == {}


def test_where_what_fills_a_list_up_comes_from_is_told(shelf, asked):
    [one] = asked("/page/", user=None)
    assert one["answer"]["source"] == "popular"
    assert [item["origin"] for item in one["items"]] == ["popular", "catalogue"]


def test_why_an_item_is_recommended_is_told_where_the_page_did_not_ask(asked):
    shop = OpenShop().refresh()
    shop.buy(OFTEN, "p01")
    [one] = asked(f"/plain-page/?source=corner&customer={shop.key(OFTEN)}")
    assert one["answer"]["source"] == "fold_in"
    assert one["items"][0]["because"] in shop.bought(OFTEN)


def test_what_the_policy_left_out_is_told(shelf, ann, asked, settings):
    policy = "example_shop.shop.policy.ShopPolicy"
    settings.CLVREC = settings.CLVREC | {"POLICY": policy}
    gone = product("Gone")
    gone.is_sellable = False
    gone.save()
    Recommendation.objects.update(items=pairs([gone, product("Left")]))
    [one] = asked("/page/")
    assert {"why": "the policy does not sell them now", "keys": [key_of(gone)]} in one["removed"]


def test_what_was_bought_just_now_is_told(shelf, ann, asked):
    oats = product("Tea")
    bought(ann, oats)
    [one] = asked("/page/")
    [hidden] = [found for found in one["removed"] if "bought already" in found["why"]]
    assert key_of(oats) in hidden["keys"]


def test_what_rules_left_out_is_told(shelf, asked, settings):
    [[first, _], _] = Recommendation.objects.get().items
    rule = {"level": "product", "action": "hide", "items": [first]}
    settings.CLVREC = settings.CLVREC | {"RULES": [rule]}
    [one] = asked("/page/")
    assert {"why": "rules or variety left them out", "keys": [first]} in one["removed"]


@pytest.mark.parametrize("client", [Client, AsyncClient])
def test_an_asynchronous_page_is_told_too(shelf, asked, client):
    first, second = asked("/async-page/", client=client)
    assert (first["asked"]["n"], second["asked"]["n"]) == ("1", "2")
    assert second["answer"]["source"] == "stored"


def test_a_page_under_asgi_is_told(shelf, asked):
    [one] = asked("/page/", client=AsyncClient)
    assert one["answer"]["source"] == "stored"


def test_a_page_that_asks_for_nothing_says_so(shelf, asked, toolbars):
    assert asked("/empty-page/") == []
    panel = toolbars[-1].get_panel_by_id(PANEL)
    assert panel.nav_subtitle == "0 calls in 0.00 ms"
    assert "asked for no recommendations" in panel.content


def test_the_panel_is_shown_as_it_was_stored(shelf, asked, toolbars, client):
    asked("/page/")
    address = f"/__debug__/render_panel/?request_id={toolbars[-1].request_id}&panel_id={PANEL}"
    html = client.get(address, headers=DEVELOPER).json()["content"]
    assert "als:tier" in html
    assert "Oats" in html
    assert not re.search(r"https?://|<script|<style|style=", html)
    assert client.get(address).status_code == 404


def test_who_may_not_see_the_toolbar_is_not_looked_at(shelf, toolbars, client, monkeypatch):
    def begins(*_):
        raise AssertionError("somebody looks")

    monkeypatch.setattr("django_clvrec.contrib.debug_toolbar.panel.Recorder.begins", begins)
    assert client.get("/page/").status_code == 200
    assert toolbars == []


def test_nobody_looks_when_the_page_is_done(shelf, asked):
    asked("/page/")
    assert looker() is None


def test_an_error_of_a_call_is_told(shelf, asked, monkeypatch, toolbars):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("django_clvrec.serving.objects.policy", broken)
    client = Client(raise_request_exception=False)
    client.force_login(person("bob"))
    client.get("/plain-page/", headers=DEVELOPER)
    recorder = toolbars[-1].get_panel_by_id(PANEL)._recorder
    assert recorder.calls[0].answer == {"source": "an error"}
    assert looker() is None
