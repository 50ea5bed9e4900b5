"""A connection that is lost while an event is stored is made anew, and the event is stored."""

import json

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from django_clvrec import outages
from django_clvrec.feedback import record
from django_clvrec.models import ShownList
from tests.shelf import Shelf, person, product


@pytest.fixture
def lost_once(monkeypatch):
    """The first to store anything finds that the connection is gone."""
    was = []

    def stored(*args, **kwargs):
        if not was:
            was.append(True)
            raise OperationalError("server closed the connection unexpectedly")
        return record(*args, **kwargs)

    monkeypatch.setattr("django_clvrec.feedback.record", stored)
    monkeypatch.setattr("django_clvrec.outages.guard._drop_broken", lambda *_: True)
    outages.RECORDING.succeeded()
    yield was
    outages.RECORDING.succeeded()


@pytest.mark.django_db(transaction=True)
def test_the_body_that_was_read_is_used_again(lost_once):
    shelf, ann = Shelf(), person("ann")
    shelf.recommended(ann, product("Oats"))
    client = Client()
    client.force_login(ann)
    token = client.get(f"{reverse('clvrec:my-recommendations')}?level=product").json()["list"]
    body = json.dumps({"events": [{"list": token, "kind": "shown"}]})
    found = client.post(reverse("clvrec:events"), body, content_type="application/json")
    assert (found.status_code, found.json()["accepted"]) == (200, 1)
    assert lost_once == [True]
    assert ShownList.objects.count() == 1
    assert not connection.in_atomic_block
