"""Publishing lists: COPY against bulk_create of the same rows.

`python -m benchmarks.publish --customers 1000000 --json PATH`

Each path runs in a process of its own, so that its peak memory is its own, into the same empty
table of the same PostgreSQL server; `peak_memory_mb` of a tenth of the customers shows whether
memory grows with them.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.lists import write_lists
from benchmarks.postgres import database

PATHS = ("copy", "insert", "bulk_create")
SETTINGS = "tests.settings"


def main(arguments: list[str] | None = None) -> None:
    options = parser().parse_args(arguments)
    if options.run:
        print(json.dumps(run(options.run, options.folder)))  # noqa: T201
        return
    with tempfile.TemporaryDirectory() as folder, database() as url:
        found = compare(Path(folder), url, options.customers, options.items)
    text = json.dumps(found, indent=2)
    print(text)  # noqa: T201
    if options.json:
        options.json.write_text(text + "\n")


def parser() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(prog="python -m benchmarks.publish", description=__doc__)
    words.add_argument("--customers", type=int, default=1_000_000)
    words.add_argument("--items", type=int, default=10, help="items per list")
    words.add_argument("--json", type=Path, help="where to write the result")
    words.add_argument("--run", choices=PATHS, help=argparse.SUPPRESS)
    words.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return words


def compare(folder: Path, url: str, customers: int, items: int) -> dict[str, Any]:
    """Seconds, peak memory and ratios of all paths."""
    for part, rows in (("all", customers), ("tenth", max(customers // 10, 1))):
        # elsewhere, because a child's peak memory begins with what its parent had
        writer = get_context("spawn").Process(target=write_lists, args=(folder / part, rows, items))
        writer.start()
        writer.join()
    env = os.environ | {
        "CLVREC_TEST_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "DEMO_DEBUG": "0",
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=env, check=True)

    def measured(path: str, part: str) -> dict[str, Any]:
        words = ["-m", "benchmarks.publish", "--run", path, "--folder", str(folder / part)]
        done = subprocess.run([sys.executable, *words], env=env, check=True, stdout=subprocess.PIPE)  # noqa: S603
        return dict(json.loads(done.stdout))

    few = {path: measured(path, "tenth") for path in PATHS}
    full = {path: measured(path, "all") for path in PATHS}
    if len({found["rows"] for found in full.values()} | {customers}) != 1:
        raise RuntimeError(f"The paths left different numbers of rows: {full}.")
    reference = full["bulk_create"]["seconds"]
    return {
        "customers": customers,
        "items": items,
        "ratios": {path: round(full[path]["seconds"] / reference, 3) for path in PATHS},
        "seconds": {path: full[path]["seconds"] for path in PATHS},
        "peak_memory_mb": {path: full[path]["peak_memory_mb"] for path in PATHS},
        "peak_memory_mb_of_a_tenth": {path: few[path]["peak_memory_mb"] for path in PATHS},
    }


def run(path: str, folder: Path) -> dict[str, Any]:
    """Publish `folder` once, in this process."""
    import django

    django.setup()
    from django.db import connection
    from django.utils import timezone

    from benchmarks.reference.publish import publish
    from django_clvrec.models import Recommendation, Snapshot
    from django_clvrec.publish import rows, tables

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE clvrec_recommendation")
    snapshot = Snapshot.objects.create(source="benchmark", engine="none", as_of=timezone.now())
    start = time.perf_counter()
    if path == "bulk_create":
        publish(snapshot, folder)
    else:
        add = tables.copy if path == "copy" else tables.insert
        for batch in rows.list_rows(folder, snapshot.pk):
            add(connection, Recommendation, batch)
    seconds = time.perf_counter() - start
    return {
        "rows": Recommendation.objects.filter(snapshot=snapshot).count(),
        "seconds": round(seconds, 2),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    }


if __name__ == "__main__":
    main()
