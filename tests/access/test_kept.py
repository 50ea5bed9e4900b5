"""Answers about customers are kept by nobody who could give them to somebody else."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from rest_framework.authentication import BaseAuthentication
from rest_framework.views import APIView

from tests.access.people import User
from tests.access.test_policy import MINE
from tests.shelf import person

STAFF = ("customers", "segments", "leaderboard", "snapshots")
OF_ONE = ("customer", "customer-recommendations")
BOSS = {"X-Key": "boss"}


class ByKey(BaseAuthentication):
    """A key in a header of the shop's own, of which no cache knows that it tells who asks."""

    def authenticate(self, request):
        name = request.headers.get("X-Key")
        return (User.objects.get(username=name), None) if name else None


@pytest.fixture
def kept(shelf, settings, monkeypatch):
    """A site whose pages are cached, with an API that knows keys."""
    first, last = "UpdateCacheMiddleware", "FetchFromCacheMiddleware"
    name = "django.middleware.cache"
    settings.MIDDLEWARE = [f"{name}.{first}", *settings.MIDDLEWARE, f"{name}.{last}"]
    monkeypatch.setattr(APIView, "authentication_classes", (ByKey,))
    person("boss", ["view_customerscore"], is_staff=True)
    cache.clear()
    yield
    cache.clear()


def addresses():
    found = [reverse(f"clvrec:{name}") for name in STAFF]
    return found + [reverse(f"clvrec:{name}", args=[MINE]) for name in OF_ONE]


def test_a_cache_of_pages_gives_no_answer_for_staff_to_visitors(kept):
    for address in addresses():
        assert Client().get(address, headers=BOSS).status_code == 200
        assert Client().get(address).status_code == 403


def test_neither_browsers_nor_proxies_keep_them(kept):
    for address in addresses():
        for headers in (BOSS, {}):
            told = Client().get(address, headers=headers).headers["Cache-Control"]
            assert {"private", "no-store"} <= {*told.split(", ")}
