"""Migrations lead forward and back with data in every table, whenever the data came."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import connections, models
from django.db.migrations.executor import MigrationExecutor

from tests.second import second_database

ALIAS = "past"
APP = "clvrec"
MOMENT = dt.datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=dt.UTC)


class Past:
    """A database that can be led to any migration."""

    def __init__(self):
        graph = self._executor().loader.graph
        self.names = [name for app, name in graph.forwards_plan(self.leaf(graph)) if app == APP]

    @staticmethod
    def leaf(graph):
        [leaf] = graph.leaf_nodes(APP)
        return leaf

    @staticmethod
    def _executor():
        return MigrationExecutor(connections[ALIAS])

    def go(self, name):
        """Migrate to `name`, or to nothing."""
        self._executor().migrate([(APP, name)])
        loader = self._executor().loader
        self.apps = loader.project_state((APP, name)).apps if name else None
        return self

    def models(self):
        found = {one.__name__: one for one in self.apps.get_app_config(APP).get_models()}
        # what others point at comes first
        return sorted(found.values(), key=lambda one: one.__name__ != "Snapshot")

    def fill(self, number):
        """A row in every table; with the same number it would be the same row."""
        made = {}
        for model in self.models():
            fields = [field for field in model._meta.concrete_fields if not is_drawn(field)]
            row = {field.name: value_of(field, number, made) for field in fields}
            made[model.__name__] = model.objects.using(ALIAS).create(**row)

    def rows(self):
        """By table and key, what every column holds."""
        return {
            model.__name__: {row["pk"]: row for row in self._values(model)}
            for model in self.models()
        }

    @staticmethod
    def _values(model):
        columns = [field.attname for field in model._meta.concrete_fields]
        for row in model.objects.using(ALIAS).values("pk", *columns):
            yield {name: plain(value) for name, value in row.items()}

    def tables(self):
        return [t for t in connections[ALIAS].introspection.table_names() if t.startswith(APP)]


def is_drawn(field):
    return isinstance(field, models.AutoField)


def value_of(field, number, made):
    if field.is_relation:
        return made[field.related_model.__name__]
    if field.choices:
        return field.choices[0][0]
    kinds = {
        models.UUIDField: uuid.UUID(int=number + 1),
        models.BooleanField: True,
        models.JSONField: {"ключ": [number, "é🥐", None]},
        models.DecimalField: Decimal("12345678901234567890.1234"),
        models.FloatField: 0.1 + number,
        models.IntegerField: number,
        models.BinaryField: b"\x00\xff" + bytes([number]),
        models.DateTimeField: MOMENT + dt.timedelta(days=number),
        models.DateField: MOMENT.date() + dt.timedelta(days=number),
        models.SlugField: f"slug-{number}",
        models.CharField: f"{number} ключ 🥐"[: field.max_length],
        models.TextField: f"{number} é🥐\n'\"\\",
    }
    return next(value for kind, value in kinds.items() if isinstance(field, kind))


def plain(value):
    return bytes(value) if isinstance(value, memoryview) else value


def keeps(before, after):
    """Whether every row, and of it each column that both have, is as it was."""
    for table, rows in before.items():
        for key, row in rows.items() if table in after else ():
            now = after[table][key]
            assert {name: now[name] for name in row if name in now} == {
                name: value for name, value in row.items() if name in now
            }


@pytest.fixture(scope="module")
def past(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), second_database(ALIAS):
        yield Past()


@pytest.fixture
def filled(past):
    """Led through all migrations from nothing; at each of them every table got a row."""
    past.go(None)
    for number, name in enumerate(past.names):
        past.go(name).fill(number)
    return past


def test_data_of_every_version_survive_to_the_newest(past):
    past.go(None)
    seen = {}
    for number, name in enumerate(past.names):
        keeps(seen, past.go(name).rows())
        past.fill(number)
        seen = past.rows()
    assert len(seen["Snapshot"]) == len(past.names)
    assert all(seen.values())


def test_the_way_back_keeps_what_older_versions_know_and_ends_with_nothing(filled):
    for name in reversed(filled.names[:-1]):
        before = filled.rows()
        keeps(before, filled.go(name).rows())
    assert filled.go(None).tables() == []


def test_after_the_way_back_the_way_forward_is_open_again(filled):
    filled.go(filled.names[0]).go(filled.names[-1])
    assert all(len(rows) > 1 for rows in filled.rows().values() if rows)
    assert len(filled.rows()["Snapshot"]) == len(filled.names)
