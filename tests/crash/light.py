"""A refresh that trains nothing: whatever it writes tells which snapshot it belongs to."""

import threading
from dataclasses import replace

import numpy as np
from django.db import connections

from django_clvrec import pipeline, publish, training
from django_clvrec.core.recommenders.als import AlsParameters
from django_clvrec.core.recommenders.relations import RELATIONS, Neighbours
from django_clvrec.engines.base import Popular
from tests.conftest import AS_OF
from tests.test_publish import LIST, SCORE, model, outputs, save

SOURCE, SECONDS = "corner", 60
TIERS = ("low", "mid", "high")
PLAIN = {"models": [], "leaderboard": [], "served": {}, "segment_rules": [], "segments": {}}


def tier_of(snapshot):
    return TIERS[snapshot % len(TIERS)]


def size_of(snapshot, customers):
    """No two that follow each other have nearly as many customers."""
    return customers - snapshot % 3 * 3


def write(snapshot, folder, customers, pause):
    """All kinds of rows and arrays, and the report that the quality gate reads."""
    mark, found = str(snapshot.pk), outputs(len(customers))
    score = SCORE | {"tier": tier_of(snapshot.pk), "monetary_value": f"{snapshot.pk}.0000"}
    own = {"items": [f"{mark}-own", f"{mark}-too"], "scores": [snapshot.pk + 0.5, 0.25]}
    save(folder / "scores", [score | {"customer_key": key} for key in customers])
    save(folder / "recommendations", [LIST | own | {"customer_key": key} for key in customers])
    popular = tuple(
        Popular(level="product", tier=tier, item_keys=(f"{mark}-{tier}",), scores=(snapshot.pk,))
        for tier in ("", *TIERS)
    )
    keys = tuple(sorted(("apple", f"{mark}-own", f"{mark}-too")))
    factors = model(
        item_keys=keys, item_factors=np.eye(3, dtype=np.float32), parameters=AlsParameters()
    )
    found = replace(found, popular=popular, models=(factors,))
    publish.write(snapshot, folder, found, lambda batch: batch, lambda *_: pause("publish"))
    near = Neighbours(np.array([[1, 2], [0, 2], [0, 1]]), np.ones((3, 2), dtype=np.float32))
    names = np.array(keys)
    publish.save_neighbours(snapshot, {"product": (names, dict.fromkeys(RELATIONS, near))})
    snapshot.report = PLAIN | {
        "customers": len(customers),
        "recommendations": len(customers),
        "clusters": training._clusters(found),
        "snapshot": snapshot.pk,
    }


class Worker(threading.Thread):
    """A refresh in a thread: it goes on from report to report as it is told to."""

    def __init__(self, customers, *, is_small):
        super().__init__(daemon=True)
        self.customers, self.is_small = customers, is_small
        self.snapshot, self.result = None, None
        self.is_free = self.is_ended = False
        self._waits, self._goes = threading.Event(), threading.Event()

    @classmethod
    def begun(cls, customers, *, is_small):
        """One that has come to its first report, or was refused."""
        worker = cls(customers, is_small=is_small)
        worker.start()
        worker._wait()
        return worker

    def run(self):
        try:
            made = pipeline.refresh(
                SOURCE, "local", AS_OF, on_progress=self._pause, on_start=self._begun
            )
            self.result = made.state
        except Exception as error:  # noqa: BLE001 - the machine looks at it
            self.result = error
        finally:
            connections.close_all()
            self.is_ended = True
            self._waits.set()

    def _begun(self, snapshot):
        self.snapshot = snapshot
        WORKERS[snapshot.pk] = self

    def _pause(self, *_):
        if not self.is_free:
            self._waits.set()
            assert self._goes.wait(SECONDS)
            self._goes.clear()

    def _wait(self):
        assert self._waits.wait(SECONDS), "a refresh neither goes on nor ends"

    def make(self, snapshot, progress):
        """In place of training; `progress` waits."""
        few = self.customers[: 1 if self.is_small else size_of(snapshot.pk, len(self.customers))]
        with training._folder(snapshot) as folder:
            progress("rfm", 0, 1)
            write(snapshot, folder / "out", few, lambda stage: progress(stage, 1, 2))
            progress("publish", 2, 2)

    def step(self):
        self._waits.clear()
        self._goes.set()
        self._wait()

    def finish(self):
        """Let it go on to its end."""
        self.is_free = True
        self._goes.set()
        self.join(SECONDS)
        assert not self.is_alive(), "a refresh does not end"

    @classmethod
    def run_freely(cls, customers):
        """One that waits for nobody, in this thread. Raises what the refresh raises."""
        worker = cls(customers, is_small=False)
        worker.is_free = True
        pipeline.refresh(SOURCE, "local", AS_OF, on_start=worker._begun)


WORKERS = {}
"""By the numbers of their snapshots."""


def make(snapshot, _shop, _runner, _parameters, progress, *, full):
    """What stands in for `pipeline._make`."""
    WORKERS[snapshot.pk].make(snapshot, progress)
