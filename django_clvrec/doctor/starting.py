"""Findings about what starts refreshes: a broker, a worker that takes them, and a schedule."""

from collections.abc import Iterator
from datetime import UTC, datetime

from celery import current_app
from django.utils import timezone
from django.utils.translation import gettext as _

from django_clvrec import broker, locks, schedule
from django_clvrec.doctor.findings import (
    BROKER,
    SCHEDULE,
    Finding,
    Severity,
    error,
    ok,
    told,
    warning,
)
from django_clvrec.doctor.records import Record, is_stale, planned_for
from django_clvrec.doctor.words import ago
from django_clvrec.exceptions import NoBroker
from django_clvrec.sources import registered


def workers(record: Record | None) -> Iterator[Finding]:
    """Whether the broker answers, and a worker that takes refreshes. At most a few seconds."""
    conf = current_app.conf
    if conf.task_always_eager:
        text = _("Tasks run where they are called (task_always_eager), so no broker is needed.")
        yield ok(BROKER, text)
        return
    if not (conf.broker_url or conf.broker_write_url):
        text = _("Celery has no broker, so refreshes start from the terminal or by cron only.")
        yield ok(BROKER, text, _("Set CELERY_BROKER_URL for the button in the admin."))
        return
    try:
        queues = broker.queues_of_workers(current_app)
    except NoBroker as missing:
        hint = _("Until then no refresh can be handed over; what is live stays live.")
        yield told(BROKER, Severity.ERROR, missing, hint)
        return
    yield ok(BROKER, _("The message broker answers."))
    yield _worker(queues, record)


def _worker(queues: dict[str, set[str]], record: Record | None) -> Finding:
    wanted = current_app.amqp.router.route({}, schedule.REFRESH)["queue"].name
    able = sorted(name for name, taken in queues.items() if wanted in taken)
    named = {"queue": wanted, "workers": ", ".join(able or sorted(queues))}
    if able:
        text = _("Refreshes in the queue “%(queue)s” are taken by %(workers)s.")
        return ok(BROKER, text % named)
    running = record.running if record else None
    if running is not None and locks.is_alive(running):
        # one of the pool “solo” does not answer while it is at work
        text = _("No worker answers for the queue “%(queue)s”, but a refresh is at work.")
        return ok(BROKER, text % named)
    hint = _("Start one: `celery -A your_project worker -Q %(queue)s --concurrency 1`.") % named
    if queues:
        text = _("None of the workers %(workers)s takes the queue “%(queue)s” of refreshes.")
        return error(BROKER, text % named, hint)
    return error(BROKER, _("No worker is running, so refreshes wait."), hint)


def planned(record: Record) -> Iterator[Finding]:
    """Whether something starts refreshes of the source."""
    every = schedule.planned()
    found = planned_for(record.source, every)
    for one in found:
        yield ok(SCHEDULE, _planned_text(one))
    if not found:
        yield _unplanned(record)
    for one in every:
        if one.source and one.source not in registered():
            text = _("“%(name)s” refreshes the source %(source)s, which is not registered.")
            hint = _("Correct its arguments; until then it fails each time.")
            named = {"name": one.name, "source": one.source}
            yield warning(SCHEDULE, text % named, hint)


def _planned_text(one: schedule.Planned) -> str:
    now = datetime.now(UTC)
    if one.next_at is None or one.next_at < now:
        return _("“%(name)s” refreshes %(when)s.") % {"name": one.name, "when": one.when}
    text = _("“%(name)s” refreshes %(when)s, the next time in %(time)s.")
    return text % {"name": one.name, "when": one.when, "time": ago(now, one.next_at)}


def _unplanned(record: Record) -> Finding:
    now, gap = timezone.now(), record.usual_gap
    if gap is not None and not is_stale(record, now):
        text = _(
            "Celery has no schedule for refreshes. The last ones came every %(gap)s, so something "
            "else starts them, such as cron."
        )
        return ok(SCHEDULE, text % {"gap": ago(now - gap, now)})
    text = _("No schedule starts refreshes of %(source)s.") % {"source": record.source}
    hint = _(
        "Put `clvrec.refresh` into CELERY_BEAT_SCHEDULE, or `manage.py clvrec_refresh` into cron: "
        "docs/how-to/schedule.md"
    )
    return warning(SCHEDULE, text, hint)
