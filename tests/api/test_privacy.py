"""Staff erase customers, and get what is held about one."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from django_clvrec import marks
from django_clvrec.models import CustomerScore
from tests.api.test_staff import AWKWARD
from tests.shelf import Shelf, person

pytestmark = pytest.mark.django_db
LOOK, ERASE, EXPORT = "view_customerscore", "erase_customer", "export_customerscore"


@pytest.fixture
def shelf(db):
    return Shelf()


def delete(client, key, status=200, query=""):
    response = client.delete(reverse("clvrec:customer", args=[key]) + query)
    assert response.status_code == status
    return response


def held(client, key, status=200):
    response = client.get(reverse("clvrec:customer-held", args=[key]))
    assert response.status_code == status
    return response


@pytest.mark.parametrize("may", [[], [LOOK], [ERASE]])
def test_it_takes_both_permissions(shelf, client, may):
    shelf.score("ann")
    delete(client, "ann", 403)
    held(client, "ann", 403)
    client.force_login(person("temp", may, is_staff=True))
    delete(client, "ann", 403)
    held(client, "ann", 403)
    assert CustomerScore.objects.exists()
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("key", AWKWARD)
def test_a_customer_is_erased_whatever_the_key(shelf, client, key):
    client.force_login(person("boss", [LOOK, ERASE], is_staff=True))
    shelf.score(key)
    assert delete(client, key).json() == {"rows": {"CustomerScore": 1}}
    assert delete(client, key).json() == {"rows": {}}
    entry = LogEntry.objects.first()
    assert "Erased a customer" in entry.get_change_message()
    assert entry.object_repr == str(shelf.snapshot)


def test_an_objection_is_kept(shelf, client):
    client.force_login(person("boss", [LOOK, ERASE], is_staff=True))
    delete(client, "ann", query="?stays_out=true")
    assert "ann" in marks.staying_out("ShopPurchases")


@pytest.mark.parametrize("query", ["?stays_out=perhaps", "?source=elsewhere"])
def test_what_is_wrong_erases_nothing(shelf, client, query):
    client.force_login(person("boss", [LOOK, ERASE], is_staff=True))
    shelf.score("ann")
    delete(client, "ann", 400, query)
    assert CustomerScore.objects.exists()


@pytest.mark.parametrize("key", AWKWARD)
def test_what_is_held_is_told_as_json(shelf, client, key):
    client.force_login(person("boss", [LOOK, EXPORT], is_staff=True))
    shelf.score(key)
    response = held(client, key)
    found = json.loads(b"".join(response.streaming_content))
    assert (found["customer"], len(found["scores"])) == (key, 1)
    assert response.headers["Cache-Control"] == "no-store"
    assert "Downloaded what is held" in LogEntry.objects.get().get_change_message()


def test_before_the_first_refresh_too(client):
    client.force_login(person("boss", [LOOK, ERASE, EXPORT], is_staff=True))
    assert delete(client, "ann").json() == {"rows": {}}
    assert json.loads(b"".join(held(client, "ann").streaming_content))["scores"] == []
