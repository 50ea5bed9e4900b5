"""Entries in the admin's history, which are never worth what they tell of."""

from django.db import transaction

from django_clvrec import audit
from django_clvrec.locks import ask_to_end
from tests.shelf import Shelf


def test_an_entry_that_fails_takes_nothing_back(db):
    snapshot = Shelf(is_live=False, state="running").snapshot
    with transaction.atomic():  # as a request's, where ATOMIC_REQUESTS is on
        assert ask_to_end(snapshot.pk, "boss")
        audit.note(snapshot, None, "Cancelled this refresh.")  # nobody: NOT NULL
        snapshot.refresh_from_db()
    assert snapshot.cancelled_by == "boss"
