"""Who moves when another snapshot goes live, by a refresh or by hand."""

import datetime as dt

import pytest
from django.db import transaction

from django_clvrec import locks, pipeline
from django_clvrec.models import CurrentTier, TierChange
from django_clvrec.movement import record_flip, telling
from django_clvrec.serving import tier_of
from tests.shelf import AS_OF, Shelf
from tests.test_movement import move, noted

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(db):
    return Shelf("corner")


def flip(before, after, cause="refresh"):
    old = before.snapshot.pk if before else None
    with transaction.atomic():
        record_flip("corner", old, after.snapshot.pk, cause, AS_OF)


def test_a_flip_notes_who_stands_elsewhere(shelf):
    later = Shelf("corner", is_live=False)
    for customer, before, after in [("ann", "low", "high"), ("bob", "mid", "mid")]:
        shelf.score(customer, tier=before)
        later.score(customer, tier=after)
    flip(shelf, later)
    assert noted() == [("ann", "low", "high", "refresh")]
    change = TierChange.objects.get()
    assert (change.source, change.snapshot_id) == ("corner", later.snapshot.pk)
    assert change.changed_at == AS_OF


def test_who_was_not_known_before_was_new(shelf):
    later = Shelf("corner", is_live=False)
    later.score("ann", tier="low")
    later.score("bob", tier="new")
    flip(shelf, later)
    assert noted() == [("ann", "new", "low", "refresh")]


def test_a_customer_who_moved_meanwhile_moves_on_from_there(shelf):
    later = Shelf("corner", is_live=False)
    for customer in ("ann", "bob"):
        shelf.score(customer, tier="low")
        move(shelf, customer)
    later.score("ann", tier="mid")
    later.score("bob", tier="low")
    TierChange.objects.all().delete()
    flip(shelf, later)
    assert noted() == [("bob", "mid", "low", "refresh")]


def test_a_newcomer_who_moved_meanwhile_moves_on_from_there(shelf):
    later = Shelf("corner", is_live=False)
    move(shelf, "ann", before="new", after="low")
    later.score("ann", tier="low")
    flip(shelf, later)
    assert noted() == [("ann", "new", "low", "order")]


def test_moves_that_the_new_one_saw_before_are_void(shelf):
    later = Shelf("corner", is_live=False)
    shelf.score("ann", tier="mid")
    later.score("ann", tier="mid")
    later.go_live()
    move(later, before="mid", after="high")
    shelf.go_live()
    flip(shelf, later)
    assert not CurrentTier.objects.filter(snapshot=later.snapshot).exists()
    assert noted() == [("ann", "mid", "high", "order")]


def test_the_first_snapshot_moves_nobody(shelf):
    shelf.score("ann", tier="high")
    flip(None, shelf)
    assert noted() == []


def test_customers_of_other_snapshots_are_not_moved(shelf):
    later, other = Shelf("corner", is_live=False), Shelf("ShopPurchases")
    other.score("ann", tier="low")
    later.score("ann", tier="high")
    flip(shelf, later)
    assert noted() == [("ann", "new", "high", "refresh")]


@pytest.mark.parametrize("customers", [1, 60])
def test_a_flip_takes_four_statements_however_many(shelf, customers, django_assert_num_queries):
    later = Shelf("corner", is_live=False)
    for number in range(customers):
        later.score(f"c{number}", tier="low")
    with django_assert_num_queries(6):  # two are the savepoint of the test
        flip(shelf, later)
    assert len(noted()) == customers


def test_a_flip_is_told_in_batches_and_in_order(
    shelf, told, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(telling, "BATCH", 4)
    later = Shelf("corner", is_live=False)
    for number in range(10):
        later.score(f"c{number}", tier="low")
    with django_capture_on_commit_callbacks(execute=True):
        flip(shelf, later)
    assert [len(changes) for changes in told] == [4, 4, 2]
    assert [c.pk for changes in told for c in changes] == sorted(
        TierChange.objects.values_list("pk", flat=True)
    )


# what makes a snapshot live


def test_activating_a_snapshot_notes_its_cause(shelf):
    shelf.score("ann", tier="low")
    later = Shelf("corner", is_live=False)
    later.score("ann", tier="high")
    pipeline.activate(later.snapshot)
    pipeline.activate(shelf.snapshot)
    assert noted() == [("ann", "low", "high", "activation"), ("ann", "high", "low", "activation")]


def test_activating_what_is_live_moves_nobody(shelf):
    shelf.score("ann", tier="low")
    move(shelf)
    pipeline.activate(shelf.snapshot)
    assert tier_of("ann", "corner") == "mid"
    assert noted() == [("ann", "low", "mid", "order")]


def test_a_snapshot_that_lost_its_lease_moves_nobody(shelf):
    running = locks.acquire("corner", "by hand", AS_OF)
    locks.release(running)
    with pytest.raises(locks.LeaseLost), transaction.atomic():
        pipeline._go_live(running)
    assert noted() == []


def test_a_refresh_notes_who_moved_since_the_last_one(stock, as_of, told):
    customers = stock.fill()
    first = pipeline.refresh("corner", engine="local", as_of=as_of)
    assert noted() == []
    shy = customers[0]
    for days_ago in range(1, 30):
        stock.bought(shy, "p01", "p02", days_ago=-days_ago, price="90.00")
    later = as_of + dt.timedelta(days=31)
    second = pipeline.refresh("corner", engine="local", as_of=later)
    tiers = [dict(one.scores.values_list("customer_key", "tier")) for one in (first, second)]
    moved = {
        (key, tiers[0].get(key, "new"), tier, "refresh")
        for key, tier in tiers[1].items()
        if tiers[0].get(key, "new") != tier
    }
    assert {*noted()} == moved
    assert (str(shy.pk), "new", "high", "refresh") in moved
