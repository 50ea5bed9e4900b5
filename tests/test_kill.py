"""A refresh killed at any stage loses nothing, and the next one gives what a clean one gives."""

import os
import signal
import sqlite3
import subprocess
import sys
import time

import psutil
import pytest

pytestmark = pytest.mark.slow

STAGES = [
    ("extract", 0),
    ("start engine", 0),
    ("rfm", 0),
    ("scores", 0),
    ("popularity", 0),
    ("train product", 1),
    ("recommend product", 2),
    ("stop engine", 0),
    ("publish", 1),
]
TABLES = {
    "clvrec_customerscore": "customer_key, overall_score, tier, monetary_value",
    "clvrec_recommendation": "customer_key, level, intent, model, items",
    "clvrec_popularitems": "level, tier, items",
    "clvrec_snapshotarray": "name, part, data",
}


class Project:
    """A corner shop in a database file of its own, run by processes of its own."""

    def __init__(self, folder):
        self.folder, self.database = folder, folder / "shop.sqlite3"
        self.work = folder / "work"
        self.work.mkdir()
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "CLVREC_TEST_DATABASE_URL": f"sqlite:///{self.database}",
            "CLVREC_TEST_WORK_DIR": str(self.work),
        }
        self.run("manage.py", "migrate", "--run-syncdb", "-v0")
        fill = "import tests.stock, tests.conftest as c; tests.stock.Stock(c.AS_OF).fill()"
        self.run("manage.py", "shell", "-v0", "-c", fill)

    def run(self, *words, check=True):
        return subprocess.run([sys.executable, *words], env=self.env, check=check, timeout=300)

    def refresh(self, stage="", done=0):
        return self.run("-m", "tests.kill_refresh", stage, str(done), check=not stage)

    def query(self, sql):
        with sqlite3.connect(self.database) as connection:
            return connection.execute(sql).fetchall()

    def live(self):
        return self.query("SELECT live_id, running_id FROM clvrec_sourcestate")

    def contents(self):
        """All that the live snapshot holds."""
        [(live, _)] = self.live()
        return {
            table: sorted(self.query(f"SELECT {names} FROM {table} WHERE snapshot_id = {live}"))
            for table, names in TABLES.items()
        }

    def processes(self):
        """What still runs with a file of this project on its command line."""
        return [
            process
            for process in psutil.process_iter(["cmdline"])
            if any(str(self.work) in word for word in process.info["cmdline"] or ())
        ]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def clean(project):
    """What one undisturbed refresh publishes."""
    project.refresh()
    return project.contents()


@pytest.mark.parametrize(("stage", "done"), STAGES, ids=[stage for stage, _ in STAGES])
def test_a_refresh_after_a_kill_equals_a_clean_one(project, clean, stage, done):
    before = project.live()
    assert project.refresh(stage, done).returncode == -signal.SIGKILL
    [(live, running)] = project.live()
    assert live == before[0][0]
    assert running not in {None, live}
    assert project.contents() == clean
    deadline = time.monotonic() + 30
    while project.processes() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not project.processes()

    project.refresh()
    assert project.live() == [(running + 1, None)]
    assert project.contents() == clean
    assert list(project.work.iterdir()) == []
    [(state, error)] = project.query(
        f"SELECT state, error FROM clvrec_snapshot WHERE id = {running}"
    )
    assert (state, error) == ("failed", "The process that ran it ended before it had finished.")
    for table in TABLES:
        assert project.query(f"SELECT count(*) FROM {table} WHERE snapshot_id = {running}") == [
            (0,)
        ]
