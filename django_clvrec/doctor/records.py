"""What the database says of a source's refreshes, in two queries however many there are."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from django_clvrec import schedule
from django_clvrec.models import Snapshot, SourceState
from django_clvrec.sources import get_source

LOOKED_AT = 30
LEAST_DAYS = 2
"""What is live is never stale before so many days: one night without a refresh is no matter."""
MISSED = 2
"""So many refreshes have to be missed before what is live is stale."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """What is live, what runs, and what has ended, the last first."""

    source: str
    live: Snapshot | None
    running: Snapshot | None
    ended: tuple[Snapshot, ...]

    @classmethod
    def empty(cls, source: str) -> "Record":
        return cls(source=source, live=None, running=None, ended=())

    @property
    def report(self) -> dict[str, Any]:
        """What the live refresh found; empty where nothing is live."""
        found: dict[str, Any] = self.live.report if self.live else {}
        return found

    @property
    def usual_gap(self) -> timedelta | None:
        """The median time between the starts of the last refreshes that finished."""
        finished = (Snapshot.State.READY, Snapshot.State.HELD)
        starts = [one.started_at for one in self.ended if one.state in finished]
        gaps = [(later - earlier).total_seconds() for later, earlier in pairwise(starts)]
        return timedelta(seconds=median(gaps)) if gaps else None


def record_of(source: str) -> Record:
    """Two queries. Of the reports only that of the live snapshot is read."""
    states = SourceState.objects.filter(source=source).select_related("live", "running")
    state = states.defer("live__plan", "running__plan", "running__report").first()
    rows = Snapshot.objects.filter(source=source).defer("report", "plan")
    gone = (Snapshot.State.RUNNING, Snapshot.State.EXPIRED)
    return Record(
        source=source,
        live=state.live if state else None,
        running=state.running if state else None,
        ended=tuple(one for one in rows[:LOOKED_AT] if one.state not in gone),
    )


def is_stale(record: Record, now: datetime) -> bool:
    """Whether what is live is older than two usual gaps, two planned ones, and two days."""
    live = record.live
    made = live and (live.finished_at or live.started_at)
    return bool(made and now - made > stale_after(record))


def stale_after(record: Record) -> timedelta:
    """From which age on what is live is stale."""
    planned = [one.longest_wait for one in planned_for(record.source, schedule.configured())]
    waits = [record.usual_gap or timedelta(0), *planned]
    return max(MISSED * max(waits), timedelta(days=LEAST_DAYS))


def planned_for(source: str, planned: list[schedule.Planned]) -> list[schedule.Planned]:
    """The entries that refresh a source; those that name none refresh the first one."""
    first = get_source().name
    return [one for one in planned if (one.source or first) == source]
