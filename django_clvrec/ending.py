"""How a refresh ends that does not finish: its reason is kept, its rows and files are removed."""

import logging
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from django.db import Error, InterfaceError, OperationalError, connections
from django.utils import timezone

from django_clvrec import locks
from django_clvrec.exceptions import DatabaseFailed, LeaseLost, RefreshCancelled
from django_clvrec.interruption import SOFT_LIMIT, Signals
from django_clvrec.logs import say
from django_clvrec.models import Snapshot, write_database
from django_clvrec.removal import delete_rows

FOLDER_PREFIX = "clvrec-"
PATIENCE = 20.0
"""So many seconds a database that has crashed is given to come back: the lease is in it."""


def ended(snapshot: Snapshot, error: BaseException, signals: Signals) -> BaseException:
    """Keep why the refresh ended, and clean up; what is to be raised."""
    if signals.is_cancelled or isinstance(error, RefreshCancelled):
        return _cancelled(snapshot, signals)
    reason = _reason(snapshot, signals)
    told = error if reason else _told(snapshot, error)
    _fail(
        snapshot,
        signals,
        reason or type(error).__name__,
        reason or str(told) or type(told).__name__,
    )
    return signals.error or told  # a library on the way may have made something else of it


def _told(snapshot: Snapshot, error: BaseException) -> BaseException:
    """The same with its next step, where the database is to blame, or the heir of the lease."""
    if _has_heir(snapshot):  # who may have removed the files that were missed
        return LeaseLost()
    if not isinstance(error, (OperationalError, InterfaceError)):
        return error
    said = " ".join(str(error).split()) or type(error).__name__
    return DatabaseFailed(
        f"The database failed in the stage “{snapshot.stage or 'start'}”: {said}. What is live is "
        "whole; see that the database is well, and refresh again."
    )


def _reason(snapshot: Snapshot, signals: Signals) -> str:
    if not signals.reason:
        return ""
    return (
        f"Stopped by {signals.reason} in the stage “{snapshot.stage or 'start'}”. "
        "Nothing was published. Start it again"
        + (", with a longer limit." if signals.signum == SOFT_LIMIT else ".")
    )


def _has_heir(snapshot: Snapshot) -> bool:
    """Whether another refresh has taken this one for dead; False where nobody can tell."""
    mine = Snapshot.objects.using(write_database()).filter(pk=snapshot.pk)
    try:
        _fresh_connection()
        return not mine.exclude(state=Snapshot.State.FAILED).exists()
    except Error:
        return False


def _cancelled(snapshot: Snapshot, signals: Signals) -> RefreshCancelled:
    """Keep who cancelled with the snapshot, and tell nobody else: messages come to logs."""
    stage = f"in the stage “{snapshot.stage or 'start'}”"
    rest = "Nothing was published, and what was live stays live. Refresh again when you want to."
    _fresh_connection(is_interrupted=signals.error is not None)
    who = ""
    with suppress(Error):  # a database that went away is met again in a moment
        snapshot.refresh_from_db(using=write_database(), fields=["cancelled_by"])
        who = snapshot.cancelled_by
    by = f"Cancelled by {who}" if who else "Cancelled"
    _fail(snapshot, signals, f"cancelled {stage}", f"{by} {stage}. {rest}")
    return RefreshCancelled(
        f"Refresh {snapshot.pk} was cancelled {stage}; the admin says by whom. {rest}"
    )


def _fail(snapshot: Snapshot, signals: Signals, logged: str, said: str) -> None:
    """Keep the error and remove the rows, unless the snapshot was finished before it happened."""
    event = "refresh.cancelled" if logged.startswith("cancelled") else "refresh.failed"
    rest = {"stage": snapshot.stage or None, "reason": logged}
    say(logging.ERROR, event, "Refresh %s failed: %s", snapshot.pk, logged, **rest)
    until = time.monotonic() + PATIENCE
    while True:
        try:
            _fresh_connection(is_interrupted=signals.error is not None)
            _leave(snapshot, said)
        except (OperationalError, InterfaceError) as second:
            # whoever is told to end, by a person or a time limit, is not kept waiting
            if time.monotonic() < until and not signals.is_asked_to_end:
                time.sleep(1)
                continue
            _give_up(snapshot, second)
        except Error as second:
            _give_up(snapshot, second)
        return


def _leave(snapshot: Snapshot, said: str) -> None:
    mine = Snapshot.objects.using(write_database()).filter(pk=snapshot.pk)
    mine.filter(state=Snapshot.State.RUNNING).update(
        state=Snapshot.State.FAILED, error=said, finished_at=timezone.now()
    )
    locks.release(snapshot)
    # a signal may have come after it went live, or was held back with its rows
    if mine.filter(state=Snapshot.State.FAILED).exists():
        delete_rows(snapshot.pk)
    clean_up(snapshot.source)


def _give_up(snapshot: Snapshot, second: Error) -> None:
    """The first error is the one to tell; the next refresh cleans up."""
    locks.give_up(snapshot)
    message = "Refresh %s left rows or files: %s"
    say(logging.ERROR, "refresh.leftovers", message, snapshot.pk, type(second).__name__)


def _fresh_connection(*, is_interrupted: bool = False) -> None:
    """A database that went away and is back is reached by a new connection only."""
    connection = connections[write_database()]
    if connection.in_atomic_block:
        return  # of a shop's TestCase, which needs the one it has
    if is_interrupted:
        # the answer to a query may be half read, and its server still at work
        with suppress(Exception):  # whatever a driver raises that was interrupted
            getattr(connection.connection, "cancel", bool)()
        connection.close()
    connection.close_if_unusable_or_obsolete()


def clean_up(source: str) -> None:
    """Remove what failed refreshes left: rows, and files on this machine. Their errors stay."""
    failed = Snapshot.objects.filter(source=source, state=Snapshot.State.FAILED)
    for snapshot in failed.filter(live_of__isnull=True).exclude(folder=""):
        delete_rows(snapshot.pk)
        if _is_gone(snapshot):
            Snapshot.objects.filter(pk=snapshot.pk).update(folder="")


def _is_gone(snapshot: Snapshot) -> bool:
    """Remove the folder of a failed refresh, if it is here; whether nothing is left of it.

    Its name was drawn at random, so where there is one it is that of the snapshot, whatever the
    machine is called. A folder of another machine, or of another user, is left to a refresh there.
    """
    folder = snapshot.folder
    if not os.path.lexists(folder):  # unlike Path.exists, it minds no folder that is closed to us
        return locks.is_ours(snapshot)
    if Path(folder).name.startswith(FOLDER_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)
    return not os.path.lexists(folder)
