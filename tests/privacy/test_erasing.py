"""Somebody is erased: nothing is left of them, and everything of the others."""

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db import models

from django_clvrec import marks
from django_clvrec.core.sparse import SparseRows
from django_clvrec.exceptions import NoSource
from django_clvrec.models import CustomerScore, Erasure, Recommendation, ShownList
from django_clvrec.privacy import erase, erase_many, let_in
from tests.privacy.conftest import SOURCE, STATES
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db
QUERIES = 19
"""For one customer, however many there are."""


def texts(row):
    return [str(getattr(row, field.attname)) for field in row._meta.concrete_fields]


def mentions(key):
    """Models of the app with a row that has the key in any of its fields that hold keys."""
    found = set()
    for model in apps.get_app_config("clvrec").get_models():
        names = [
            field.attname
            for field in model._meta.concrete_fields
            if isinstance(field, (models.CharField, models.JSONField))
        ]
        for values in model.objects.values_list(*names):
            if key in values or {"q": key} in values:
                found.add(model.__name__)
    return found


EVERYWHERE = {
    "CustomerScore", "Recommendation", "CurrentTier", "TierChange", "SegmentChange", "ShownList",
    "CustomerGroup",
}  # fmt: skip


def test_nothing_is_left_in_any_table(kept):
    ann, bob = kept("ann", "bob")
    assert mentions(ann) == EVERYWHERE
    erase(ann)
    assert mentions(ann) == set()
    assert mentions(bob) == EVERYWHERE
    assert [*LogEntry.objects.order_by("pk").values_list("object_repr", flat=True)] == ["–", bob]


def test_it_tells_how_many_rows_of_what(kept):
    ann, _ = kept("ann", "bob")
    snapshots = len(STATES) + 1
    assert erase(ann).rows == {
        "CustomerScore": snapshots, "Recommendation": snapshots, "CurrentTier": snapshots,
        "rows of arrays": snapshots, "TierChange": 1, "SegmentChange": 1, "ShownList": 1,
        "CustomerGroup": 1, "LogEntry": 1,
    }  # fmt: skip


def test_to_erase_somebody_twice_does_no_harm(kept):
    ann, _ = kept("ann", "bob")
    erase(ann)
    again = erase(ann)
    assert (again.customers, again.total) == (1, 0)
    assert Erasure.objects.count() == 1


@pytest.mark.parametrize("key", ["nobody", "", "a\0b", "x" * 256, "Ünïcödé ✓"])
def test_who_is_not_known_is_erased_without_a_row(db, key):
    assert erase(key).total == 0


def test_the_same_key_in_another_source_is_somebody_else(db):
    for shelf in (Shelf(), Shelf("corner")):
        shelf.score("ann")
    erase("ann")
    assert CustomerScore.objects.get().snapshot.source == "corner"


def test_a_source_that_is_not_there_is_told(db):
    with pytest.raises(NoSource):
        erase("ann", "elsewhere")


def test_many_are_erased_a_few_at_a_time(db, monkeypatch):
    monkeypatch.setattr("django_clvrec.privacy.erasing.BATCH_CUSTOMERS", 3)
    shelf = Shelf()
    keys = [f"customer {number}" for number in range(8)]
    for key in (*keys, "bob"):
        shelf.score(key)
    assert erase_many([*keys, *keys]).customers == 8
    assert [one.customer_key for one in CustomerScore.objects.all()] == ["bob"]
    assert marks.revision_of(SOURCE) == 3


def test_what_it_costs_does_not_grow_with_the_shop(db, django_assert_num_queries):
    shelf = Shelf()
    for number in range(20):
        shelf.score(number)
    with django_assert_num_queries(QUERIES):
        erase("3")
    for number in range(100, 150):
        shelf.score(number)
    with django_assert_num_queries(QUERIES):
        erase("4")


# marks


def test_the_mark_does_not_tell_whose_it_is(kept):
    [ann] = kept("ann")
    erase(ann)
    assert ann not in texts(Erasure.objects.get())
    assert Erasure.objects.get().digest == marks.digest_of(SOURCE, ann)


def test_an_objection_outlives_another_erasure_until_somebody_lets_them_in(db):
    erase("ann", stays_out=True)
    erase("ann")
    assert "ann" in marks.staying_out(SOURCE)
    assert let_in(["ann", "bob"]) == 1
    assert "ann" not in marks.staying_out(SOURCE)


def test_marks_hold_after_the_secret_key_was_changed(db, settings):
    erase("ann", stays_out=True)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert "ann" in marks.staying_out(SOURCE)
    assert let_in(["ann"]) == 1


def test_lists_of_an_open_page_do_not_bring_feedback_back(kept, rf):
    from django_clvrec.feedback import Subject, record, token_for
    from django_clvrec.serving import recommend

    ann, bob = kept("ann", "bob")
    subjects = [Subject(key=key, is_customer=True) for key in (ann, bob)]
    shown = [
        {"list": token_for(recommend(one.key, level="product"), subject=one), "kind": "shown"}
        for one in subjects
    ]
    erase(ann)
    accepted = [record([event], [one]).accepted for event, one in zip(shown, subjects, strict=True)]
    assert accepted == [0, 1]
    assert not ShownList.objects.filter(subject_key=ann).exists()


def test_a_visit_that_began_before_notes_nothing_after(kept):
    from django_clvrec.models import TierChange
    from django_clvrec.movement import record
    from django_clvrec.serving.stored import live_of

    ann, _ = kept("ann", "bob")
    live = live_of(SOURCE)
    erase(ann)
    moved = {"before": "mid", "after": "high", "cause": "order"}
    record(SOURCE, live.snapshot_id, ann, **moved, revision=live.revision)
    assert not TierChange.objects.filter(customer_key=ann).exists()
    record(SOURCE, live.snapshot_id, ann, **moved, revision=live.revision + 1)
    assert TierChange.objects.filter(customer_key=ann).exists()


# arrays


def test_others_are_scored_as_if_the_erased_had_not_been_learnt(kept):
    from django_clvrec.core.histories import Histories
    from django_clvrec.serving.room import room_of
    from django_clvrec.serving.stored import live_of
    from tests.core.recommenders.made_up import histories_of
    from tests.privacy.conftest import learnt

    ann, bob, cid = kept("ann", "bob", "cid")
    visitor: Histories = histories_of([(0, 1.0)], size=3)

    def scores():
        return room_of(live_of(SOURCE), "product").fitted["tifu_knn"].score(visitor).tolist()

    before = scores()
    erase(bob)
    found = scores()
    assert found != before
    without = learnt(ann, bob, cid).fitted["tifu_knn"]
    row = without.shares.scipy().tolil()
    row[1] = 0
    shares = SparseRows.of(row.tocsr())
    again = type(without).of(without.recommender, shares, without.others)
    assert found == pytest.approx(again.score(visitor)) or found == again.score(visitor).tolist()
    assert Recommendation.objects.filter(customer_key=cid).exists()


def test_keys_are_not_kept_in_arrays(kept):
    from django_clvrec.arrays import load_arrays

    kept("ann", "bob")
    shelf = Recommendation.objects.first().snapshot_id
    arrays = load_arrays(shelf, "customers/product")
    assert arrays["tifu_knn/customers"].dtype.str == "<u8"
    assert set(arrays) > {"tifu_knn/customers", "tifu_knn/shares.data"}
    assert not [name for name in load_arrays(shelf, "learnt/product") if "shares" in name]


def test_arrays_of_an_older_version_lose_all_rows_of_customers(kept):
    from django_clvrec.arrays import change_arrays, load_arrays
    from django_clvrec.models import SnapshotArray

    ann, _ = kept("ann", "bob")
    shelf = Recommendation.objects.first().snapshot_id
    names = ("learnt/product", "customers/product")
    arrays = load_arrays(shelf, names[0]) | load_arrays(shelf, names[1])
    del arrays["tifu_knn/customers"]
    change_arrays(shelf, names[0], arrays)
    SnapshotArray.objects.filter(snapshot_id=shelf, name=names[1]).delete()
    erase(ann)
    assert not len(load_arrays(shelf, names[0])["tifu_knn/shares.data"])
