"""A refresh and a worse answer, as logs, counters and traces tell of them."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django_clvrec.exceptions import RefreshCancelled
from django_clvrec.logs import about, say
from django_clvrec.tally import note
from django_clvrec.traces import NO_SPAN, begin, span

QUIET_SECONDS = 60
"""What every visitor would be told of is logged so often by each process, and counted always."""
_said_at: dict[str, float] = {}


def degraded(reason: str, message: str, *args: object, is_often: bool = False) -> None:
    """Visitors get less than they might, because of something that `reason` names."""
    note("degraded", reason=reason)
    now = time.monotonic()
    if is_often and now - _said_at.get(reason, float("-inf")) < QUIET_SECONDS:
        return
    _said_at[reason] = now
    say(logging.WARNING, f"serving.{reason}", message, *args, reason=reason)


@contextmanager
def refreshing(snapshot_id: int, source: str, engine: str, task: str) -> Iterator[None]:
    """One refresh from its start to its end, however it ends."""
    known = {"source": source, "snapshot": snapshot_id, "engine": engine, "task": task or None}
    with about(**known), span("clvrec.refresh", **known):
        say(logging.INFO, "refresh.started", "Refresh %s of %s starts", snapshot_id, source)
        try:
            yield
        except BaseException as error:
            is_cancelled = isinstance(error, RefreshCancelled)
            note("refreshes", source=source, state="cancelled" if is_cancelled else "failed")
            raise


def finished(state: str, source: str, seconds: float, customers: int) -> None:
    """A refresh came to its end: it went live, or was held back."""
    note("refreshes", source=source, state=state)
    event = "refresh.published" if state == "ready" else f"refresh.{state}"
    message = "The refresh ended as “%s” after %.1f s, with %d customers"
    rest = {"seconds": round(seconds, 3), "rows": customers}
    say(logging.INFO, event, message, state, seconds, customers, **rest)


class Stages:
    """Tells of each stage when the next one begins."""

    def __init__(self, source: str) -> None:
        self._source, self._stage = source, ""
        self._since, self._span = 0.0, NO_SPAN

    def enter(self, stage: str, rows: int) -> None:
        """The stage before is done, and did so many rows; the last one is entered as ""."""
        self._end(rows)
        self._stage, self._since = stage, time.monotonic()
        self._span = begin("clvrec.stage", stage=stage) if stage else NO_SPAN

    def _end(self, rows: int) -> None:
        if not self._stage:
            return
        seconds = time.monotonic() - self._since
        self._span.set(rows=rows)
        self._span.end()
        note("refresh_seconds", seconds, source=self._source, stage=self._stage)
        rest = {"stage": self._stage, "seconds": round(seconds, 3), "rows": rows}
        message = "The stage “%s” is done after %.1f s"
        say(logging.INFO, "refresh.stage", message, self._stage, seconds, **rest)

    def close(self) -> None:
        """Nothing more comes: what was under way did not come to its end."""
        self._span.end()
        self._stage, self._span = "", NO_SPAN
