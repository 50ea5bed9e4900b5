import pytest
from django.contrib.auth.models import User

from django_clvrec.sources import registry
from tests.awkward.desk import Desk, as_shop


@pytest.fixture
def shop(db, monkeypatch):
    """A shop without any source yet, and the modules that the page's snippets import from."""
    monkeypatch.setattr(registry, "_registry", {})
    as_shop(monkeypatch)
    registry._registry.clear()
    return Desk()


@pytest.fixture
def policy(settings, monkeypatch):
    """Makes a class the shop's policy."""

    def policy(cls):
        monkeypatch.setattr("tests.awkward.conftest.own_policy", cls, raising=False)
        settings.CLVREC = settings.CLVREC | {"POLICY": "tests.awkward.conftest.own_policy"}
        return cls()

    return policy


@pytest.fixture
def ask(client):
    """Keys that whoever is signed in is shown by the API."""

    def ask(path="me/recommendations", user=None, host="testserver", **query):
        if user is not None:
            client.force_login(user)
        response = client.get(f"/clvrec/v1/{path}/", query, HTTP_HOST=host)
        assert response.status_code == 200, response.content
        return [item["key"] for item in response.json()["results"]]

    return ask


@pytest.fixture
def user(db):
    return lambda name: User.objects.create_user(name, f"{name}@example.com")
