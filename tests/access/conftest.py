"""A shop with one customer of whom there is something to see, and everybody who may ask."""

import pytest
from rest_framework.authentication import SessionAuthentication
from rest_framework.views import APIView

from tests.access.people import ByToken
from tests.shelf import Shelf, product

KEY = "7"
"""Of the customer whose things others ask for."""


@pytest.fixture
def shelf(db):
    shelf = Shelf()
    shelf.score(KEY, tier="high", spent="4711", overall_score=9, segment="champions", clv=1234.5)
    shelf.score("9", tier="low", spent="3", overall_score=1, segment="lost")
    shelf.popular(product("Oats"), product("Rice"))
    shelf.popular(product("Caviar"), tier="high")
    shelf.recommended(KEY, product("Truffles"))
    return shelf


@pytest.fixture
def tokens(monkeypatch):
    """A shop whose API knows sessions and tokens."""
    monkeypatch.setattr(APIView, "authentication_classes", (SessionAuthentication, ByToken))
