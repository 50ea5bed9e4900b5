"""What `docs/how-to/databases.md` says is true."""

import json
import re
from pathlib import Path

import pytest
from django import VERSION
from django.apps import apps
from django.db import connection
from django.db.models import UniqueConstraint

from django_clvrec.conf import DEFAULTS
from django_clvrec.feedback.storing import MET_OTHERS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/how-to/databases.md").read_text()
SQLITE, MYSQL, REPLICA = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def names_of(code, **given):
    exec(code, given)  # noqa: S102
    return given


def test_the_options_of_sqlite_are_those_of_the_example():
    code = (ROOT / "example_shop/settings.py").read_text()
    for name, value in names_of(SQLITE)["OPTIONS"].items():
        assert f'"{name}": {json.dumps(value)}' in code


def test_the_options_of_mysql_are_some_that_it_knows():
    options = names_of(MYSQL)["OPTIONS"]
    assert options["isolation_level"] in {"read committed", "repeatable read"}
    assert {*options} == {"charset", "isolation_level", "init_command"}


def test_the_replica_is_a_setting():
    found = names_of(REPLICA, DATABASES={"default": {"NAME": "shop"}})
    assert {*found["CLVREC"]} <= {*DEFAULTS}
    assert found["CLVREC"]["READ_DATABASE"] in found["DATABASES"]
    assert DEFAULTS["READ_DATABASE"] is None


def test_nothing_is_unique_under_a_condition():
    models = apps.get_app_config("clvrec").get_models()
    unique = [one for model in models for one in model._meta.constraints]
    assert unique
    assert all(isinstance(one, UniqueConstraint) and one.condition is None for one in unique)


def test_what_is_tried_again_is_told():
    assert {1020, 1213} < MET_OTHERS
    assert "(1213, and" in PAGE


@pytest.mark.django_db
def test_the_versions_are_not_older_than_what_django_takes():
    row = rf"^\| {connection.display_name} \| ([\d.]+) \| ([\d.]+) \|"
    [columns] = re.findall(row, PAGE, re.MULTILINE)
    told = tuple(map(int, columns[VERSION >= (6, 1)].split(".")))
    assert told >= connection.features.minimum_database_version[: len(told)]
