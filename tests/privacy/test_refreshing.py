"""Somebody is erased while a refresh is under way: it does not bring them back."""

import pytest
from django.db import transaction

from django_clvrec import locks, marks, pipeline
from django_clvrec.arrays import load_arrays
from django_clvrec.exceptions import HeldBack
from django_clvrec.models import CustomerScore, Recommendation, Snapshot, TierChange
from django_clvrec.pipeline import activate, refresh
from django_clvrec.privacy import erase
from tests.corner_shop.clvrec import CornerShop
from tests.shelf import AS_OF, Shelf

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(stock, settings, tmp_path, monkeypatch):
    """The corner shop, whose rows are written a few at a time; a customer with many orders."""
    monkeypatch.setattr(CornerShop, "items", {"product": "product_id"})
    settings.CLVREC = settings.CLVREC | {
        "WORK_DIR": str(tmp_path), "ENGINE": "local", "RECOMMENDER": "tifu_knn",
    }  # fmt: skip
    monkeypatch.setattr("django_clvrec.publish.rows.BATCH_ROWS", 10)
    return str(stock.fill(customers=24)[7].pk)


def erase_at(key, stage, nth=0):
    """Erases as soon as a refresh tells of the stage for so many times."""
    told = []

    def on_progress(now, _done, _total):
        if now == stage:
            told.append(now)
            if len(told) == nth + 1:
                erase(key, "corner")

    return on_progress


def refute(key, snapshot):
    """Nothing of the customer is in the snapshot, and of the others there is."""
    assert Snapshot.objects.get(pk=snapshot.pk).state in {"ready", "held"}
    for model in (CustomerScore, Recommendation):
        rows = model.objects.filter(snapshot=snapshot)
        assert rows.exists()
        assert not rows.filter(customer_key=key).exists()
    owners = load_arrays(snapshot.pk, "customers/product")["tifu_knn/customers"].tolist()
    number = marks.number_of(marks.digest_of("corner", key))
    assert number not in owners
    assert len(owners) == 24
    assert not TierChange.objects.filter(customer_key=key).exists()


STAGES = [
    ("extract", 0), ("rfm", 0), ("scores", 0), ("recommend product", 0), ("publish", 0),
    ("publish", 1), ("publish", 3), ("publish", 4), ("publish", 5),
]  # fmt: skip


@pytest.mark.parametrize(("stage", "nth"), STAGES)
def test_it_is_not_in_what_goes_live(shop, as_of, stage, nth):
    made = refresh("corner", as_of=as_of, on_progress=erase_at(shop, stage, nth))
    assert marks.revision_of("corner") == 1
    assert made.is_live
    refute(shop, made)


def test_it_is_not_in_what_goes_live_after_the_last_step(shop, as_of, monkeypatch):
    monkeypatch.setattr(pipeline, "_shortfalls", lambda _: bool(erase(shop, "corner").total) and [])
    refute(shop, refresh("corner", as_of=as_of))


def test_it_is_not_in_what_is_held_back_and_published_later(shop, as_of, monkeypatch):
    refresh("corner", as_of=as_of)

    def gate(_):
        erase(shop, "corner")
        return ["too few customers"]

    monkeypatch.setattr(pipeline, "_shortfalls", gate)
    with pytest.raises(HeldBack):
        refresh("corner", as_of=as_of)
    held = Snapshot.objects.get(state="held")
    refute(shop, held)
    activate(held)
    refute(shop, held)


def test_it_is_not_in_what_was_held_back_before(shop, as_of, monkeypatch):
    refresh("corner", as_of=as_of)
    monkeypatch.setattr(pipeline, "_shortfalls", lambda _: ["too few customers"])
    with pytest.raises(HeldBack):
        refresh("corner", as_of=as_of)
    erase(shop, "corner")
    held = Snapshot.objects.get(state="held")
    activate(held)
    refute(shop, held)


def test_who_was_erased_before_it_began_is_learnt_from_again(shop, as_of):
    erase(shop, "corner")
    made = refresh("corner", as_of=as_of)
    assert CustomerScore.objects.filter(snapshot=made, customer_key=shop).exists()


def test_who_stays_out_is_not_learnt_from_until_let_in(shop, as_of):
    from django_clvrec.privacy import let_in

    erase(shop, "corner", stays_out=True)
    made = refresh("corner", as_of=as_of)
    assert not CustomerScore.objects.filter(snapshot=made, customer_key=shop).exists()
    assert made.report["lines_dropped"]["erased"] > 0
    let_in([shop], "corner")
    made = refresh("corner", as_of=as_of)
    assert CustomerScore.objects.filter(snapshot=made, customer_key=shop).exists()
    assert made.report["lines_dropped"]["erased"] == 0


def test_a_list_that_was_written_after_its_customer_was_erased_is_found(db):
    running = locks.acquire("corner", "by hand", AS_OF)
    erase("ann", "corner")
    shelf = Shelf("corner", is_live=False)
    shelf.snapshot = running
    shelf.recommended("ann", "1")
    shelf.score("bob")
    with transaction.atomic():
        pipeline._go_live(running)
    assert not Recommendation.objects.exists()
    assert CustomerScore.objects.get().customer_key == "bob"
