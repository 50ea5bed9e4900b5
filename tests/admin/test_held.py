"""The page of one customer gives away what is held, to staff who may take it out."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from django_clvrec import marks
from tests.shelf import Shelf, person

LOOK, EXPORT, ERASE = "view_customerscore", "export_customerscore", "erase_customer"


@pytest.fixture
def row(db):
    return Shelf().score("ann")


def page_of(row, name):
    return reverse(f"admin:clvrec_customerscore_{name}", args=[row.pk])


def test_what_is_held_is_a_file(row, client):
    client.force_login(person("boss", [LOOK, EXPORT], is_staff=True))
    assert "Download what is held" in client.get(page_of(row, "change")).text
    response = client.post(page_of(row, "held"))
    assert json.loads(b"".join(response.streaming_content))["scores"][0]["customer_key"] == "ann"
    assert 'filename="held.json"' in response.headers["Content-Disposition"]
    entry = LogEntry.objects.get()
    assert "ann" not in (entry.object_repr, entry.object_id)


def test_it_takes_the_permission_to_export(row, client):
    client.force_login(person("temp", [LOOK], is_staff=True))
    assert "Download what is held" not in client.get(page_of(row, "change")).text
    assert client.post(page_of(row, "held")).status_code == 403
    assert client.get(page_of(row, "held")).status_code == 405


@pytest.mark.parametrize("objects", [True, False])
def test_whether_the_customer_objects_is_asked_when_erasing(row, client, objects):
    client.force_login(person("boss", [LOOK, ERASE], is_staff=True))
    assert 'name="stays_out"' in client.get(page_of(row, "erase")).text
    client.post(page_of(row, "erase"), {"stays_out": "on"} if objects else {})
    assert ("ann" in marks.staying_out("ShopPurchases")) == objects
