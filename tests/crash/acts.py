"""What processes do to a shop, each in its own: refresh, roll back, erase, look at what is live."""

import datetime as dt
import os
from hashlib import blake2b
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction

from django_clvrec import conf, pipeline, publish, removal
from django_clvrec.engines.local import LocalEngine  # noqa: F401 - to be there when it is forked
from django_clvrec.models import (
    CurrentTier,
    CustomerScore,
    PopularItems,
    Recommendation,
    SegmentChange,
    Snapshot,
    SnapshotArray,
    SourceState,
    TierChange,
)
from django_clvrec.privacy import erase
from django_clvrec.serving import recommend, related
from tests.conftest import AS_OF
from tests.crash.moments import Counter, Moment
from tests.stock import Stock

ROWS = (CustomerScore, Recommendation, PopularItems, SnapshotArray)
SOURCE = "corner"
ASKING = 4
"""So many customers are answered each time."""
FOLDER = Path(os.environ["CLVREC_TEST_WORK_DIR"]).parent

CHANGES = ({}, {"CLV_DAYS": 200, "LIST_LENGTH": 16}, {"CLV_DAYS": 90, "LIST_LENGTH": 12})
"""What is set by the second of the end of observation, so that no two give any row in common."""

publish.rows.BATCH_ROWS = removal.BATCH_ROWS = 10  # many batches of a small shop


def prepare(_tell, _moment):
    call_command("migrate", run_syncdb=True, verbosity=0)
    with transaction.atomic():
        Stock(AS_OF).fill()


def refresh(tell, moment, *, as_of, is_counted=True):
    end = dt.datetime.fromisoformat(as_of)
    conf.get_config().update(CHANGES[end.second])
    conf.get_config()["ALS"] = {"factors": 8 + end.second, "iterations": 3}
    counter = counter_of(moment)

    def on_progress(stage, done, _total):
        tell(stage=stage, backend=backend())
        counter.report()

    if not is_counted:  # there is no hook in the way of what runs for long
        return pipeline.refresh(SOURCE, as_of=end, on_progress=on_progress).pk
    with counter.counting(connection, FOLDER):
        snapshot = pipeline.refresh(SOURCE, as_of=end, on_progress=on_progress)
    tell(counts=counter.counts)
    return snapshot.pk


def activate(tell, moment, *, snapshot):
    counter = counter_of(moment)
    with counter.counting(connection, FOLDER):
        pipeline.activate(Snapshot.objects.get(pk=snapshot))
    tell(counts=counter.counts)


def erase_customer(tell, moment, *, customer):
    counter = counter_of(moment)
    with counter.counting(connection, FOLDER):
        erase(customer, SOURCE)
    tell(counts=counter.counts)


def counter_of(moment):
    return Counter(Moment(**moment) if moment else None)


def backend():
    """The process of PostgreSQL that serves this one."""
    used = connection.connection
    return used.info.backend_pid if connection.vendor == "postgresql" and used else None


def look(_tell, _moment):
    """All that is live, by digests, and what visitors are answered."""
    state = SourceState.objects.select_related("live", "running").get(source=SOURCE)
    live = state.live
    unfinished = Snapshot.objects.filter(state__in=("running", "failed"))
    torn = [
        model.__name__
        for model in (TierChange, SegmentChange)
        if model.objects.filter(snapshot_id__in=unfinished).exists()
    ]
    return {
        "live": live.pk,
        "state": live.state,
        "as_of": live.as_of.isoformat(),
        "running": state.running_id,
        "torn": torn,
        "digests": digests(live.pk),
        "answers": answers(live.pk),
        "left": left(),
        "errors": dict(Snapshot.objects.filter(state="failed").values_list("pk", "error")),
    }


def digests(snapshot):
    """Of all rows of a snapshot: by customer, and of the rest."""
    found = {}
    for model in ROWS:
        names = [field.attname for field in model._meta.fields]
        names = [name for name in names if name not in {"id", "snapshot_id"}]
        key = names.index("customer_key") if "customer_key" in names else None
        for row in model.objects.filter(snapshot_id=snapshot).values_list(*names):
            said = f"{model.__name__}{[bytes(v) if isinstance(v, memoryview) else v for v in row]}"
            found.setdefault("" if key is None else row[key], []).append(said)
    return {
        key: blake2b("\n".join(sorted(rows)).encode(), digest_size=8).hexdigest()
        for key, rows in found.items()
    }


def answers(snapshot):
    keys = CustomerScore.objects.filter(snapshot_id=snapshot).order_by("customer_key")
    few = list(keys.values_list("customer_key", flat=True)[:ASKING])
    found = [recommend(key, "product", source=SOURCE) for key in (*few, None)]
    found.append(related(["p01"], "product", source=SOURCE))
    assert {answer.snapshot_id for answer in found} == {snapshot}
    return [[answer.source, [[item.key, item.score] for item in answer]] for answer in found]


def left():
    """Rows of snapshots that are not finished, by table."""
    models = (*ROWS, CurrentTier)
    unfinished = Snapshot.objects.exclude(state__in=("ready", "held"))
    return [one.__name__ for one in models if one.objects.filter(snapshot__in=unfinished).exists()]


def of_customer(_tell, _moment, *, customer):
    """Tables that know of a customer."""
    ours = apps.get_app_config("clvrec").get_models()
    models = [one for one in ours if "customer_key" in {f.name for f in one._meta.fields}]
    found = [one for one in models if one.objects.filter(customer_key=customer).exists()]
    return [one.__name__ for one in found]


def newest(_tell, _moment):
    return Snapshot.objects.order_by("-pk").values_list("pk", flat=True).first()


ACTS = {
    "newest": newest,
    "prepare": prepare,
    "refresh": refresh,
    "activate": activate,
    "erase": erase_customer,
    "look": look,
    "of customer": of_customer,
}
