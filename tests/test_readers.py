"""Readers of PostgreSQL never see half a snapshot, whatever is written meanwhile."""

import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.db import connection, transaction

from django_clvrec import pipeline, publish
from django_clvrec.engines.base import Popular
from django_clvrec.locks import acquire, flip
from django_clvrec.models import Snapshot
from django_clvrec.serving import recommend
from tests.shelf import AS_OF
from tests.test_publish import LIST, SCORE, outputs, save

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]

CUSTOMERS, REFRESHES = 2000, 8
TIERS = ("low", "mid", "high")


def tier_of_snapshot(number):
    return TIERS[number % len(TIERS)]


def publish_one(folder):
    """One refresh without training: every row of it tells the number of its snapshot."""
    snapshot = acquire("corner", "by hand", AS_OF)
    mark = str(snapshot.pk)
    folder = folder / mark
    names = [f"customer {number}" for number in range(CUSTOMERS)]
    score = SCORE | {"tier": tier_of_snapshot(snapshot.pk)}
    items = {"items": [mark, f"{mark} too"], "scores": [snapshot.pk + 0.5, snapshot.pk + 0.25]}
    folder.mkdir()
    save(folder / "scores", [score | {"customer_key": name} for name in names])
    save(folder / "recommendations", [LIST | items | {"customer_key": name} for name in names])
    popular = Popular(level="product", tier="", item_keys=(mark,), scores=(snapshot.pk,))
    found = outputs(CUSTOMERS)
    publish.write(
        snapshot, folder, replace(found, popular=(popular,)), lambda batch: batch, lambda *_: None
    )
    snapshot.state = Snapshot.State.READY
    with transaction.atomic():
        flip(snapshot)
        snapshot.save()
    pipeline.prune("corner")


class Reader(threading.Thread):
    """Asks in a loop, and keeps what does not belong together."""

    def __init__(self):
        super().__init__()
        self.stopped, self.seen, self.wrong = threading.Event(), set(), []
        self.looked = threading.Semaphore(0)

    def run(self):
        number = 0
        while not self.stopped.is_set():
            number = (number + 37) % CUSTOMERS
            for key in (f"customer {number}", None):
                self.look(key)
                self.looked.release()
        connection.close()

    def finish_answers(self):
        """Wait for an answer that was begun after this call: none takes as long as a refresh."""
        while self.looked.acquire(blocking=False):
            pass
        for _ in range(2):
            assert self.looked.acquire(timeout=30)

    def look(self, key):
        answer = recommend(key, "product", source="corner")
        snapshot = answer.snapshot_id
        expected = [(str(snapshot), snapshot + 0.5), (f"{snapshot} too", snapshot + 0.25)]
        if key is None:
            expected = [(str(snapshot), snapshot)]
        found = [(item.key, item.score) for item in answer]
        tier = answer.tier
        if found != expected or tier != (tier_of_snapshot(snapshot) if key else "new"):
            self.wrong.append((key, answer, tier))
        self.seen.add(snapshot)


@contextmanager
def reading():
    readers = [Reader() for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        yield readers
    finally:
        for reader in readers:
            reader.stopped.set()
        for reader in readers:
            reader.join()


def test_each_answer_is_of_one_snapshot_while_others_are_published_and_removed(tmp_path, settings):
    settings.CLVREC = settings.CLVREC | {
        "KEEP_SNAPSHOTS": 2,
        "POLICY": "tests.policies.EverythingSells",
    }
    publish_one(tmp_path)
    with reading() as readers:
        for _ in range(REFRESHES):
            publish_one(tmp_path)
            for reader in readers:
                reader.finish_answers()
    for reader in readers:
        assert reader.wrong == []
        assert len(reader.seen) > REFRESHES // 2
    assert Snapshot.objects.count() == 2
