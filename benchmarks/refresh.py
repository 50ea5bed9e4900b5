"""A whole refresh by each engine, against a straightforward script that does the same.

`python -m benchmarks.refresh --lines 1000000 --engines local,spark --json PATH`

The log is a Parquet file of a made-up shop (`synthetic.py`), the result goes into PostgreSQL:
RFM, scores, one ALS over all customers and one per tier, three lists for each customer. Every
contestant runs in a process of its own, from its start to its end; memory is that of the
process and all its children, sampled ten times a second.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.postgres import database
from benchmarks.synthetic import AS_OF, Shop, write_log
from django_clvrec.meter import tree_memory_mb

REFERENCE = "reference"
SAMPLE_SECONDS = 0.1


def main(arguments: list[str] | None = None) -> None:
    options = parser().parse_args(arguments)
    if options.run:
        run(options.run, options.log)
        return
    engines = options.engines.split(",")
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.parquet"
        lines = write_log(Shop(options.lines, items=options.items), log)
        measured = {name: measure(name, log) for name in (REFERENCE, *engines)}
    base = measured[REFERENCE]["seconds"]
    found = {
        "lines": lines,
        "items": options.items,
        "ratios": {name: round(measured[name]["seconds"] / base, 3) for name in engines},
        "seconds": {name: one["seconds"] for name, one in measured.items()},
        "peak_memory_mb": {name: one["peak_memory_mb"] for name, one in measured.items()},
        "stages": {name: measured[name]["said"]["stages"] for name in engines},
        "lists": {name: one["said"]["recommendations"] for name, one in measured.items()},
    }
    text = json.dumps(found, indent=2)
    print(text)  # noqa: T201
    if options.json:
        options.json.write_text(text + "\n")


def parser() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(prog="python -m benchmarks.refresh", description=__doc__)
    words.add_argument("--lines", type=int, default=1_000_000)
    words.add_argument("--items", type=int, default=10_000, help="products in the shop")
    words.add_argument("--engines", default="local,spark", help="separated by commas")
    words.add_argument("--json", type=Path, help="where to write the result")
    words.add_argument("--run", help=argparse.SUPPRESS)
    words.add_argument("--log", type=Path, help=argparse.SUPPRESS)
    return words


def measure(name: str, log: Path) -> dict[str, Any]:
    """Seconds and peak memory of one contestant on an empty database, and what it says."""
    print(f"{name} …", file=sys.stderr)  # noqa: T201
    with database() as url:
        env = os.environ | {
            "CLVREC_TEST_DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "DEMO_DEBUG": "0",
        }
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=env, check=True)
        words = [sys.executable, "-m", "benchmarks.refresh", "--run", name, "--log", str(log)]
        started, peak = time.perf_counter(), 0
        with subprocess.Popen(words, env=env, stdout=subprocess.PIPE, text=True) as child:  # noqa: S603
            process = psutil.Process(child.pid)
            while child.poll() is None:
                peak = max(peak, tree_memory_mb(process))
                time.sleep(SAMPLE_SECONDS)
            seconds = time.perf_counter() - started
            said, _ = child.communicate()
    if child.returncode:
        raise RuntimeError(f"{name} ended with {child.returncode}; see above.")
    return {"seconds": round(seconds, 2), "peak_memory_mb": peak, "said": json.loads(said)}


def run(name: str, log: Path) -> None:
    """One contestant, in this process; a report on stdout."""
    import django

    django.setup()
    from benchmarks.settings import FACTORS, ITERATIONS, LIST_LENGTH
    from django_clvrec.models import Snapshot

    if name == REFERENCE:
        from benchmarks.reference.refresh import refresh as reference

        snapshot = Snapshot.objects.create(source="benchmark", engine="none", as_of=AS_OF)
        lists = reference(log, snapshot, FACTORS, ITERATIONS, LIST_LENGTH)
        report: dict[str, Any] = {"recommendations": lists}
    else:
        from django_clvrec.pipeline import refresh
        from django_clvrec.sources import ParquetPurchaseSource, register

        register(type("Benchmark", (ParquetPurchaseSource,), {"path": log, "name": "benchmark"}))
        report = refresh("benchmark", name, AS_OF).report
    print(json.dumps(report))  # noqa: T201


if __name__ == "__main__":
    main()
