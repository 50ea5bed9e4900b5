"""A refresh on SQLite while visitors write: neither stands in the other's way."""

import pytest

from tests.project import Project

CODE = """
import sqlite3
from django_clvrec import pipeline, progress
from django_clvrec.extract import rows
from tests.conftest import AS_OF

rows.BATCH_ROWS, progress.REPORT_SECONDS = 20, 0

def visit(stage, done, total):
    if stage == "extract" and done:
        with sqlite3.connect({database!r}, timeout=0) as visitor:
            visitor.execute("INSERT INTO visit VALUES (?)", (done,))

pipeline.refresh("corner", "local", AS_OF, on_progress=visit)
"""


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path)
    project.query("PRAGMA journal_mode=WAL")
    project.query("CREATE TABLE visit (done)")
    return project


def test_a_visitor_who_writes_while_orders_are_read_ends_no_refresh(project):
    project.run("manage.py", "shell", "-v0", "-c", CODE.format(database=str(project.database)))
    assert project.query("SELECT count(*) > 3 FROM visit") == [(1,)]
    assert [state for state, _ in project.snapshots()] == ["ready"]
