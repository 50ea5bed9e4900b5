"""A database of an earlier version goes on with this one: what is live, kept, and to come."""

import csv
import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.project import Project

pytestmark = pytest.mark.slow

KEPT = sorted(Path(__file__).parent.glob("*.sql.gz"))


@pytest.fixture(scope="module", params=KEPT, ids=[path.name[: -len(".sql.gz")] for path in KEPT])
def project(request, tmp_path_factory):
    """A shop with the database of that version, which is migrated."""
    project = Project(tmp_path_factory.mktemp("upgraded"))
    project.database.unlink()
    with closing(sqlite3.connect(project.database)) as connection:
        connection.executescript(gzip.decompress(request.param.read_bytes()).decode())
    project.before = project.contents()
    project.run("manage.py", "migrate", "-v0")
    return project


def stored(project):
    """The lists of all customers, as they are exported."""
    path = project.folder / "lists.csv"
    project.run(
        "manage.py", "clvrec_export", "recommendations", "--source", "corner", "--level", "product",
        "--intent", "discover", "--n", "5", "--format", "csv", "--out", str(path),
    )  # fmt: skip
    with path.open() as file:
        return list(csv.DictReader(file))


def activate(project, number):
    code = (
        "from django_clvrec.models import Snapshot; from django_clvrec.pipeline import activate; "
        f"activate(Snapshot.objects.get(pk={number}))"
    )
    project.run("manage.py", "shell", "-v0", "-c", code)


def test_there_are_versions_to_upgrade_from():
    assert KEPT


def test_what_was_live_is_live_and_unchanged(project):
    assert project.contents() == project.before


def test_customers_are_served_what_was_stored_for_them(project):
    customers = {row["customer_key"] for row in stored(project)}
    assert len(customers) == len({key for key, *_ in project.before["clvrec_customerscore"]})


def test_the_tables_are_those_of_the_models(project):
    project.run("manage.py", "migrate", "--check", "-v0")
    project.run("manage.py", "check", "--database", "default")


def test_it_rolls_back_to_a_snapshot_of_the_earlier_version_and_forward_again(project):
    [(live, _)] = project.live()
    activate(project, live - 1)
    assert project.live()[0][0] == live - 1
    activate(project, live)
    assert project.contents() == project.before


def test_the_next_refresh_goes_on_from_there(project):
    [(live, _)] = project.live()
    project.run(
        "manage.py", "clvrec_refresh", "--source", "corner", "--as-of", "2026-07-02T12:00",
        "--engine", "local",
    )  # fmt: skip
    assert project.live()[0][0] > live
    before = {key: tier for key, _, tier, _ in project.before["clvrec_customerscore"]}
    after = {key: tier for key, _, tier, _ in project.contents()["clvrec_customerscore"]}
    assert after == before  # nobody has bought
