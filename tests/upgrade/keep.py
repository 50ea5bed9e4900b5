"""Keep what a version leaves in a database, for later versions to be upgraded from.

`python -m tests.upgrade.keep 0.2.0`, run when that version is released, writes
`tests/upgrade/0.2.0.sql.gz`: a shop with a live snapshot and one to roll back to.
"""

import gzip
import os
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from tests.project import Project

MOMENTS = ("2026-06-30T12:00", "2026-07-01T12:00")


def keep(version: str) -> Path:
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        for moment in MOMENTS:
            project.run(
                "manage.py", "clvrec_refresh", "--source", "corner", "--as-of", moment,
                "--engine", "local",
            )  # fmt: skip
        with closing(sqlite3.connect(project.database)) as connection:
            said = "\n".join(connection.iterdump())
    kept = Path("tests/upgrade") / f"{version}.sql.gz"
    # without a time, so that the same database gives the same file
    kept.write_bytes(gzip.compress(said.encode(), mtime=0))
    return kept


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    sys.stdout.write(f"{keep(sys.argv[1])}\n")
