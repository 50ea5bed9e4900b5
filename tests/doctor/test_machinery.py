"""Database, engine, Java and settings."""

import sys

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from django_clvrec.doctor import Severity
from django_clvrec.engines import registry
from tests.doctor.conftest import only, troubles
from tests.engines.test_java import machine  # noqa: F401


@pytest.fixture
def configured(settings):
    def configured(**values):
        settings.CLVREC = settings.CLVREC | values

    return configured


def test_a_database_that_answers_is_well(found):
    [one] = found("database")
    assert one.severity == Severity.OK
    assert one.text.startswith(f"{connection.display_name} answers as “default”")


def test_tables_of_another_version_are_an_error(found):
    [newest] = MigrationLoader(connection).graph.leaf_nodes("clvrec")
    MigrationRecorder(connection).record_unapplied(*newest)
    [one] = found("database")
    assert one.severity == Severity.ERROR
    assert one.hint == "Run `manage.py migrate clvrec`."


def test_an_engine_that_needs_no_java_is_well(configured, found):
    configured(ENGINE="local")
    [one] = found("engine")
    assert one.text == "The engine is “local”, which needs no Java here."


def test_a_spark_server_elsewhere_needs_no_java(configured, found):
    configured(SPARK={"master": "sc://spark:15002"})
    assert "needs no Java here" in found("engine")[0].text


def test_the_java_that_is_found_is_told(machine, found):  # noqa: F811
    home = machine.java("own", "21.0.1")
    machine.set_home(home)
    [one] = found("engine")
    assert one.severity == Severity.OK
    assert one.text == f"The engine is “spark”, with Java 21 of {home}."


def test_a_machine_without_java_is_told_how_to_get_one(machine, found):  # noqa: F811
    [one] = found("engine")
    assert one.severity == Severity.WARNING
    assert one.text.startswith("Spark needs Java 17 or newer")
    assert 'pip install "django-clvrec[spark]"' in one.hint
    assert one.hint.endswith("Only machines that refresh need it.")


def test_a_java_that_is_too_old_is_none(machine, found):  # noqa: F811
    machine.set_home(machine.java("old", "11.0.2"))
    assert found("engine")[0].severity == Severity.WARNING


def test_an_engine_that_is_not_installed_is_told(monkeypatch, found):
    monkeypatch.setitem(registry.NEEDS, "spark", "no_such_package")
    [one] = found("engine")
    assert one.severity == Severity.WARNING
    assert "needs pyspark" in one.text


def test_that_a_web_server_cannot_train_is_no_trouble(monkeypatch, found):
    monkeypatch.setitem(sys.modules, "scipy", None)
    [one] = found("engine")
    assert one.severity == Severity.OK
    assert one.text == "This process cannot train, as web servers need not."
    assert "`django-clvrec[local]`" in one.hint


def test_settings_without_a_fault_are_well(configured, found):
    configured(ENGINE="local")
    [one] = found("settings")
    assert one.severity == Severity.OK


def test_what_checks_find_is_told_with_its_number(configured, found):
    configured(ENGIN="local")
    [one] = troubles(found("settings"))
    assert one.severity == Severity.ERROR
    assert one.text == "CLVREC has no setting 'ENGIN'. (clvrec.E001)"
    assert one.hint == "Did you mean 'ENGINE'?"


def test_a_silenced_check_is_silent(configured, settings, found):
    configured(ENGIN="local")
    settings.SILENCED_SYSTEM_CHECKS = ["clvrec.E001"]
    assert not troubles(found("settings"))


def test_what_has_a_finding_of_its_own_is_not_told_twice(machine, found):  # noqa: F811
    assert not troubles(found("settings"))
    only(found("engine"), "Spark needs Java")
