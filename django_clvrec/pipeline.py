"""The write side: from a shop's orders to a live snapshot."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime

from django.conf import settings
from django.db import Error, transaction
from django.db.models import QuerySet
from django.utils import timezone

from django_clvrec import drift, interruption, locks, marks, pseudonyms, watching
from django_clvrec.conf import get_config
from django_clvrec.ending import clean_up, ended
from django_clvrec.engines.base import Engine
from django_clvrec.engines.registry import build_engine
from django_clvrec.exceptions import HeldBack, InTransaction, LeaseLost, NotPublishable
from django_clvrec.forgetting import forget_erased
from django_clvrec.gate import shortfalls
from django_clvrec.logs import say
from django_clvrec.meter import Meter
from django_clvrec.models import Snapshot, SourceState, TierChange, write_database
from django_clvrec.movement import record_flip
from django_clvrec.parameters import engine_name, engine_options
from django_clvrec.progress import OnProgress, Progress
from django_clvrec.published import tell_published
from django_clvrec.removal import delete_rows
from django_clvrec.sources import PurchaseSource, get_source

PUBLISHABLE = (Snapshot.State.READY, Snapshot.State.HELD)
OTHER_KEYS = (
    "The snapshot was made under another PSEUDONYM_KEY, so it knows no customer of now. "
    "Choose a newer one, or set the key that was there before."
)
OnStart = Callable[[Snapshot], None]
"""Called with the snapshot that runs now."""


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
                    _make(snapshot, shop, runner, end, progress, full=full)
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
    as_of: datetime,
    progress: Progress,
    *,
    full: bool,
) -> None:
    """Train, and write everything but the pointer to what is live."""
    # web servers import this module too, and have none of what trains
    from django_clvrec.training import train

    train(snapshot, shop, runner, as_of, progress, full=full)


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
        delete_rows(snapshot.pk)
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
