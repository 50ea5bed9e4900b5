"""The write side: from a shop's orders to a live snapshot."""

import errno
import json
import logging
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, transaction
from django.db.models import QuerySet
from django.utils import timezone

from django_clvrec import drift, interruption, locks, marks, pseudonyms, publish, watching
from django_clvrec.cells import Cell, counted, summed
from django_clvrec.conf import get_config
from django_clvrec.core.dimensions import DIMENSIONS
from django_clvrec.core.segments import SegmentRule
from django_clvrec.ending import FOLDER_PREFIX, clean_up, ended
from django_clvrec.engines.base import SCORES, Engine, Outputs, Parameters
from django_clvrec.engines.lifetime import learn, told
from django_clvrec.engines.neighbours import neighbours_of
from django_clvrec.engines.registry import build_engine
from django_clvrec.engines.stages import compute
from django_clvrec.exceptions import (
    DiskFull,
    FilesLost,
    HeldBack,
    InTransaction,
    LeaseLost,
    NotPublishable,
)
from django_clvrec.extract import extract, line_count
from django_clvrec.forgetting import forget_erased
from django_clvrec.gate import shortfalls
from django_clvrec.logs import say
from django_clvrec.meter import Meter
from django_clvrec.models import (
    CustomerScore,
    Snapshot,
    SourceState,
    Tier,
    TierChange,
    write_database,
)
from django_clvrec.movement import record_flip
from django_clvrec.parameters import (
    engine_name,
    engine_options,
    run_parameters,
    segment_rules,
)
from django_clvrec.planning import after_last, make_plans
from django_clvrec.progress import EXTRACT, OnProgress, Progress
from django_clvrec.publish.spread import Spread
from django_clvrec.published import tell_published
from django_clvrec.quarantine import learning as quarantine
from django_clvrec.sources import PurchaseSource, get_source

PUBLISHABLE = (Snapshot.State.READY, Snapshot.State.HELD)
OTHER_KEYS = (
    "The snapshot was made under another PSEUDONYM_KEY, so it knows no customer of now. "
    "Choose a newer one, or set the key that was there before."
)
OnStart = Callable[[Snapshot], None]
"""Called with the snapshot that runs now."""
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""A full disk, a quota that is used up, a file that may not become larger."""
NO_PLACE = {errno.ENOENT, errno.ENOTDIR, errno.EEXIST, errno.EACCES, errno.EPERM, errno.EROFS}
"""A folder that is gone, is none, or is not ours."""


def refresh(
    source: str | None = None,
    engine: str | None = None,
    as_of: datetime | None = None,
    *,
    on_progress: OnProgress = lambda *_: None,
    on_start: OnStart = lambda _: None,
    full: bool = False,
    request: str = "",
    is_gated: bool = True,
) -> Snapshot:
    """Train on all purchases up to `as_of` (default: now) and publish; the new live snapshot.

    With `full`, all lines are read anew even where LOG_DIR keeps the last log. `on_progress` must
    not query the source's database: in the stage “extract” its connection may be busy. `on_start`
    is told of the snapshot that runs now. `request` tells one wish for a refresh from another: the
    same one is not fulfilled twice. Without `is_gated`, the new snapshot goes live however it
    compares.

    Raises HeldBack where the quality gate holds the new snapshot back, which `activate` overrides;
    RefreshCancelled where somebody cancelled it, with `locks.ask_to_end`; RefreshRunning when
    another refresh of the source is at work, AlreadyRefreshed or TriedTooOften for a repeated
    request. Whatever else goes wrong, a signal included, is kept in the failed snapshot's `error`,
    and the live snapshot stays what it was.
    """
    shop = get_source(source)
    refuse_transaction()
    end = as_of or timezone.now()
    end = timezone.make_aware(end) if timezone.is_naive(end) else end
    name = engine or engine_name()
    runner = build_engine(name, engine_options(name))
    stored = end if settings.USE_TZ else timezone.make_naive(end)
    locks.refuse_repeats(shop.name, request)
    with interruption.handled() as signals, ExitStack() as watched:
        snapshot = locks.acquire(shop.name, runner.name, stored, request)
        watched.enter_context(watching.refreshing(snapshot.pk, shop.name, runner.name, request))
        try:
            with signals.window(is_open=True):
                on_start(snapshot)
                clean_up(shop.name)
                with locks.heartbeat(snapshot, signals.ask_to_cancel), Meter().running() as meter:
                    progress = Progress(snapshot, meter, on_progress, signals.check, signals.cancel)
                    watched.callback(progress.close)
                    # may have to look at a dataset for its levels
                    parameters = after_last(shop.name, run_parameters(shop, end))
                    _make(snapshot, shop, runner, parameters, progress, full=full)
                    unlike = drift.measure(snapshot)
                    reasons = [*_shortfalls(snapshot), *unlike] if is_gated else []
                    if reasons:
                        _hold(snapshot, reasons)
                    replaced = None if reasons else _go_live(snapshot)
        except BaseException as error:
            raised = ended(snapshot, error, signals)
            if raised is error:
                raise
            raise raised from error
        _tell(snapshot)
        _prune(shop.name, replaced)
    if snapshot.state == Snapshot.State.HELD:
        raise HeldBack(snapshot.error)
    return snapshot


def _prune(source: str, replaced: int | None) -> None:
    try:
        prune(source, still_read=replaced)
    except Error as error:  # it is published all the same; the next refresh prunes again
        message = "Old snapshots could not be removed: %s"
        say(logging.WARNING, "refresh.unpruned", message, type(error).__name__)


def _tell(snapshot: Snapshot) -> None:
    """Of a refresh that came to its end."""
    seconds = (timezone.now() - snapshot.started_at).total_seconds()
    watching.finished(snapshot.state, snapshot.source, seconds, snapshot.report["customers"])
    drift.tell(snapshot)


def refuse_transaction() -> None:
    """A refresh commits as it goes. Raises InTransaction where that is not possible."""
    try:
        with transaction.atomic(using=write_database(), durable=True):
            pass
    except RuntimeError as error:
        raise InTransaction from error


def _make(
    snapshot: Snapshot,
    shop: PurchaseSource,
    runner: Engine,
    parameters: Parameters,
    progress: Progress,
    *,
    full: bool,
) -> None:
    """Train, and write everything but the pointer to what is live."""
    with _folder(snapshot) as folder:
        progress(EXTRACT, 0, 0)
        table = segment_rules(shop.name)  # a table that is none ends a refresh before its work
        total = line_count(shop)
        rules = extract(
            shop,
            folder / "log",
            parameters.as_of,
            lambda done: progress(EXTRACT, done, total),
            full=full,
        )
        counted_lines = quarantine.learnt_from(
            shop.name,
            folder / "log",
            folder / "counted",
            parameters.levels,
            lambda done, of: progress(quarantine.QUARANTINE, done, of),
        )
        in_quarantine = quarantine.keep(snapshot, counted_lines.found)
        log = counted_lines.log
        planned = make_plans(snapshot, log, parameters, progress)
        parameters, snapshot.plan = planned.parameters, planned.stored
        outputs = compute(runner, log, folder / "out", parameters, progress)
        lifetime = learn(
            folder / "out" / SCORES,
            outputs.scale,
            days=parameters.horizon_days,
            discount_rate=get_config()["CLV_DISCOUNT"],
            on_step=lambda done, of: progress("lifetime value", done, of),
        )
        near = neighbours_of(log, parameters, progress)
        listed = publish.listed_items(folder / "out")
        progress("publish", 0, 0)
        spread = Spread()
        lists = publish.write(
            snapshot,
            folder / "out",
            outputs,
            lambda batch: spread.watch(told(batch, lifetime, table, outputs.scale)),
            lambda done, of: progress("publish", done, of),
        )
        publish.save_neighbours(snapshot, near)
    forget_erased(snapshot)
    # not from a replica, which may be behind
    cells = counted(CustomerScore.objects.using(write_database()).filter(snapshot=snapshot))
    progress.finish()
    stages = progress.meter.stages.items()
    snapshot.report = {
        "engine": runner.name,
        "lines_read": rules.lines_read,
        "lines_kept": rules.lines_kept,
        "lines_dropped": dict(rules.dropped),
        "quarantine": in_quarantine | {"lines": counted_lines.kept_out},
        "lines_capped": counted_lines.capped,
        "customers": sum(outputs.tier_sizes.values()),
        "tiers": {tier: outputs.tier_sizes.get(tier, 0) for tier in Tier.values},
        "clusters": _clusters(outputs),
        "scale": {"tiers": dict(outputs.scale.tiers), "min_orders": outputs.scale.min_orders},
        "models": [model.summary() for model in outputs.models],
        "recommendations": lists,
        "items_listed": listed,
        "served": {level: plan.served for level, plan in parameters.plans.items()},
        "leaderboard": planned.leaderboard,
        "lifetime": lifetime.report,
        "cohorts": outputs.cohorts,
        "segments": _segment_sizes(cells, table),
        "segment_rules": _as_json([asdict(rule) for rule in table]),
        "cells": cells,
        "spread": spread.quantiles(),
        "stages": {name: round(seconds, 2) for name, seconds in stages},
        "peak_memory_mb": progress.meter.peak_memory_mb,
        "snapshot": snapshot.pk,
        pseudonyms.REPORTED: pseudonyms.fingerprint(),
    }


def _segment_sizes(rows: list[list[Any]], rules: tuple[SegmentRule, ...]) -> dict[str, int]:
    """Customers by segment, in the order of the table."""
    found = summed(map(Cell.of_json, rows), lambda cell: cell.segment)
    return {rule.name: found[rule.name].customers if rule.name in found else 0 for rule in rules}


def _shortfalls(snapshot: Snapshot) -> list[str]:
    """Why the snapshot should not replace the live one, if it should not."""
    live = Snapshot.objects.live(snapshot.source).first()
    return shortfalls(snapshot.report, live.report, get_config()["QUALITY_GATE"]) if live else []


def _finish(snapshot: Snapshot, state: Snapshot.State, error: str = "") -> None:
    snapshot.state, snapshot.error, snapshot.stage = state, error, ""
    snapshot.done = snapshot.total = 0
    snapshot.finished_at = timezone.now()
    snapshot.save()


def _hold(snapshot: Snapshot, reasons: list[str]) -> None:
    """Keep the snapshot for somebody to decide; what is live stays."""
    error = (
        f"Held back: {'; '.join(reasons)}. What was live stays live. Find out why, then make "
        "snapshot #{pk} live in the admin, or refresh with --ungated."
    ).replace("{pk}", str(snapshot.pk))
    message = "Refresh %s was held back by the quality gate"
    say(logging.WARNING, "refresh.gate", message, snapshot.pk)
    with transaction.atomic(using=write_database()):
        marks.lock(snapshot.source)
        forget_erased(snapshot)
        if not locks.release(snapshot):
            raise LeaseLost
        locks.refuse_cancelled(snapshot)
        _finish(snapshot, Snapshot.State.HELD, error)


def _go_live(snapshot: Snapshot) -> int | None:
    """Make it the live one; the id of the snapshot that was live before."""
    with transaction.atomic(using=write_database()):
        marks.lock(snapshot.source)
        forget_erased(snapshot)
        replaced = locks.flip(snapshot)
        locks.refuse_cancelled(snapshot)
        _finish(snapshot, Snapshot.State.READY)
        record_flip(
            snapshot.source, replaced, snapshot.pk, TierChange.Cause.REFRESH, timezone.now()
        )
        tell_published(snapshot)
    return replaced


def _clusters(outputs: Outputs) -> Any:
    return _as_json(
        {dimension: asdict(getattr(outputs.scale, dimension)) for dimension in DIMENSIONS}
    )


def _as_json(found: Any) -> Any:
    return json.loads(json.dumps(found))  # lists in place of tuples, as it is stored


@contextmanager
def _folder(snapshot: Snapshot) -> Iterator[Path]:
    """A folder for the run's files, known to the snapshot before it exists."""
    base = Path(get_config()["WORK_DIR"] or tempfile.gettempdir())
    folder = base / f"{FOLDER_PREFIX}{uuid.uuid4().hex}"
    snapshot.folder = str(folder)
    snapshot.save(update_fields=["folder"])
    try:
        (folder / "out").mkdir(parents=True)
        yield folder
    except OSError as error:
        if error.errno in NO_ROOM:
            raise DiskFull from error
        if error.errno in NO_PLACE:
            raise FilesLost from error
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    snapshot.folder = ""


def activate(snapshot: Snapshot) -> int | None:
    """Make a finished snapshot the live one: roll back, or forward again; the id of what was live.

    One that was held back is published too. Raises NotPublishable for one that failed, still runs
    or is being removed, and for one that was made under another PSEUDONYM_KEY.
    """
    with transaction.atomic(using=write_database()):
        if not pseudonyms.is_current(snapshot.report):
            raise NotPublishable(OTHER_KEYS)
        ready = Snapshot.objects.filter(pk=snapshot.pk, state__in=PUBLISHABLE)
        # the update locks the row, so that it cannot be pruned at the same time
        if not ready.update(state=Snapshot.State.READY, error=""):
            raise NotPublishable
        states = SourceState.objects.select_for_update().filter(source=snapshot.source)
        replaced: int | None = states.values_list("live_id", flat=True).first()
        states.update(live=snapshot)
        locks.forget_live(snapshot.source)  # before anybody is told, which may take long
        record_flip(
            snapshot.source, replaced, snapshot.pk, TierChange.Cause.ACTIVATION, timezone.now()
        )
        tell_published(snapshot)
    return replaced


def prune(source: str, still_read: int | None = None) -> None:
    """Remove finished snapshots beyond KEEP_SNAPSHOTS, the oldest first; never the live one.

    Of those that were held back as many are kept, and of those that failed, for their errors. None
    is kept that was made under another PSEUDONYM_KEY.

    `still_read` is the one that was live until just now, which may be an old one after a
    roll-back: answers that are on their way and cached pointers lead to it, so it stays.
    """
    kept = max(get_config()["KEEP_SNAPSHOTS"], 1)
    finished = Snapshot.objects.filter(source=source, state=Snapshot.State.READY)
    for snapshot in _unwanted(finished, kept):
        if snapshot.pk != still_read:
            _expire(snapshot)
    for snapshot in _unwanted(
        Snapshot.objects.filter(source=source, state=Snapshot.State.HELD), kept
    ):
        _expire(snapshot)
    mine = Snapshot.objects.filter(source=source, live_of__isnull=True, running_of__isnull=True)
    failed = mine.filter(state=Snapshot.State.FAILED).order_by("-pk")
    gone = (*mine.filter(state=Snapshot.State.EXPIRED), *failed[kept:])
    for snapshot in gone:
        publish.delete_rows(snapshot.pk)
        snapshot.delete()
    if gone:
        message = "%d old snapshots of %s were removed"
        say(logging.INFO, "refresh.pruned", message, len(gone), source, rows=len(gone))


def _unwanted(snapshots: QuerySet[Snapshot], kept: int) -> list[Snapshot]:
    """Those beyond `kept`, and those that know customers by keys which nobody has any more."""
    newest = enumerate(snapshots.order_by("-pk"))
    return [one for place, one in newest if place >= kept or not pseudonyms.is_current(one.report)]


def _expire(snapshot: Snapshot) -> None:
    """Mark for removal, unless it is live or goes live meanwhile."""
    with transaction.atomic(using=write_database()):
        Snapshot.objects.filter(pk=snapshot.pk, state=snapshot.state).update(
            state=Snapshot.State.EXPIRED
        )
        if SourceState.objects.filter(live=snapshot).exists():
            transaction.set_rollback(True, using=write_database())
