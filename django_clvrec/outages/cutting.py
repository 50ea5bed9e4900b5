"""Ends what a connection of another thread waits for, whatever the server does."""

import logging
import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

logger = logging.getLogger("django_clvrec")

ACTIVE = 1
"""libpq: a query is on its way. Both psycopg tell it by this number."""
MOST_CANCELLING = 4
"""Threads that may wait for a server to take a cancellation, which a dead one never does."""
CANCEL_SECONDS = 2.0
_cancelling = threading.BoundedSemaphore(MOST_CANCELLING)


def cut(connection: Any) -> bool:
    """Cut off a Django connection that waits for its server; whether it did.

    The thread that waits gets an OperationalError at once. The server is told to stop too, but
    only after the socket is closed: what it cancels then can be nobody else's query. MySQL's
    driver lets no other thread near its socket, but has a timeout of its own to be set.
    """
    raw = connection.connection
    if raw is None or connection.vendor not in {"sqlite", "postgresql"}:
        return False
    try:
        if connection.vendor == "sqlite":
            raw.interrupt()
            return True
        if raw.info.transaction_status != ACTIVE:
            return False  # whatever takes so long, it is not the database
        cancel = _cancellation(raw)
        _shut(raw.fileno())
    except Exception as error:  # noqa: BLE001 - it may end by itself while this looks
        logger.debug("A connection could not be cut: %s", type(error).__name__)
        return False
    if cancel is not None:
        _later(cancel)
    return True


def _shut(fileno: int) -> None:
    """A duplicate is shut down: the descriptor itself stays the driver's."""
    with socket.socket(fileno=os.dup(fileno)) as ours:
        ours.shutdown(socket.SHUT_RDWR)


def _cancellation(raw: Any) -> Callable[[], None] | None:
    """What tells PostgreSQL to stop, taken while the connection is whole; psycopg 3 has it.

    Not the older `cancel()`: it holds all threads of the process until the server answers.
    """
    pgconn = getattr(raw, "pgconn", None)
    if pgconn is None:
        return None
    from psycopg import capabilities, generators, waiting

    if not capabilities.has_cancel_safe():
        return None
    asking = pgconn.cancel_conn()

    def cancel() -> None:
        asking.start()
        waiting.wait_conn(generators.cancel(asking), interval=0.1, timeout=CANCEL_SECONDS)

    return cancel


def _later(cancel: Callable[[], None]) -> None:
    """In a thread of its own, for it may wait long; not at all where too many wait already."""
    if not _cancelling.acquire(blocking=False):
        return

    def run() -> None:
        try:
            with suppress(Exception):
                cancel()
        finally:
            _cancelling.release()

    threading.Thread(target=run, name="clvrec-cancel", daemon=True).start()
