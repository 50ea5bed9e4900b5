"""One refresh at a time for each source: a lease in the database, safe on every backend.

`SourceState.running` points at the snapshot that is being made. It is set by one conditional
UPDATE, and publishing requires that it still points there (the fence), so a process that was
taken for dead can never publish. A holder is dead when it has not reported for `SILENCE`; one
on this machine, also as soon as its process is gone.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import psutil
from django.db import Error, connections, transaction
from django.db.models import Q
from django.utils import timezone

from django_clvrec.cache import forget, live_fact
from django_clvrec.exceptions import (
    AlreadyRefreshed,
    LeaseLost,
    RefreshCancelled,
    RefreshRunning,
    TriedTooOften,
)
from django_clvrec.logs import say
from django_clvrec.models import KEY_LENGTH, Snapshot, SourceState, is_private, write_database

BEAT_SECONDS = 60
SILENCE = timedelta(minutes=10)
CLOCK_SECONDS = 3
LOOK_SECONDS = 2
"""How often something that another process may write is looked at."""
TRIES = 3
"""So often a request may be tried that a broker delivers again because its process was killed."""
_GIVEN_UP: set[tuple[int, datetime]] = set()
"""What this process has made and makes no more, though the database does not know that."""


def refuse_repeats(source: str, request: str) -> None:
    """Raises AlreadyRefreshed, RefreshCancelled or TriedTooOften for one that was tried before."""
    if not request:
        return
    tries = Snapshot.objects.using(write_database()).filter(source=source, request=request)
    fulfilled = (Snapshot.State.READY, Snapshot.State.HELD, Snapshot.State.EXPIRED)
    done = tries.filter(state__in=fulfilled).first()
    if done is not None:
        raise AlreadyRefreshed(
            f"Refresh {done.pk} of {source} has fulfilled this request; it was delivered twice."
        )
    cancelled = tries.cancelled().first()
    if cancelled is not None:  # its worker may have died before it told the broker
        raise RefreshCancelled(
            f"Refresh {cancelled.pk} of {source} was cancelled; its request was delivered again."
        )
    ended = [one for one in tries if one.state != Snapshot.State.RUNNING or not is_alive(one)]
    if len(ended) >= TRIES:
        raise TriedTooOften


def acquire(source: str, engine: str, as_of: datetime, request: str = "") -> Snapshot:
    """A new running snapshot that holds the lease of `source`. Raises RefreshRunning."""
    state, _ = SourceState.objects.get_or_create(source=source)
    holding = state.running
    _refuse_beside(holding)
    with transaction.atomic(using=write_database()):
        snapshot = Snapshot.objects.create(
            source=source,
            engine=engine,
            as_of=as_of,
            request=request,
            holder=_me(),
            revision=state.revision,  # who is erased from here on must not come back by it
            heartbeat_at=timezone.now(),
        )
        # whoever was quicker has changed `running` meanwhile, and then no row matches
        same = Q(running=holding) if holding else Q(running__isnull=True)
        if not SourceState.objects.filter(same, source=source).update(running=snapshot):
            raise RefreshRunning
        abandoned = Snapshot.objects.filter(source=source, state=Snapshot.State.RUNNING)
        abandoned.exclude(pk=snapshot.pk).update(
            state=Snapshot.State.FAILED,
            finished_at=timezone.now(),
            error="The process that ran it ended before it had finished.",
        )
    return snapshot


def refuse_second(source: str) -> None:
    """Raises RefreshRunning where a refresh of the source is at work."""
    _refuse_beside(Snapshot.objects.filter(running_of__source=source).first())


def _refuse_beside(holding: Snapshot | None) -> None:
    if holding is not None and is_alive(holding):
        raise RefreshRunning(
            f"Refresh {holding.pk} of {holding.source} is running since "
            f"{holding.started_at:%Y-%m-%d %H:%M} (stage: {holding.stage or 'start'}). "
            "Wait until it has finished."
        )


def release(snapshot: Snapshot) -> bool:
    """Give the lease back; whether it was still ours."""
    return bool(SourceState.objects.filter(running=snapshot).update(running=None))


def give_up(snapshot: Snapshot) -> None:
    """This process does not make the snapshot any more, and could not say so to the database."""
    _GIVEN_UP.add((snapshot.pk, snapshot.started_at))


def ask_to_end(snapshot_id: int, who: str) -> bool:
    """Cancel a refresh in the name of `who`; whether it ran, and nobody had cancelled it before.

    It notices within seconds where it runs in the main thread of its process, otherwise at its
    next step. What has gone live by then stays.
    """
    running = Snapshot.objects.filter(pk=snapshot_id, state=Snapshot.State.RUNNING, cancelled_by="")
    is_asked = bool(running.update(cancelled_by=who[:KEY_LENGTH]))
    if is_asked:
        message = "Refresh %s is to be cancelled"
        say(logging.INFO, "refresh.cancel", message, snapshot_id, snapshot=snapshot_id)
    return is_asked


def refuse_cancelled(snapshot: Snapshot) -> None:
    """Lock the row, so that nobody can cancel until it is committed. Raises RefreshCancelled."""
    mine = Snapshot.objects.filter(pk=snapshot.pk)
    if not mine.filter(cancelled_by="").update(heartbeat_at=timezone.now()):
        raise RefreshCancelled


def flip(snapshot: Snapshot) -> int | None:
    """Make the snapshot that holds the lease the live one; the id of the one it replaces.

    Raises LeaseLost.
    """
    held = SourceState.objects.filter(source=snapshot.source, running=snapshot)
    replaced: int | None = held.values_list("live_id", flat=True).first()
    if not held.update(live=snapshot, running=None):
        raise LeaseLost
    forget_live(snapshot.source)
    return replaced


def forget_live(source: str) -> None:
    """Have caches ask the database which snapshot is live, as soon as this is committed."""
    transaction.on_commit(lambda: forget(live_fact(source)), using=write_database())


def is_alive(snapshot: Snapshot) -> bool:
    """Whether the process that makes a running snapshot is still there."""
    host, pid, started = [*snapshot.holder.rsplit(":", 2), "", ""][:3]
    was_given_up = (snapshot.pk, snapshot.started_at) in _GIVEN_UP
    if not started or snapshot.heartbeat_at is None or was_given_up:
        return False
    if timezone.now() - snapshot.heartbeat_at > SILENCE:
        return False
    if host == _machine():
        try:
            process = psutil.Process(int(pid))
            # a clock that is set right moves the start of every process a little
            is_same = abs(process.create_time() - int(started)) < CLOCK_SECONDS
            return bool(is_same and process.status() != psutil.STATUS_ZOMBIE)
        except (psutil.NoSuchProcess, ValueError):
            return False
        except psutil.AccessDenied:
            return True
    return True


def wait_for_word(source: str) -> None:
    """Wait until the holder of the lease shows that it lives, or counts as dead.

    At most `SILENCE`; no time at all for a process of this machine.
    """
    state = SourceState.objects.filter(source=source).select_related("running").first()
    holding = state.running if state else None
    if holding is None or _host(holding) == _machine():
        return
    heard = holding.heartbeat_at
    while is_alive(holding) and holding.heartbeat_at == heard:
        time.sleep(LOOK_SECONDS)
        holding = Snapshot.objects.filter(pk=holding.pk, running_of__isnull=False).first()
        if holding is None:
            return


def is_ours(snapshot: Snapshot) -> bool:
    """Whether the process that made a snapshot ran on this machine since it was started."""
    return _host(snapshot) == _machine()


@contextmanager
def heartbeat(snapshot: Snapshot, cancel: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Report now and then that this process lives, from a thread of its own.

    It looks more often than it reports, and calls `cancel` as long as somebody wants the refresh
    to end.
    """
    stopped = threading.Event()
    mine = Snapshot.objects.using(write_database()).filter(pk=snapshot.pk)  # replicas are late
    reads = not is_private()  # with what is in memory, a second connection does harm

    def beat() -> None:
        beaten = time.monotonic()
        while not stopped.wait(min(BEAT_SECONDS, LOOK_SECONDS)):
            try:
                if time.monotonic() - beaten >= BEAT_SECONDS:
                    beaten = time.monotonic()
                    mine.update(heartbeat_at=timezone.now())
                if reads and mine.cancelled().exists():
                    cancel()
            except Error:
                # a busy database, or one that went away: the next look will do
                connections[write_database()].close()
        connections[write_database()].close()

    thread = threading.Thread(target=beat, name="clvrec-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _me() -> str:
    return f"{_machine()}:{os.getpid()}:{int(psutil.Process().create_time())}"


def _host(snapshot: Snapshot) -> str:
    return snapshot.holder.rsplit(":", 2)[0]


@cache
def _machine() -> str:
    """Where a process number means something: containers may share a host's name, not its numbers.

    On Linux that is one run of the kernel and one namespace of processes.
    """
    name = socket.gethostname()
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()[:8]
        return f"{name}/{boot}-{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return name
