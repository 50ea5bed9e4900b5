"""Where the refreshes of each source stand, as pages and scripts show it: two queries."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import F, Max, Q
from django.template.defaultfilters import floatformat
from django.utils import timezone
from django.utils.translation import gettext as _

from django_clvrec.locks import is_alive
from django_clvrec.models import Snapshot
from django_clvrec.office.stages import share_done, time_left, words
from django_clvrec.sources import registered

WAITING = "waiting"
"""The state of a source whose refresh was handed to Celery, and has not begun."""
PATIENCE_SECONDS = 10
"""How long a worker may take until a person should know that none has taken it."""
FORGOTTEN_SECONDS = 24 * 3600
FINISHED = (Snapshot.State.READY, Snapshot.State.HELD, Snapshot.State.EXPIRED)

Asked = Mapping[str, tuple[float, int]]
"""By source, when somebody asked for a refresh, and the id of the last snapshot then."""


@dataclass(frozen=True, kw_only=True)
class RunState:
    """The last refresh of a source: at work, or how it ended."""

    source: str
    id: int | None = None
    state: str = ""
    stage: str = ""
    said: str = ""
    """What it does, or how it ended, in one sentence."""
    detail: str = ""
    """Counts and times, which change every second."""
    done: int = 0
    total: int = 0
    percent: int | None = None
    """Of the stage."""
    share: int | None = None
    """Of the whole refresh, in percent."""
    seconds: int | None = None
    """Since it began; how long it took, if it has ended."""
    seconds_left: int | None = None
    may_cancel: bool = False
    is_cancelling: bool = False
    is_gone: bool = False
    """Whether the process that ran it ended before it had finished."""
    is_late: bool = False
    """Whether no worker has taken it for longer than that should take."""
    message: str = ""
    """Why it failed or was held back."""

    @property
    def is_running(self) -> bool:
        return self.state == Snapshot.State.RUNNING

    @property
    def is_busy(self) -> bool:
        """Whether another one would be refused, or come too early."""
        return self.state == WAITING or (self.is_running and not self.is_gone)

    @property
    def bar(self) -> int | None:
        """What a progress bar shows, in percent."""
        return self.percent if self.share is None else self.share

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"is_busy": self.is_busy, "bar": self.bar}

    @property
    def is_held(self) -> bool:
        return self.state == Snapshot.State.HELD


def run_states(asked: Asked, *, may_run: bool) -> list[RunState]:
    """One for each registered source. `asked` is what this person has asked for lately."""
    sources = list(registered())
    found = Snapshot.objects.filter(source__in=sources).order_by().values("source")
    found = found.annotate(last=Max("pk"), finished=Max("pk", filter=Q(state__in=FINISHED)))
    ids = {row["source"]: (row["last"], row["finished"]) for row in found}
    wanted = {one for pair in ids.values() for one in pair if one}
    rows = {row.pk: row for row in _rows(wanted)}
    states = []
    for source in sources:
        last, finished = ids.get(source, (None, None))
        row, before = rows.get(last or 0), rows.get(finished or 0)
        wait = _waiting(source, row, asked)
        states.append(wait or (_state(row, before, may_run) if row else RunState(source=source)))
    return states


def _rows(ids: set[int]) -> Any:
    """The snapshots with no more than is shown: their reports are long."""
    return (
        Snapshot.objects.filter(pk__in=ids)
        .defer("report", "plan", "folder", "request", "as_of")
        .annotate(
            took=F("report__stages"), models=F("report__models"), customers=F("report__customers")
        )
    )


def _waiting(source: str, row: Any, asked: Asked) -> RunState | None:
    """What was handed over and has not begun: no snapshot came after it was asked for.

    What was at work then is shown first, for it can be cancelled. The worker that was asked
    meanwhile has refused, or begins soon after its end.
    """
    at, after = asked.get(source, (0.0, -1))
    waited = time.time() - at
    if waited > FORGOTTEN_SECONDS or (row is not None and (row.pk > after or _is_at_work(row))):
        return None
    is_late = waited > PATIENCE_SECONDS
    if row is not None and row.finished_at and row.finished_at.timestamp() > at:
        is_late = False
        if time.time() - row.finished_at.timestamp() > PATIENCE_SECONDS:
            return None
    said = _("No worker has taken it yet.") if is_late else _("Handed to Celery.")
    return RunState(source=source, state=WAITING, said=said, seconds=round(waited), is_late=is_late)


def _is_at_work(row: Any) -> bool:
    return row.state == Snapshot.State.RUNNING and is_alive(row)


def _state(row: Any, before: Any, may_run: bool) -> RunState:
    if row.state == Snapshot.State.RUNNING:
        return _running(row, before, may_run)
    took = round((row.finished_at - row.started_at).total_seconds()) if row.finished_at else None
    return RunState(
        source=row.source,
        id=row.pk,
        state=row.state,
        said=_ended(row),
        seconds=took,
        message=row.error,
    )


def _ended(row: Any) -> str:
    if row.state == Snapshot.State.HELD:
        return _("The last refresh was held back: what was live stays live.")
    if row.state == Snapshot.State.FAILED and row.cancelled_by:
        return _("The last refresh was cancelled by %(who)s.") % {"who": row.cancelled_by}
    if row.state == Snapshot.State.FAILED:
        return _("The last refresh failed: what was live stays live.")
    return _("The last refresh finished, with %(number)s customers.") % {
        "number": floatformat(row.customers or 0, "0g")
    }


def _running(row: Any, before: Any, may_run: bool) -> RunState:
    alive = is_alive(row)
    seconds = (timezone.now() - row.started_at).total_seconds()
    whole, left = None, None
    if before is not None and before.finished_at:
        levels = dict.fromkeys(model["level"] for model in before.models or ())
        whole = share_done(row.stage, row.done, row.total, before.took or {}, levels)
        if whole is not None:
            left = (1 - whole) * (before.finished_at - before.started_at).total_seconds()
    return RunState(
        source=row.source,
        id=row.pk,
        state=row.state,
        stage=row.stage,
        said=_at_work(row, alive),
        detail=_detail(row, seconds, left),
        done=row.done,
        total=row.total,
        percent=min(100 * row.done // row.total, 100) if row.total else None,
        share=None if whole is None else round(100 * whole),
        seconds=round(seconds),
        seconds_left=None if left is None else round(left),
        may_cancel=may_run and alive and not row.cancelled_by,
        is_cancelling=bool(row.cancelled_by),
        is_gone=not alive,
    )


def _at_work(row: Any, alive: bool) -> str:
    if not alive:
        return _("The process that ran it is gone. Refresh again: that cleans up first.")
    if row.cancelled_by:
        return _("Cancelled by %(who)s; it ends at its next step.") % {"who": row.cancelled_by}
    return words(row.stage)


def _detail(row: Any, seconds: float, left: float | None) -> str:
    parts = [_("since %(time)s") % {"time": f"{int(seconds) // 60}:{int(seconds) % 60:02}"}]
    if row.total > 1:
        counts = {"done": floatformat(row.done, "0g"), "total": floatformat(row.total, "0g")}
        parts.insert(0, _("%(done)s of %(total)s") % counts)
    if left is not None:
        parts.append(time_left(left))
    return " · ".join(parts)
