"""Gauges that are read from the database when somebody asks: what is live, and how it came to be.

Refreshes run in workers that nobody scrapes, and may be killed. What they left in the database is
the same whichever process is asked.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache

from django.db import Error
from django.utils import timezone
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from django_clvrec.doctor import Severity, examine
from django_clvrec.doctor.records import Record, record_of
from django_clvrec.locks import is_alive
from django_clvrec.models import Snapshot
from django_clvrec.sources import registered

GAUGES = {
    "live_snapshot": ("Number of the live snapshot.", ()),
    "live_age_seconds": ("Seconds since the live snapshot was made.", ()),
    "customers": ("Customers of the live snapshot.", ("tier",)),
    "lists": ("Lists of the live snapshot.", ()),
    "listed_items": ("Different items in the lists of the live snapshot.", ("level",)),
    "lines": ("Order lines of the live snapshot's refresh, read and kept.", ("kind",)),
    "last_refresh_seconds": ("Seconds of each stage of the live snapshot's refresh.", ("stage",)),
    "refresh_running": ("1 where a refresh is at work.", ()),
    "last_refresh": ("1 for the state in which the last refresh ended.", ("state",)),
    "last_failure_timestamp_seconds": ("Unix time of the last refresh that failed.", ()),
    "drift": ("How far the live snapshot is from the one before.", ("index", "of")),
    "drift_alarms": ("Indices of the newest snapshot that DRIFT does not allow.", ()),
    "doctor_findings": ("What the doctor finds of what is in the database.", ("severity",)),
}
"""By name, without the prefix: what it is, and its labels besides `source`."""

STATES = (Snapshot.State.READY, Snapshot.State.HELD, Snapshot.State.FAILED)
Sample = tuple[str, tuple[str, ...], float]


class DatabaseCollector(Collector):
    """Four queries for each source. A database that is away is one gauge that says so."""

    def describe(self) -> Iterable[Metric]:
        """None: whoever registers it must not query."""
        return []

    def collect(self) -> Iterator[Metric]:
        families = {
            name: GaugeMetricFamily(f"clvrec_{name}", text, labels=("source", *labels))
            for name, (text, labels) in GAUGES.items()
        }
        is_up = 1.0
        try:
            for source in registered():
                for name, labels, value in _of_source(source):
                    families[name].add_metric((source, *labels), value)
        except Error:
            is_up = 0.0
        yield GaugeMetricFamily("clvrec_database_up", "1 where the database answers.", value=is_up)
        yield from families.values()


COLLECTOR = DatabaseCollector()


@cache
def register() -> None:
    """With the client's own registry, once in each process."""
    REGISTRY.register(COLLECTOR)


def _of_source(source: str) -> Iterator[Sample]:
    record, now = record_of(source), timezone.now()
    if record.live is not None:
        yield from _of_live(record, now)
    running = record.running
    yield "refresh_running", (), float(running is not None and is_alive(running))
    yield from _of_ended(record)
    found = Counter(finding.severity for finding in examine(source, deep=False))
    for severity in Severity:
        yield "doctor_findings", (severity.word,), found[severity]


def _of_live(record: Record, now: datetime) -> Iterator[Sample]:
    live, report = record.live, record.report
    if live is None:
        return
    yield "live_snapshot", (), live.pk
    yield "live_age_seconds", (), (now - (live.finished_at or live.started_at)).total_seconds()
    for tier, size in report.get("tiers", {}).items():
        yield "customers", (tier,), size
    yield "lists", (), report.get("recommendations", 0)
    for level, count in report.get("items_listed", {}).items():
        yield "listed_items", (level,), count
    for kind in ("read", "kept"):
        yield "lines", (kind,), report.get(f"lines_{kind}", 0)
    for stage, seconds in report.get("stages", {}).items():
        yield "last_refresh_seconds", (stage,), seconds
    drift = report.get("drift", {})
    for index in ("psi", "coverage", "overlap"):
        for of, value in drift.get(index, {}).items():
            yield "drift", (index, of), value
    yield "drift_alarms", (), len(drift.get("alarms", ()))


def _of_ended(record: Record) -> Iterator[Sample]:
    last = record.ended[0].state if record.ended else None
    for state in STATES:
        yield "last_refresh", (str(state.value),), float(state == last)
    failed = next((one for one in record.ended if one.state == Snapshot.State.FAILED), None)
    if failed is not None:
        at = failed.finished_at or failed.started_at
        yield "last_failure_timestamp_seconds", (), at.timestamp()
