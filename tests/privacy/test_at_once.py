"""An erasure and a refresh that goes live at the same moment: one waits for the other."""

import threading

import pytest
from django.db import connection

from django_clvrec import locks, marks, pipeline
from django_clvrec.models import CustomerScore, Snapshot
from django_clvrec.movement import record
from django_clvrec.privacy import erase
from tests.shelf import AS_OF, Shelf

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
SECONDS = 0.5
"""So long is watched that somebody waits."""


@pytest.fixture
def running():
    """A refresh that has written everything and is about to go live, over a live snapshot."""
    live = Shelf("corner")
    live.score("ann", tier="low")
    live.score("bob", tier="low")
    made = locks.acquire("corner", "by hand", AS_OF)
    shelf = Shelf("corner", is_live=False)
    Snapshot.objects.filter(pk=shelf.snapshot.pk).delete()
    shelf.snapshot = made
    shelf.score("ann", tier="high")
    shelf.score("bob", tier="high")
    return made


def at_once(monkeypatch, place, name, first, second):
    """`second` begins while `first` stands behind the call of `name`; whether it had to wait."""
    there, go_on, waited = threading.Event(), threading.Event(), []
    call = getattr(place, name)

    def stop(*args, **more):
        found = call(*args, **more)
        if threading.current_thread().name == "first":
            there.set()
            go_on.wait(30)
        return found

    def work(what):
        try:
            what()
        finally:
            connection.close()

    monkeypatch.setattr(place, name, stop)
    threads = [
        threading.Thread(target=work, args=(what,), name=called)
        for what, called in ((first, "first"), (second, "second"))
    ]
    threads[0].start()
    assert there.wait(30)
    threads[1].start()
    threads[1].join(SECONDS)
    waited.append(threads[1].is_alive())
    go_on.set()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return waited[0]


def left():
    rows = CustomerScore.objects.values_list("customer_key", flat=True)
    return {*rows}, Snapshot.objects.live("corner").get().pk


def test_a_refresh_goes_live_after_the_erasure_and_without_its_customer(running, monkeypatch):
    assert at_once(
        monkeypatch,
        marks,
        "next_revision",
        lambda: erase("ann", "corner"),
        lambda: pipeline._go_live(running),
    )
    assert left() == ({"bob"}, running.pk)


def test_an_erasure_waits_for_a_refresh_that_goes_live_and_finds_its_rows(running, monkeypatch):
    assert at_once(
        monkeypatch,
        marks,
        "lock",
        lambda: pipeline._go_live(running),
        lambda: erase("ann", "corner"),
    )
    assert left() == ({"bob"}, running.pk)


def test_a_move_that_waits_for_an_erasure_is_not_noted(running, monkeypatch):
    live = Snapshot.objects.live("corner").get().pk
    moved = {"before": "low", "after": "mid", "cause": "order", "revision": 0}
    assert at_once(
        monkeypatch,
        marks,
        "next_revision",
        lambda: erase("ann", "corner"),
        lambda: record("corner", live, "ann", **moved),
    )
    from django_clvrec.models import CurrentTier, TierChange

    assert not TierChange.objects.exists()
    assert not CurrentTier.objects.exists()
