"""Who fills something from a snapshot is told when one goes live."""

import pytest
from django.db import transaction

from django_clvrec import pipeline
from django_clvrec.exceptions import HeldBack
from django_clvrec.published import snapshot_published, tell_published
from django_clvrec.serving import live_snapshot_id
from tests.corner_shop.clvrec import CornerShop
from tests.records import recorded
from tests.shelf import Shelf


@pytest.fixture
def told():
    """What was live each time that it was told."""
    found = []

    def hear(snapshot, **_):
        found.append((snapshot.pk, live_snapshot_id("corner")))

    snapshot_published.connect(hear)
    yield found
    snapshot_published.disconnect(hear)


@pytest.mark.django_db(transaction=True)
def test_a_refresh_tells_when_the_new_snapshot_is_live(stock, as_of, told, monkeypatch):
    monkeypatch.setattr(CornerShop, "items", {"product": "product_id"})
    stock.fill()
    live = pipeline.refresh("corner", engine="local", as_of=as_of)
    assert told == [(live.pk, live.pk)]


@pytest.mark.django_db(transaction=True)
def test_what_is_held_back_is_not_told(stock, as_of, told, monkeypatch):
    monkeypatch.setattr(CornerShop, "items", {"product": "product_id"})
    monkeypatch.setattr(pipeline, "_shortfalls", lambda _: ["too few customers"])
    stock.fill()
    with pytest.raises(HeldBack):
        pipeline.refresh("corner", engine="local", as_of=as_of)
    assert told == []


@pytest.mark.django_db(transaction=True)
def test_a_roll_back_is_told_too(told):
    shelf, later = Shelf("corner"), Shelf("corner", is_live=False)
    pipeline.activate(later.snapshot)
    pipeline.activate(shelf.snapshot)
    assert told == [(later.snapshot.pk,) * 2, (shelf.snapshot.pk,) * 2]


@pytest.mark.django_db(transaction=True)
def test_a_flip_that_is_undone_is_not_told(told):
    shelf = Shelf("corner")
    with transaction.atomic():
        tell_published(shelf.snapshot)
        transaction.set_rollback(True)
    assert told == []


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_fails_is_logged_without_its_text_and_stops_nobody(told):
    def fail(**_):
        raise ValueError("ann@example.com")

    snapshot_published.connect(fail)
    shelf = Shelf("corner")
    with recorded() as records:
        pipeline.activate(shelf.snapshot)
    snapshot_published.disconnect(fail)
    [record] = [one for one in records.found if one.event == "receiver.failed"]
    assert "ValueError" in record.getMessage()
    assert "ann@" not in record.getMessage()
    assert told == [(shelf.snapshot.pk, shelf.snapshot.pk)]
