"""Moving through the tiers: each change is noted once, and told after commit."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from django_clvrec.models import CurrentTier, TierChange
from django_clvrec.movement import record, tier_changed
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(db):
    return Shelf("corner")


def move(shelf, customer="ann", before="low", after="mid", cause="order"):
    record("corner", shelf.snapshot.pk, customer, before=before, after=after, cause=cause)


def noted():
    """Every change, the first one first."""
    rows = TierChange.objects.order_by("pk")
    return list(rows.values_list("customer_key", "from_tier", "to_tier", "cause"))


# one customer


def test_a_change_is_noted_with_all_that_is_known_of_it(shelf):
    move(shelf)
    change = TierChange.objects.get()
    assert noted() == [("ann", "low", "mid", "order")]
    assert (change.source, change.snapshot_id) == ("corner", shelf.snapshot.pk)
    assert change.changed_at.tzinfo is not None
    assert str(change) == "ann: low → mid"


def test_where_the_customer_stands_now_is_kept(shelf):
    move(shelf)
    assert CurrentTier.objects.get().tier == "mid"
    assert str(CurrentTier.objects.get()) == "ann: mid"


def test_the_same_change_seen_again_is_noted_once(shelf):
    for _ in range(3):
        move(shelf)
    assert noted() == [("ann", "low", "mid", "order")]


def test_a_change_from_where_the_customer_no_longer_stands_is_none(shelf):
    move(shelf)
    move(shelf, before="low", after="high")
    assert CurrentTier.objects.get().tier == "mid"
    assert len(noted()) == 1


def test_one_move_after_another_is_two(shelf):
    move(shelf)
    move(shelf, before="mid", after="high")
    move(shelf, before="high", after="low", cause="ageing")
    assert [(before, after) for _, before, after, _ in noted()] == [
        ("low", "mid"),
        ("mid", "high"),
        ("high", "low"),
    ]
    assert CurrentTier.objects.get().tier == "low"


def test_customers_and_snapshots_move_apart(shelf):
    move(shelf, "ann")
    move(shelf, "bob")
    move(Shelf("corner"), "ann")
    assert len(noted()) == CurrentTier.objects.count() == 3


def test_a_visit_that_began_before_a_refresh_went_live_notes_nothing(shelf):
    Shelf("corner")
    move(shelf)
    assert noted() == []


# who is told


def test_the_change_is_told_after_commit(shelf, told, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        move(shelf)
    assert told == []
    for tell in callbacks:
        tell()
    assert told == [[TierChange.objects.get()]]


def test_a_change_that_is_not_noted_is_not_told(shelf, told, django_capture_on_commit_callbacks):
    move(shelf)
    with django_capture_on_commit_callbacks(execute=True):
        move(shelf)
    assert told == []


@pytest.mark.django_db(transaction=True)
def test_a_change_of_a_transaction_that_is_rolled_back_is_neither_noted_nor_told(told):
    shelf = Shelf("corner")
    with transaction.atomic():
        move(shelf)
        transaction.set_rollback(True)
    assert told == noted() == []


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_the_change_is_told_at_once(told):
    move(Shelf("corner"))
    assert told == [[TierChange.objects.get()]]


def test_a_receiver_that_raises_stops_nobody_and_is_logged(
    shelf, told, caplog, django_capture_on_commit_callbacks
):
    def broken(sender, **_):
        raise ValueError("no mail server")

    tier_changed.connect(broken)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            move(shelf)
    finally:
        tier_changed.disconnect(broken)
    assert len(told) == len(noted()) == 1
    assert "no mail server" in caplog.text


def test_a_database_that_cannot_be_written_to_stops_no_visit(shelf, caplog):
    def read_only(execute, sql, *rest):
        if sql.startswith(("INSERT", "UPDATE")):
            raise DatabaseError("read-only")
        return execute(sql, *rest)

    with connection.execute_wrapper(read_only):
        move(shelf)
    assert noted() == []
    assert "could not be recorded: DatabaseError" in caplog.text
    move(shelf)
    assert len(noted()) == 1


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_of_many_who_see_the_same_change_at_once_one_notes_it(told):
    shelf = Shelf("corner")
    for before, after in [("low", "mid"), ("mid", "high")]:  # a row that is made, and a row changed
        start = threading.Barrier(8)

        def see(before=before, after=after, start=start):
            start.wait()
            move(shelf, before=before, after=after)
            connection.close()

        threads = [threading.Thread(target=see) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [(before, after) for _, before, after, _ in noted()] == [("low", "mid"), ("mid", "high")]
    assert [len(changes) for changes in told] == [1, 1]
