"""What a visitor is told does not depend on how the shop thinks of them."""

import json
import re
import time
from statistics import median

import pytest
from django.conf import settings as shop
from django.core.cache import caches
from django.db import connection
from django.template import engines
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_clvrec.shelves import RecommendedShelf, address_of
from tests.shelf import Shelf, person, product

TIERS = ("new", "low", "mid", "high")
SEGMENTS = {"new": "", "low": "lost", "mid": "at_risk", "high": "champions"}
TRACES = ("4711", "champions", "at_risk", "tier", "segment", "score", "98765")
ADDRESSES = ("my-recommendations", "popular", "related", "shelf", "events", "interests")


@pytest.fixture
def goods(db):
    return [product(name) for name in ("Oats", "Rice", "Figs")]


@pytest.fixture
def own_templates(settings):
    """Those of the app: what a shop shows to a tier is its own affair."""
    options = {"loaders": ["django.template.loaders.app_directories.Loader"]}
    (one,) = shop.TEMPLATES
    settings.INSTALLED_APPS = [name for name in shop.INSTALLED_APPS if name != "example_shop.shop"]
    settings.TEMPLATES = [
        {"BACKEND": one["BACKEND"], "OPTIONS": options | {"context_processors": []}}
    ]


@pytest.fixture
def people(goods, settings):
    """One customer of each tier, who is to see the same list."""
    settings.CLVREC = settings.CLVREC | {
        "POLICY": "tests.policies.OnlyListed", "EXPLORATION": {},
    }  # fmt: skip
    shelf, clients = Shelf(), {}
    shelf.popular(*goods)
    for tier in TIERS:
        user = person(f"customer-{TIERS.index(tier)}")
        shelf.score(user, tier=tier, spent="4711", segment=SEGMENTS[tier], clv=98765.0)
        shelf.popular(*goods, tier=tier)
        clients[tier] = Client()
        clients[tier].force_login(user)
    return clients


def ask(client, name):
    if name == "shelf":
        return client.get(address_of(RecommendedShelf(level="product", title="For you")))
    if name in {"events", "interests"}:
        body = {"events": []} if name == "events" else {"items": ["1"], "level": "product"}
        return client.post(reverse(f"clvrec:{name}"), body, "application/json")
    return client.get(reverse(f"clvrec:{name}"), {"level": "product", "items": "1"})


def without_tokens(text):
    """Tokens are of one visit each; what is in them that tells a tier is veiled."""
    text = re.sub(r'"list": ?"[^"]*"', "", text)
    return re.sub(r'data-clvrec-list="[^"]*"', "", text)


@pytest.mark.parametrize("name", ADDRESSES)
def test_customers_of_every_tier_get_the_same_answer_and_headers(people, own_templates, name):
    found = {tier: ask(client, name) for tier, client in people.items()}
    bodies = {without_tokens(one.text) for one in found.values()}
    assert len(bodies) == 1
    for header in ("ETag", "Vary", "Cache-Control", "Server-Timing", "Content-Type", "Allow"):
        assert len({one.headers.get(header) for one in found.values()}) == 1, header
    assert len({frozenset(one.headers) for one in found.values()}) == 1
    # a token is as long for one tier as for another, but for what signing makes of it
    lengths = [len(one.content) for one in found.values()]
    assert max(lengths) - min(lengths) <= 24


@pytest.mark.parametrize("name", ADDRESSES)
def test_no_answer_has_a_trace_of_tier_segment_score_or_spend(people, own_templates, name):
    for client in people.values():
        found = ask(client, name)
        told = (without_tokens(found.text) + json.dumps(dict(found.headers))).lower()
        assert not [trace for trace in TRACES if trace in told]


def test_a_page_of_the_shop_has_no_trace_either(people, own_templates, rf):
    template = engines["django"].from_string(
        "{% load clvrec %}{% recommendations 'product' %}{% get_recommendations 'product' as x %}"
        "{% for one in x %}{{ one.key }}{% endfor %}{% recommendations 'product' lazy=True %}"
    )
    pages = set()
    for client in people.values():
        request = rf.get("/")
        request.user = client.get("/admin/").wsgi_request.user
        pages.add(without_tokens(template.render({}, request)))
    (page,) = pages
    assert not [trace for trace in TRACES if trace in page.lower()]


def test_cached_answers_are_under_keys_that_tell_nothing(people, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "told",
        }
    }  # fmt: skip
    settings.CLVREC = settings.CLVREC | {"CACHE_SECONDS": 60}
    for client in people.values():
        ask(client, "my-recommendations")
    held = caches["default"]._cache
    assert held
    assert all(re.fullmatch(r":1:clvrec:[0-9a-f]{32}", key) for key in held)
    caches["default"].clear()


# errors


def refusal(client, key):
    return client.get(reverse("clvrec:customer", args=[key]))


@pytest.mark.parametrize("tier", ["new", "high"])
def test_a_refusal_reads_nothing_of_the_customer(people, tier):
    """So neither its queries nor its time can depend on whether there is one."""
    for key in (str(people["high"].get("/admin/").wsgi_request.user.pk), "nobody"):
        with CaptureQueriesContext(connection) as queries:
            assert refusal(people[tier], key).status_code == 403
        assert not [one for one in queries.captured_queries if "clvrec_" in one["sql"]]


@pytest.mark.slow
def test_a_refusal_takes_as_long_for_a_customer_as_for_nobody(people):
    taken = {"here": [], "nobody": []}
    key = str(people["high"].get("/admin/").wsgi_request.user.pk)
    for _ in range(300):
        for name, asked in (("here", key), ("nobody", "nobody")):
            started = time.perf_counter()
            refusal(people["low"], asked)
            taken[name].append(time.perf_counter() - started)
    ratio = median(taken["here"]) / median(taken["nobody"])
    print(f"A refusal takes {ratio:.3f} times as long for a customer as for nobody.")  # noqa: T201
    assert 0.5 < ratio < 2
