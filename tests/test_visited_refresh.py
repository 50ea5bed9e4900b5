"""A refresh on SQLite while visitors write: neither stands in the other's way."""

import pytest

from tests.project import Project

CODE = """
import sqlite3
from django.db import connection
from django_clvrec import pipeline, progress
from django_clvrec.exceptions import BadPurchases
from django_clvrec.extract import rows
from tests.conftest import AS_OF

rows.BATCH_ROWS, progress.REPORT_SECONDS = 20, 0
connection.close()
connection.settings_dict["CONN_MAX_AGE"] = None  # what is left open stays so

def visit(stage, done, total):
    if stage == "extract" and done:
        with sqlite3.connect({database!r}, timeout=0) as visitor:
            visitor.execute("INSERT INTO visit VALUES (?)", (done,))
        if done > {stop_after}:
            raise InterruptedError("Enough")

try:
    pipeline.refresh("corner", "local", AS_OF, on_progress=visit)
except (InterruptedError, BadPurchases):
    pass
"""
NEVER = 10**9
LONG_KEY = "x" * 300


@pytest.fixture
def visited(tmp_path):
    """A project, and a refresh in it in which a visitor writes after each batch of lines."""
    project = Project(tmp_path)
    project.query("PRAGMA journal_mode=WAL")
    project.query("CREATE TABLE visit (done)")

    def visited(stop_after=NEVER, change=""):
        if change:
            project.query(change)
        code = CODE.format(database=str(project.database), stop_after=stop_after)
        project.run("manage.py", "shell", "-v0", "-c", code)
        return project

    return visited


def test_a_visitor_who_writes_while_orders_are_read_ends_no_refresh(visited):
    project = visited()
    assert project.query("SELECT count(*) > 3 FROM visit") == [(1,)]
    assert [state for state, _ in project.snapshots()] == ["ready"]


def test_a_refresh_that_ends_while_orders_are_read_says_so_and_gives_the_lease_back(visited):
    project = visited(stop_after=40)
    assert project.snapshots() == [("failed", "Enough")]
    assert project.leftovers() == []


def test_a_value_that_does_not_fit_is_told_and_the_lease_given_back(visited):
    late = "(SELECT id FROM corner_shop_line ORDER BY id LIMIT 1 OFFSET 100)"
    change = f"UPDATE corner_shop_line SET product_id = '{LONG_KEY}' WHERE id = {late}"
    project = visited(change=change)
    [(state, error)] = project.snapshots()
    assert state == "failed"
    assert "a key has more than" in error
    assert project.leftovers() == []
