"""Asks, and shows something else where the database does not answer."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from django.apps import apps
from django.db import InterfaceError, InternalError, OperationalError, connections, router

from django_clvrec.conf import get_config
from django_clvrec.logs import say
from django_clvrec.outages.breaker import REST_SECONDS, Breaker
from django_clvrec.outages.budget import Call, watched
from django_clvrec.tally import note

T = TypeVar("T")


class StillMaking(Exception):
    """Another thread has been reading the same of a snapshot for longer than an answer may take."""


AWAY = (OperationalError, InterfaceError, InternalError, StillMaking)
"""What says that a database cannot answer now. Errors of a query, such as a column that is missing,
are none of these: they need somebody to see them."""

READING, RECORDING, VISITORS = Breaker(), Breaker(), Breaker()
"""Of lists, of feedback, and of who sends a request: that one of these hangs on a lock says nothing
of the others."""

_inside = threading.local()


def served(ask: Callable[[], T], *otherwise: Callable[[], T], breaker: Breaker = READING) -> T:
    """What `ask` gives, or else the first of `otherwise` that needs no database.

    What `ask` asks of databases is cut off after SERVING_SECONDS, and what is cut, refused or
    broken opens `breaker`: then `otherwise` answers at once. Where a connection was lost since
    the last request, it is asked once more. The last of `otherwise` must not fail.

    Within a transaction of the caller nothing of this is done, for there it is for the caller to
    roll back: an error is raised as it comes. Calls within calls leave it to the outermost.
    """
    if getattr(_inside, "is_on", False) or _is_in_transaction():
        return ask()
    if breaker.lets_through():
        _inside.is_on = True
        try:
            return _asked(ask, breaker)
        except AWAY as error:
            _note(error, breaker)
        finally:
            _inside.is_on = False
    for other in otherwise[:-1]:
        with suppress(*AWAY), watched(get_config()["SERVING_SECONDS"]):
            return other()
    return otherwise[-1]()


def has_time() -> float:
    """Seconds to wait for another thread within an answer; -1: without end."""
    seconds = get_config()["SERVING_SECONDS"]
    return float(seconds) if getattr(_inside, "is_on", False) and seconds else -1


def _asked(ask: Callable[[], T], breaker: Breaker) -> T:
    seconds = get_config()["SERVING_SECONDS"]
    is_trial, started = breaker.is_open, time.monotonic()
    with watched(seconds) as call:
        if is_trial:
            _knock()
        try:
            found = ask()
        except AWAY:
            soon = time.monotonic() - started < (seconds or 1.0) / 2
            if not (_drop_broken(call) and soon and not call.was_cut):
                raise
            found = ask()
        except Exception:  # what else is wrong is another matter: the database has answered
            _note_back(breaker, is_trial=is_trial)
            raise
    _note_back(breaker, is_trial=is_trial)
    return found


def _note_back(breaker: Breaker, *, is_trial: bool) -> None:
    if is_trial and breaker.succeeded():
        message = "The database answers again: recommendations are served as ever."
        say(logging.WARNING, "serving.database_back", message)


def _knock() -> None:
    """Ask the database for nothing: an answer from the cache would not tell whether it is back."""
    using = router.db_for_read(apps.get_model("clvrec", "SourceState"))
    _drop_broken()
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT 1")


def _note(error: Exception, breaker: Breaker) -> None:
    if isinstance(error, StillMaking):
        return
    note("degraded", reason="database")
    if breaker.failed():
        message = (
            "The database does not answer in time (%s): what is popular, or nothing, is shown "
            "until it does. It is tried every %g seconds."
        )
        say(logging.ERROR, "serving.database", message, type(error).__name__, REST_SECONDS)


def _is_in_transaction() -> bool:
    return any(
        one.in_atomic_block or (one.connection is not None and not one.autocommit)
        for one in connections.all(initialized_only=True)
    )


def _drop_broken(call: Call | None = None) -> bool:
    """Close connections that are of no use, so that the next query opens others; whether any was.

    One that was cut is closed unseen: asking whether it still works would be to wait again.
    """
    was_any = False
    for one in connections.all(initialized_only=True):
        if one.connection is None or one.in_atomic_block:
            continue
        if call is not None and call.was_cut:
            one.close()
        else:
            one.close_if_unusable_or_obsolete()
        was_any |= one.connection is None
    return was_any
