"""A corner shop in a database file of its own, run by processes of its own."""

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import psutil

TABLES = {
    "clvrec_customerscore": "customer_key, overall_score, tier, monetary_value",
    "clvrec_recommendation": "customer_key, level, intent, model, items",
    "clvrec_popularitems": "level, tier, items",
    "clvrec_snapshotarray": "name, part, data",
}
SECONDS = 180
"""Far more than anything takes, also on a machine with much else to do."""


class Project:
    """One level is enough; what it starts is known by its folder in the environment."""

    def __init__(self, folder, **env):
        self.folder, self.database = folder, folder / "shop.sqlite3"
        self.work = folder / "work"
        self.work.mkdir()
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "CLVREC_TEST_DATABASE_URL": f"sqlite:///{self.database}",
            "CLVREC_TEST_WORK_DIR": str(self.work),
            "CLVREC_TEST_LEVELS": "product",
            "TMPDIR": str(self.temporary),
            **env,
        }
        self.run("manage.py", "migrate", "--run-syncdb", "-v0")
        fill = "import tests.stock, tests.conftest as c; tests.stock.Stock(c.AS_OF).fill()"
        self.run("manage.py", "shell", "-v0", "-c", fill)

    def run(self, *words, check=True):
        return subprocess.run([sys.executable, *words], env=self.env, check=check, timeout=300)

    def start(self, *words, env=None, **kwargs):
        """A process that the caller ends."""
        return subprocess.Popen([sys.executable, *words], env=env or self.env, **kwargs)

    def refresh(self):
        words = ("--source", "corner", "--as-of", "2026-07-01T12:00")
        return self.run("manage.py", "clvrec_refresh", *words)

    def query(self, sql):
        # as a context of its own, a connection commits and stays open
        with closing(sqlite3.connect(self.database, timeout=20)) as connection, connection:
            return connection.execute(sql).fetchall()

    def live(self):
        return self.query("SELECT live_id, running_id FROM clvrec_sourcestate")

    def snapshots(self):
        return self.query("SELECT state, error FROM clvrec_snapshot ORDER BY id")

    def contents(self):
        """All that the live snapshot holds."""
        [(live, _)] = self.live()
        return {
            table: sorted(self.query(f"SELECT {names} FROM {table} WHERE snapshot_id = {live}"))
            for table, names in TABLES.items()
        }

    def wait_for_stage(self, stage):
        """Until the refresh at work has come to `stage`."""
        at = f"SELECT id FROM clvrec_snapshot WHERE state = 'running' AND stage = '{stage}'"
        wait(lambda: self.query(at), f"no refresh came to {stage}")

    def processes(self):
        """The JVMs and Spark's Python processes of this project."""
        return [one for one in psutil.process_iter() if self._own_line(one)]

    def command_lines(self):
        """Of those: what a failing test has to tell."""
        return [line for one in psutil.process_iter() if (line := self._own_line(one))]

    def _own_line(self, process):
        try:
            words = process.cmdline()
            is_spark = any("java" in word or "pyspark" in word for word in words)
            is_ours = process.environ().get("CLVREC_TEST_WORK_DIR") == str(self.work)
            return " ".join(words) if is_spark and is_ours else ""
        except psutil.Error:
            return ""

    def wait_for_the_end_of_spark(self):
        wait(lambda: not self.processes(), "a JVM or a Python process of Spark is left")

    def leftovers(self):
        """Rows of snapshots that failed, files, and the lease."""
        failed = "snapshot_id IN (SELECT id FROM clvrec_snapshot WHERE state != 'ready')"
        rows = [table for table in TABLES if self.query(f"SELECT 1 FROM {table} WHERE {failed}")]
        [(_, running)] = self.live()
        # Celery leaves an empty folder of its own when it is killed
        mine = [path for path in self.temporary.iterdir() if not path.name.startswith("pymp-")]
        return [*rows, *self.work.iterdir(), *mine, *([running] if running else [])]


def wait(found, otherwise, seconds=SECONDS):
    """Until `found()` is true; its value."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)
    return value
