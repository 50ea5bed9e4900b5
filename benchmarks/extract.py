"""How long it takes to extract purchases, and in how much memory: `python -m benchmarks.extract`.

COPY against the queryset's iterator on PostgreSQL, each in a process of its own, in a database
that is made for it and dropped afterwards; and a Parquet dataset of the same lines. The server
is that of CLVREC_TEST_POSTGRES_URL, or one of this run's own from a pip package.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.postgres import database

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
WAYS = ("copy", "iterate")

FILL = """
INSERT INTO corner_shop_customer (id, name)
    SELECT md5('customer ' || n)::uuid, 'customer ' || n
    FROM generate_series(1, {rows} / 50 + 1) AS n;
INSERT INTO corner_shop_category (id, name)
    SELECT n, 'category ' || n FROM generate_series(1, 300) AS n;
INSERT INTO corner_shop_product (sku, category_id, brand)
    SELECT 'sku-' || n, n % 300 + 1, 'brand ' || n % 40 FROM generate_series(0, 9999) AS n;
INSERT INTO corner_shop_order (id, customer_id, placed_at, is_paid)
    SELECT n, md5('customer ' || n * 7919 % ({rows} / 50 + 1) + 1)::uuid,
        timestamptz '2024-07-01' + n * interval '1 day' * 730 / ({rows} / 5 + 1), true
    FROM generate_series(1::bigint, {rows} / 5 + 1) AS n;
INSERT INTO corner_shop_line (id, order_id, product_id, quantity, unit_price, is_refunded)
    SELECT n, n / 5 + 1, 'sku-' || n * 31 % 9973, n % 3 + 1, n % 9000 / 100.0 + 0.5, n % 97 = 0
    FROM generate_series(1::bigint, {rows}) AS n;
INSERT INTO corner_shop_review (id, line_id, stars)
    SELECT n, n * 20, n % 5 + 1 FROM generate_series(1::bigint, {rows} / 20) AS n;
ANALYZE;
"""


def main() -> None:
    """Measure, print and write the report; with --step, one step of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000, help="lines for the speed")
    parser.add_argument("--few", type=int, default=1_000_000, help="fewer lines, for the memory")
    parser.add_argument("--many", type=int, default=10_000_000, help="many lines, for the memory")
    parser.add_argument("--json", type=Path, help="where to write the report")
    parser.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        print(json.dumps(_step(*options.step)))  # noqa: T201
        return
    report = measure(options.rows, options.few, options.many)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2))
    print(json.dumps(report, indent=2))  # noqa: T201


def measure(rows: int, few: int, many: int) -> dict[str, Any]:
    """Seconds and peak memory by way and number of lines, and their ratios."""
    with database() as url, tempfile.TemporaryDirectory() as folder:
        _run(url, "fill", str(max(rows, few, many)))
        found = {}
        for way, count in [
            ("copy", rows),
            ("iterate", rows),
            ("copy", few),
            ("copy", many),
            ("parquet", few),
            ("parquet", many),
        ]:
            log = f"{folder}/{'log' if way == 'copy' else way}-{count}"
            source = f"{folder}/log-{count}" if way == "parquet" else ""
            found[f"{way} {count}"] = _run(url, way, str(count), log, source)
    seconds = {name: one["seconds"] for name, one in found.items()}
    memory = {name: one["peak_memory_mb"] for name, one in found.items()}
    return {
        "rows": rows,
        "ratios": {
            "iterator_to_copy": round(seconds[f"iterate {rows}"] / seconds[f"copy {rows}"], 2),
            "copy_memory_many_to_few": round(memory[f"copy {many}"] / memory[f"copy {few}"], 3),
            "parquet_memory_many_to_few": round(
                memory[f"parquet {many}"] / memory[f"parquet {few}"], 3
            ),
        },
        "seconds": seconds,
        "peak_memory_mb": memory,
    }


def _run(url: str, *step: str) -> dict[str, Any]:
    """One step in a process of its own, so that its peak memory is its own."""
    env = os.environ | {
        "CLVREC_TEST_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }
    command = [sys.executable, "-m", "benchmarks.extract", "--step", *filter(None, step)]
    done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    result: dict[str, Any] = json.loads(done.stdout)
    print(" ".join(step[:2]), result, file=sys.stderr)  # noqa: T201
    return result


def _step(what: str, rows: str, *folders: str) -> dict[str, Any]:
    import django

    django.setup()
    return _fill(int(rows)) if what == "fill" else _extract(what, int(rows), *map(Path, folders))


def _fill(rows: int) -> dict[str, Any]:
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", run_syncdb=True, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(FILL.format(rows=rows))
    return {}


def _extract(way: str, rows: int, folder: Path, dataset: Path | None = None) -> dict[str, Any]:
    from django_clvrec.extract import copying, extract, iterating, log
    from django_clvrec.extract.rows import annotated
    from django_clvrec.sources import ParquetPurchaseSource, PurchaseSource
    from tests.corner_shop.clvrec import CornerShop
    from tests.corner_shop.models import Line

    class Shop(CornerShop):
        queryset = Line.objects.filter(order__is_paid=True, pk__lte=rows)

    class Warehouse(ParquetPurchaseSource):
        name = "warehouse"
        path = dataset or ""

    source: PurchaseSource = Warehouse() if way == "parquet" else Shop()
    if way in WAYS:
        take = copying.copy if way == "copy" else iterating.iterate
        log.read = lambda source: take(source, annotated(source))
    start = time.monotonic()
    rules = extract(source, folder, AS_OF)
    return {
        "seconds": round(time.monotonic() - start, 2),
        "peak_memory_mb": _peak_memory_mb(),
        "lines": rules.lines_read,
    }


def _peak_memory_mb() -> int:
    """Of this process alone; getrusage may tell that of the process it came from."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) >> 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    main()
