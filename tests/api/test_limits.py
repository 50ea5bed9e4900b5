"""What is too much is refused before it costs anything, and says how much is allowed."""

import json

import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.urls import reverse
from rest_framework.settings import api_settings

from django_clvrec.api import base, throttles
from django_clvrec.api.parsers import MOST_BYTES, MOST_DEEP
from django_clvrec.api.serializers import MOST_KEYS
from django_clvrec.conf import RATES
from django_clvrec.exports import places
from django_clvrec.models import KEY_LENGTH
from django_clvrec.office import bounds
from django_clvrec.outages import Breaker
from tests.shelf import Shelf, person, product

INTERESTS, RELATED = "clvrec:interests", "clvrec:related"
CUSTOMERS = "clvrec:customers"


@pytest.fixture
def shelf(db):
    return Shelf()


@pytest.fixture
def boss(shelf, client):
    may = ["view_customerscore", "export_customerscore"]
    client.force_login(person("boss", may, is_staff=True))
    return client


@pytest.fixture
def own_cache(settings):
    """A cache of the test's own: what it counts, nobody else does."""
    settings.CACHES = {"default": {"BACKEND": f"{LocMemCache.__module__}.LocMemCache",
                                   "LOCATION": "limits"}}  # fmt: skip
    yield caches["default"]
    caches["default"].clear()


def post(client, body, **options):
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(reverse(INTERESTS), text, content_type="application/json", **options)


# keys, queries and bodies


def test_there_are_at_most_so_many_keys(shelf, client):
    keys = ["1"] * (MOST_KEYS + 1)
    assert post(client, {"items": keys}).status_code == 400
    assert client.get(reverse(RELATED), {"items": ",".join(keys)}).status_code == 400


def test_a_key_is_at_most_so_long(shelf, client):
    long = "x" * (KEY_LENGTH + 1)
    assert post(client, {"items": [long]}).status_code == 400
    found = client.get(reverse(RELATED), {"items": f"1,{long}"})
    assert (found.status_code, set(found.json())) == (400, {"items"})


@pytest.mark.parametrize("name", ["my-recommendations", "popular", "customers", "events"])
def test_a_long_query_is_refused_without_a_query_of_the_database(
    boss, name, django_assert_num_queries
):
    address = reverse(f"clvrec:{name}")
    with django_assert_num_queries(0):
        found = boss.get(f"{address}?x={'x' * base.MOST_QUERY}")
    assert (found.status_code, list(found.json())) == (400, ["detail"])


def test_a_thousand_parameters_are_refused_in_json(shelf, client):
    found = client.get(reverse("clvrec:popular") + "?" + "a&" * 1001)
    assert (found.status_code, list(found.json())) == (400, ["detail"])


def test_a_long_body_is_refused_unread(shelf, client):
    body = json.dumps({"items": ["1"], "more": "x" * MOST_BYTES})
    assert post(client, body).status_code == 413


@pytest.mark.parametrize("body", ["NaN", '{"n": Infinity}', "[" * MOST_BYTES, "9" * 10_000])
def test_what_is_no_json_is_told(shelf, client, body):
    assert post(client, body).status_code == 400


def test_a_body_is_at_most_so_deep(shelf, client):
    for deep, status in ((MOST_DEEP - 1, 200), (MOST_DEEP + 1, 400)):
        body = '{"items": ["1"], "more": %s}' % ("[" * deep + "]" * deep)
        assert post(client, body).status_code == status


def test_interests_are_json_and_nothing_else(shelf, client):
    assert client.post(reverse(INTERESTS), {"items": ["1"]}).status_code == 415


# pages


def test_pages_and_their_count_end_somewhere(boss, shelf, monkeypatch):
    monkeypatch.setattr(bounds, "MOST_ROWS", 4)
    for number in range(7):
        shelf.score(f"c{number}")
    first = boss.get(reverse(CUSTOMERS), {"page_size": 2}).json()
    assert first["count"] == 4
    assert boss.get(reverse(CUSTOMERS), {"page_size": 2, "page": 3}).status_code == 404


def test_behind_a_key_it_goes_on_however_deep(boss, shelf, monkeypatch):
    monkeypatch.setattr(bounds, "MOST_ROWS", 2)
    for number in range(7):
        shelf.score(f"c{number}")
    found, after = [], ""
    while True:
        asked = {"ordering": "customer_key", "after": after, "page_size": 2}
        rows = boss.get(reverse(CUSTOMERS), asked).json()["results"]
        if not rows:
            break
        found += [row["customer_key"] for row in rows]
        after = found[-1]
    assert found == [f"c{number}" for number in range(7)]


def test_behind_a_key_needs_the_order_of_keys(boss, shelf):
    assert set(boss.get(reverse(CUSTOMERS), {"after": "a"}).json()) == {"after"}


# rates


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("my-recommendations", throttles.LISTS),
        ("popular", throttles.LISTS),
        ("related", throttles.RELATED),
        ("customers", throttles.STAFF),
        ("segments", throttles.STAFF),
    ],
)
def test_each_endpoint_has_a_rate_to_set(boss, own_cache, monkeypatch, name, scope):
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, scope, "1/day")
    monkeypatch.setattr(throttles.ShopsRate, "cache", own_cache)
    asked = {"items": "1"} if name == "related" else {}
    first, second = (boss.get(reverse(f"clvrec:{name}"), asked) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 429)
    assert int(second.headers["Retry-After"]) > 0


def test_interests_have_a_rate_of_their_own(shelf, client, own_cache, monkeypatch):
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, throttles.INTERESTS, "1/day")
    monkeypatch.setattr(throttles.ShopsRate, "cache", own_cache)
    found = [post(client, {"items": ["1"]}).status_code for _ in range(2)]
    assert found == [200, 429]
    assert client.get(reverse("clvrec:popular")).status_code == 200


def test_what_is_counted_does_not_tell_who_it_was(boss, own_cache, monkeypatch):
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, throttles.STAFF, "9/day")
    monkeypatch.setattr(throttles.ShopsRate, "cache", own_cache)
    boss.get(reverse(CUSTOMERS))
    (key,) = own_cache._cache
    assert len(key.rpartition("_")[2]) == 32
    assert "127.0.0.1" not in key


def test_where_the_shop_sets_none_only_staff_have_a_rate(monkeypatch):
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", {})
    rates = {}
    for scope in RATES:
        throttle = throttles.ShopsRate()
        throttle.scope = scope
        rates[scope] = throttle.get_rate()
    assert {scope: rate for scope, rate in rates.items() if rate} == {throttles.STAFF: "600/min"}


class Down:
    def get(self, *_args):
        raise ConnectionError


def test_where_the_cache_is_down_everybody_passes(boss, monkeypatch, caplog):
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, throttles.STAFF, "1/day")
    monkeypatch.setattr(throttles.ShopsRate, "cache", Down())
    monkeypatch.setattr(throttles, "_counting", Breaker())
    assert [boss.get(reverse(CUSTOMERS)).status_code for _ in range(2)] == [200, 200]
    assert "Rates cannot be counted: ConnectionError" in caplog.text


# exports at once


def export(client):
    return client.get(reverse("admin:clvrec_customerscore_export"))


def test_so_many_exports_of_one_person_run_at_once(boss, shelf, own_cache):
    shelf.score("ann")
    running = export(boss)
    next(iter(running.streaming_content))
    # others, as on connections of their own
    who = int(boss.session["_auth_user_id"])
    others = [places.take("export", who) for _ in range(places.OF_ONE - 1)]
    refused = export(boss)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert "clvrec_export" in refused.text
    b"".join(running.streaming_content)
    again = export(boss)
    assert again.status_code == 200
    assert b"ann" in again.getvalue()
    assert None not in others


def test_everybody_together_has_so_many(own_cache):
    taken = [places.take("export", who) for who in range(places.OF_ALL)]
    assert None not in taken
    assert places.take("export", "one more") is None
    assert places.take("report", "one more") is not None
    taken[0].give_back()
    assert places.take("export", "one more") is not None


def test_a_refused_person_takes_no_place(own_cache):
    held = [places.take("export", 1) for _ in range(places.OF_ONE)]
    assert places.take("export", 1) is None
    assert len(own_cache._cache) == 2 * len(held)


def test_a_place_in_use_is_kept_and_one_that_is_left_is_free_again(own_cache, monkeypatch):
    place = places.take("export", 1)
    place.kept_at -= places.SECONDS
    place.keep()
    assert all(own_cache.get(key) for key in place.keys)
    own_cache.clear()  # as time does
    assert places.take("export", 1) is not None


def test_where_the_cache_keeps_nothing_there_is_no_bound(settings):
    settings.CACHES = {"default": {"BACKEND": "no.such.Cache"}}
    assert all(places.take("export", 1) for _ in range(places.OF_ALL + 1))


def test_so_many_values_of_one_condition(boss, shelf):
    asked = {"segment": [f"s{number}" for number in range(101)]}
    found = boss.get(reverse("admin:clvrec_customerscore_count"), asked)
    assert found.status_code == 400
    many = {"tier": ["high"] * 500}
    assert boss.get(reverse("admin:clvrec_customerscore_count"), many).status_code == 200


def test_a_long_address_of_the_page_of_customers_is_refused(boss, shelf):
    for name in ("changelist", "count", "export"):
        found = boss.get(reverse(f"admin:clvrec_customerscore_{name}"), {"q": "x" * 9000})
        assert found.status_code == 400


def test_a_list_is_never_longer_than_it_may_be(shelf, client):
    shelf.popular(*(product() for _ in range(3)))
    assert client.get(reverse("clvrec:popular"), {"n": "9" * 400}).status_code == 400
