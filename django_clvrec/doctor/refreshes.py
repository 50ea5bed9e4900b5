"""Findings about refreshes: what is live, what runs, and how the last one ended."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from django_clvrec import locks
from django_clvrec.doctor.findings import REFRESH, Finding, Severity, error, ok, told, warning
from django_clvrec.doctor.records import Record, is_stale, stale_after
from django_clvrec.doctor.words import ago, count, moment
from django_clvrec.models import Snapshot

LONGEST = 600
"""Characters of an error; whole traces of a JVM stay on the page of the snapshot."""


def findings(record: Record) -> Iterator[Finding]:
    """No query: all is in the record."""
    now = timezone.now()
    yield from _live(record, now)
    yield from _running(record)
    yield from _last(record)


def _live(record: Record, now: datetime) -> Iterator[Finding]:
    live = record.live
    if live is None:
        text = _("Nothing has been published yet, so visitors see no recommendations.")
        yield warning(
            REFRESH,
            text,
            _("Run `manage.py clvrec_refresh`, or start a refresh in the admin under Snapshots."),
        )
        return
    made = live.finished_at or live.started_at
    named = {"number": live.pk, "age": ago(made, now), "at": moment(made)}
    if is_stale(record, now):
        text = _(
            "Snapshot #%(number)s is stale: it was made %(age)s ago, on %(at)s, and another one "
            "was due within %(due)s."
        ) % {**named, "due": ago(now - stale_after(record), now)}
        hint = _(
            "Look at the schedule, and whether beat and a worker run; `manage.py clvrec_refresh` "
            "makes a new one now."
        )
        yield warning(REFRESH, text, hint)
    else:
        yield ok(REFRESH, _("Snapshot #%(number)s of %(at)s is live, made %(age)s ago.") % named)
    newest = next((one for one in record.ended if one.state == Snapshot.State.READY), live)
    if newest.pk > live.pk:
        text = _("An older snapshot than the newest, #%(number)s, was chosen to be live.")
        yield ok(REFRESH, text % {"number": newest.pk})


def _running(record: Record) -> Iterator[Finding]:
    running = record.running
    if running is None:
        return
    named = {"number": running.pk, "at": moment(running.started_at)}
    if not locks.is_alive(running):
        text = _(
            "Refresh #%(number)s began on %(at)s and was last heard of on %(heard)s: its process "
            "ended before it had finished."
        ) % {**named, "heard": moment(running.heartbeat_at)}
        hint = _(
            "Look for a machine that was restarted or had no memory left, and start a refresh: it "
            "cleans up after this one."
        )
        yield error(REFRESH, text, hint)
        return
    text = _("Refresh #%(number)s is at work since %(at)s: %(stage)s.")
    share = f" {count(100 * running.done // running.total)} %" if running.total else ""
    stage = running.stage or _("it starts")
    yield ok(REFRESH, text % {**named, "stage": f"{stage}{share}"})


def _last(record: Record) -> Iterator[Finding]:
    """How the last refresh ended, unless it has been published."""
    last = record.ended[0] if record.ended else None
    if last is None or (record.live and last.pk <= record.live.pk):
        return
    at = moment(last.finished_at or last.started_at)
    if last.state == Snapshot.State.HELD:
        yield _held(last, at)
    elif last.cancelled_by:
        text = _("Refresh #%(number)s was cancelled on %(at)s; what was live stays live.")
        yield ok(REFRESH, text % {"number": last.pk, "at": at})
    elif last.state == Snapshot.State.FAILED:
        yield _failed(last, at)


def _held(last: Snapshot, at: str) -> Finding:
    reason = " ".join(last.error.partition(" What was live")[0].split())
    text = _("Snapshot #%(number)s of %(at)s is not live. %(reason)s")
    hint = _(
        "Find out why, such as orders that are missing. Then make it live in the admin, or refresh "
        "with --ungated; what was live stays live until then."
    )
    return warning(REFRESH, text % {"number": last.pk, "at": at, "reason": reason}, hint)


def _failed(last: Snapshot, at: str) -> Finding:
    why = told(
        REFRESH,
        Severity.ERROR,
        last.error,
        _("Look at the log of the worker, and run `manage.py clvrec_refresh` to see it happen."),
    )
    text = _("Refresh #%(number)s failed on %(at)s: %(error)s")
    named = {"number": last.pk, "at": at, "error": _cut(why.text)}
    return error(REFRESH, text % named, why.hint)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
