"""Signals that end a refresh early: never lost on the way, and never in the way of cleaning up.

Python raises what a signal stands for wherever the program happens to be: deep in a library that
catches every exception, as py4j does, or half way through the end of a JVM. So a signal is noted
first, and held back where it would do harm.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SOFT_LIMIT = signal.SIGUSR1
"""How Celery tells a pool process that its soft time limit is over."""
CANCEL = signal.SIGURG
"""How the heartbeat tells the main thread that somebody has cancelled the refresh.

Neither Celery nor gunicorn uses it, and one that comes when nobody expects it is ignored.
"""
REASONS = {
    signal.SIGINT: "Ctrl-C (SIGINT)",
    signal.SIGTERM: "SIGTERM",
    SOFT_LIMIT: "its soft time limit",
    CANCEL: "a person",
}
ENDING = (signal.SIG_DFL, signal.default_int_handler)


class Interrupted(BaseException):
    """The process was asked to end, and ends when everything is cleaned up.

    Where somebody cancelled the refresh, only that ends, and the process goes on.
    """


class Signals:
    """The signals that come during one refresh; only the first one counts."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.signum = 0
        self._is_open = False
        self._waiting = 0
        self._before: dict[int, Any] = {}

    @property
    def reason(self) -> str:
        """What ended the refresh, or nothing if no signal did."""
        return REASONS[signal.Signals(self.signum)] if self.error is not None else ""

    def check(self) -> None:
        """Raise again what a signal raised: something may have swallowed it."""
        if self.error is not None:
            raise self.error

    @property
    def is_asked_to_end(self) -> bool:
        """Whether a signal ended the refresh, or came while it ended by itself."""
        return self.error is not None or self._waiting not in {0, CANCEL}

    @property
    def is_cancelled(self) -> bool:
        """Whether that is what ended the refresh."""
        return self.signum == CANCEL

    def cancel(self) -> None:
        """Raise in the thread of the refresh, and let no signal disturb what cleans up."""
        self._receive(CANCEL, None)

    def ask_to_cancel(self) -> None:
        """From another thread: have the refresh raise, if it runs in the main thread."""
        main = threading.main_thread().ident
        if CANCEL in self._before and self.error is None and main is not None:
            signal.pthread_kill(main, CANCEL)

    @contextmanager
    def window(self, *, is_open: bool) -> Iterator[None]:
        """Whether signals raise meanwhile, or wait."""
        before, self._is_open = self._is_open, is_open
        try:
            self._raise_waiting()
            yield
        finally:
            self._is_open = before
            self._raise_waiting()

    def _raise_waiting(self) -> None:
        if self._is_open and self._waiting:
            self._receive(self._waiting, None)

    def _receive(self, signum: int, frame: FrameType | None) -> None:
        if self.error is not None:
            # the refresh ends already, and what cleans up shall finish; but a process whose
            # refresh was cancelled goes on, unless it is asked to end too
            if self.signum == CANCEL and signum != CANCEL:
                self._waiting = signum
            return
        if not self._is_open:
            if signum != CANCEL or not self._waiting:
                self._waiting = signum
            return
        try:
            if signum == CANCEL or self._before[signum] in ENDING:
                # not KeyboardInterrupt at once: libraries have ideas about it
                raise Interrupted(f"Stopped by {REASONS[signal.Signals(signum)]}.")
            self._before[signum](signum, frame)
        except BaseException as error:
            self.error, self.signum = error, signum
            raise

    def install(self) -> None:
        """Take over the signals that end a process or raise an exception."""
        for signum in REASONS:
            now = signal.getsignal(signum)
            if callable(now) or (now is signal.SIG_DFL and signum != SOFT_LIMIT):
                self._before[signum] = signal.signal(signum, self._receive)

    def restore(self) -> None:
        """Give the signals back; one that asked the process to end is now obeyed."""
        for signum, before in self._before.items():
            signal.signal(signum, before)
        if isinstance(self.error, Interrupted) and not self.is_cancelled:
            signal.raise_signal(self.signum)
        elif self._waiting not in {0, SOFT_LIMIT, CANCEL} and self.signum in {0, CANCEL}:
            signal.raise_signal(self._waiting)


_ACTIVE: list[Signals] = []


@contextmanager
def handled() -> Iterator[Signals]:
    """Signals wait, except in windows that are open. Without effect beside the main thread."""
    signals = Signals()
    if _ACTIVE or threading.current_thread() is not threading.main_thread():
        yield signals
        return
    signals.install()
    _ACTIVE.append(signals)
    try:
        yield signals
    finally:
        _ACTIVE.clear()
        signals.restore()


@contextmanager
def held() -> Iterator[None]:
    """Signals wait meanwhile, if a refresh handles them."""
    if not _ACTIVE or threading.current_thread() is not threading.main_thread():
        yield
        return
    with _ACTIVE[0].window(is_open=False):
        yield
