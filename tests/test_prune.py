"""Old snapshots go, batch by batch and unseen; the live one never does."""

import pytest
from django.db.models.signals import post_delete

from django_clvrec import removal
from django_clvrec.locks import acquire, flip
from django_clvrec.models import CustomerScore, Recommendation, Snapshot
from django_clvrec.pipeline import prune
from tests.shelf import AS_OF, Shelf


def left():
    return sorted(Snapshot.objects.values_list("pk", flat=True))


@pytest.mark.django_db
def test_the_newest_snapshots_are_kept_the_live_one_included(settings):
    settings.CLVREC = {"KEEP_SNAPSHOTS": 2}
    shelves = [Shelf() for _ in range(4)]
    for shelf in shelves:
        shelf.score("ann")
    prune("ShopPurchases")
    assert left() == [shelf.snapshot.pk for shelf in shelves[2:]]
    assert CustomerScore.objects.count() == 2


@pytest.mark.django_db
def test_the_live_snapshot_is_never_removed_however_old(settings):
    settings.CLVREC = {"KEEP_SNAPSHOTS": 1}
    live, _, newest = Shelf(), Shelf(is_live=False), Shelf(is_live=False)
    live.score("ann")
    prune("ShopPurchases")
    assert left() == [live.snapshot.pk, newest.snapshot.pk]
    live.snapshot.refresh_from_db()
    assert live.snapshot.state == "ready"
    assert CustomerScore.objects.count() == 1


@pytest.mark.django_db
def test_the_snapshot_that_was_live_until_just_now_is_kept_for_those_who_still_read_it(settings):
    settings.CLVREC = {"KEEP_SNAPSHOTS": 2}
    old, _, _ = Shelf(), Shelf(is_live=False), Shelf(is_live=False)
    running = acquire("ShopPurchases", "by hand", AS_OF)
    Snapshot.objects.filter(pk=running.pk).update(state="ready")
    prune("ShopPurchases", still_read=flip(running))
    assert old.snapshot.pk in left()
    prune("ShopPurchases")
    assert old.snapshot.pk not in left()


@pytest.mark.django_db
def test_of_failed_snapshots_the_newest_are_kept_for_their_errors(settings):
    settings.CLVREC = {"KEEP_SNAPSHOTS": 2}
    failed = [
        Shelf(is_live=False, state="failed", folder="/elsewhere", holder="another:1:1")
        for _ in range(4)
    ]
    live = Shelf()
    prune("ShopPurchases")
    assert left() == [*(shelf.snapshot.pk for shelf in failed[2:]), live.snapshot.pk]


@pytest.mark.django_db
def test_expired_snapshots_that_a_killed_run_left_are_removed():
    expired, live = Shelf(is_live=False, state="expired"), Shelf()
    expired.score("ann")
    prune("ShopPurchases")
    assert left() == [live.snapshot.pk]


@pytest.mark.django_db
def test_running_and_failed_snapshots_and_other_sources_are_left_alone(settings):
    settings.CLVREC = {"KEEP_SNAPSHOTS": 1}
    kept = [
        Shelf(is_live=False, state="running"),
        Shelf(is_live=False, state="failed"),
        Shelf("corner", is_live=False),
        Shelf("corner"),
        Shelf(),
    ]
    prune("ShopPurchases")
    assert left() == [shelf.snapshot.pk for shelf in kept]
    assert not Snapshot.objects.filter(state="expired").exists()


@pytest.mark.django_db
def test_rows_that_lie_between_those_of_another_snapshot_are_removed_too(monkeypatch):
    monkeypatch.setattr(removal, "BATCH_ROWS", 3)
    kept, gone = Shelf(is_live=False), Shelf(is_live=False)
    for number in range(10):
        (gone if number % 2 else kept).score(number)
    removal.delete_rows(gone.snapshot.pk)
    assert set(CustomerScore.objects.values_list("snapshot", flat=True)) == {kept.snapshot.pk}
    assert CustomerScore.objects.count() == 5


@pytest.mark.django_db
def test_rows_are_removed_unseen_even_if_the_shop_listens_to_every_deletion(
    django_assert_num_queries,
):
    def listen(**_):
        raise AssertionError("a row was loaded")

    shelf = Shelf(is_live=False)
    for number in range(20):
        shelf.score(number)
        shelf.recommended(number, "apple")
    post_delete.connect(listen)
    try:
        with django_assert_num_queries(7):  # where they begin and end, for five tables; two of them
            removal.delete_rows(shelf.snapshot.pk)
    finally:
        post_delete.disconnect(listen)
    assert not Recommendation.objects.exists()
