"""Who stands in another segment when another snapshot goes live."""

import pytest
from django.db import transaction

from django_clvrec import pipeline
from django_clvrec.models import SegmentChange, Snapshot
from django_clvrec.movement import record_flip, segment_changed, telling
from tests.shelf import AS_OF, Shelf

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(db):
    return Shelf("corner")


@pytest.fixture
def heard():
    """Batches of segment changes, as a receiver of the shop gets them."""
    found = []

    def receive(sender, changes, **_):
        found.append(changes)

    segment_changed.connect(receive)
    yield found
    segment_changed.disconnect(receive)


def stands(shelf, **segments):
    for customer, segment in segments.items():
        shelf.score(customer, segment=segment)
    return shelf


def flip(before, after):
    with transaction.atomic():
        record_flip("corner", before and before.snapshot.pk, after.snapshot.pk, "refresh", AS_OF)


def noted():
    rows = SegmentChange.objects.order_by("customer_key")
    return list(rows.values_list("customer_key", "from_segment", "to_segment"))


def test_a_flip_notes_who_stands_in_another_segment(shelf):
    stands(shelf, ann="Loyal", bob="Loyal")
    later = stands(Shelf("corner", is_live=False), ann="At risk", bob="Loyal")
    flip(shelf, later)
    assert noted() == [("ann", "Loyal", "At risk")]
    change = SegmentChange.objects.get()
    assert (change.source, change.snapshot_id) == ("corner", later.snapshot.pk)
    assert change.changed_at == AS_OF
    assert str(change) == "ann: Loyal → At risk"


def test_who_was_not_known_before_comes_from_nowhere(shelf):
    stands(shelf, ann="Loyal")
    flip(shelf, stands(Shelf("corner", is_live=False), ann="Loyal", bob="Recent"))
    assert noted() == [("bob", "", "Recent")]


def test_who_is_in_no_segment_now_is_not_noted(shelf):
    stands(shelf, ann="Loyal")
    flip(shelf, stands(Shelf("corner", is_live=False), ann="", bob=""))
    assert noted() == []


def test_nobody_comes_from_a_snapshot_that_is_older_than_segments(shelf):
    stands(shelf, ann="", bob="")
    flip(shelf, stands(Shelf("corner", is_live=False), ann="Loyal", bob="Recent", cid="Recent"))
    assert noted() == []


def test_who_alone_was_in_no_segment_comes_from_nowhere(shelf):
    stands(shelf, ann="", bob="Loyal")
    flip(shelf, stands(Shelf("corner", is_live=False), ann="Loyal", bob="Loyal"))
    assert noted() == [("ann", "", "Loyal")]


def test_the_first_snapshot_of_a_shop_moves_nobody(shelf):
    flip(None, stands(shelf, ann="Loyal"))
    assert noted() == []


def test_segments_of_other_snapshots_do_not_matter(shelf):
    stands(Shelf("ShopPurchases"), ann="Lost")
    stands(shelf, ann="Loyal")
    flip(shelf, stands(Shelf("corner", is_live=False), ann="Loyal"))
    assert noted() == []


def test_after_the_table_was_changed_nobody_has_moved(shelf):
    stands(shelf, ann="at_risk")
    Snapshot.objects.filter(pk=shelf.snapshot.pk).update(report={"segment_rules": [{"name": "a"}]})
    later = Shelf("corner", is_live=False, report={"segment_rules": [{"name": "b"}]})
    stands(later, ann="gone")
    flip(shelf, later)
    assert not SegmentChange.objects.exists()


def test_rolling_back_notes_the_way_back(shelf):
    stands(shelf, ann="Loyal")
    later = stands(Shelf("corner", is_live=False), ann="At risk")
    pipeline.activate(later.snapshot)
    pipeline.activate(shelf.snapshot)
    pipeline.activate(shelf.snapshot)
    rows = SegmentChange.objects.order_by("pk").values_list("from_segment", "to_segment")
    assert list(rows) == [("Loyal", "At risk"), ("At risk", "Loyal")]


def test_changes_are_told_after_commit_in_batches(
    shelf, heard, told, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(telling, "BATCH", 4)
    before = {f"c{number}": "Loyal" for number in range(10)}
    stands(shelf, **before)
    later = stands(Shelf("corner", is_live=False), **dict.fromkeys(before, "Lost"))
    with django_capture_on_commit_callbacks() as callbacks:
        flip(shelf, later)
    assert heard == []
    for tell in callbacks:
        tell()
    assert [len(changes) for changes in heard] == [4, 4, 2]
    assert {change.to_segment for changes in heard for change in changes} == {"Lost"}
    assert told == []


def test_what_nobody_hears_is_not_read(
    shelf, django_capture_on_commit_callbacks, django_assert_num_queries
):
    stands(shelf, ann="Loyal")
    later = stands(Shelf("corner", is_live=False), ann="Lost")
    with django_capture_on_commit_callbacks() as callbacks:
        flip(shelf, later)
    with django_assert_num_queries(0):
        for tell in callbacks:
            tell()


def test_a_receiver_that_raises_stops_nobody_and_is_logged(
    shelf, heard, caplog, django_capture_on_commit_callbacks
):
    def broken(sender, **_):
        raise ValueError("no mail server")

    segment_changed.connect(broken)
    stands(shelf, ann="Loyal")
    later = stands(Shelf("corner", is_live=False), ann="Lost")
    try:
        with django_capture_on_commit_callbacks(execute=True):
            flip(shelf, later)
    finally:
        segment_changed.disconnect(broken)
    assert [len(changes) for changes in heard] == [1]
    assert "no mail server" in caplog.text


def test_a_refresh_notes_who_changed_segment_since_the_last_one(stock, as_of):
    customers = stock.fill()
    first = pipeline.refresh("corner", engine="local", as_of=as_of)
    assert noted() == []
    for days_ago in range(1, 30):
        stock.bought(customers[0], "p01", "p02", days_ago=-days_ago, price="90.00")
    second = pipeline.refresh("corner", engine="local", as_of=as_of.replace(month=8))
    then, now = (dict(one.scores.values_list("customer_key", "segment")) for one in (first, second))
    moved = {(key, then.get(key, ""), now[key]) for key in now if then.get(key, "") != now[key]}
    assert {*noted()} == moved
    assert str(customers[0].pk) in {key for key, *_ in moved}
