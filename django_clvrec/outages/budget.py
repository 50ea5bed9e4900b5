"""A time that an answer may take of the database: what is asked for longer is cut off.

No database driver for Django can be told how long to wait for an answer: a statement timeout is
kept by the server, which may be what does not answer. So a thread of the process looks after
those who wait, and closes the socket under whoever waits too long. That costs no query, and it
works where a table is locked, a server hangs or a network swallows every byte.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from django_clvrec.outages.cutting import cut

TICK_SECONDS = 0.05
IDLE_SECONDS = 10.0
"""After so long without a question the thread ends; the next question starts another one."""
MAKING_SECONDS = 15.0
"""What a process reads once of a snapshot is larger than an answer."""


@dataclass(eq=False)
class Call:
    """One answer that somebody waits for."""

    seconds: float
    connections: list[Any]
    deadline: float = field(init=False)
    was_cut: bool = False

    def __post_init__(self) -> None:
        self.renew(self.seconds)

    def renew(self, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds


class Watch:
    """Who waits for the database now, and the thread that looks after them."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """As in a process that was just forked, where no thread but one goes on."""
        self._lock = threading.Lock()
        self._calls: set[Call] = set()
        self._thread: threading.Thread | None = None

    def begin(self, call: Call) -> None:
        with self._lock:
            self._calls.add(call)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="clvrec-budget", daemon=True)
                self._thread.start()

    def end(self, call: Call) -> None:
        with self._lock:  # so that nothing is cut that belongs to what comes after
            self._calls.discard(call)

    def _run(self) -> None:
        idle_since = time.monotonic()
        while True:
            time.sleep(TICK_SECONDS)
            now = time.monotonic()
            with self._lock:
                if self._calls:
                    idle_since = now
                elif now - idle_since > IDLE_SECONDS:
                    self._thread = None
                    return
                for call in [one for one in self._calls if one.deadline < now]:
                    for connection in call.connections:
                        call.was_cut |= cut(connection)


_watch = Watch()
os.register_at_fork(after_in_child=_watch.reset)
_mine = threading.local()


@contextmanager
def watched(seconds: float | None) -> Iterator[Call]:
    """What this thread asks of databases meanwhile is cut off after `seconds`; None: never."""
    call = Call(seconds or 0.0, [*connections.all()] if seconds else [])
    if not seconds:
        yield call
        return
    _mine.call = call
    _watch.begin(call)
    try:
        yield call
    finally:
        _watch.end(call)
        _mine.call = None


@contextmanager
def unhurried() -> Iterator[None]:
    """Give what a process reads once its own time, and then the answer its own again."""
    call: Call | None = getattr(_mine, "call", None)
    if call is None:
        yield
        return
    call.renew(MAKING_SECONDS)
    try:
        yield
    finally:
        call.renew(call.seconds)
