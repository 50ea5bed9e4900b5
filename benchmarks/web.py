"""Visitors on real servers: rate, p50 and p99 of each page, and errors, of which none may be.

`python -m benchmarks.web --json PATH --seconds 10 --rate 40`

Gunicorn with processes, gunicorn with threads and uvicorn serve the example shop from PostgreSQL; a
process of its own asks for one page after the other at a steady rate over loopback, as signed-in
customers. Times count from when a request was due. Beside every server's own pages stands a bare
view of the same JSON; `most` is what one server answers where nobody waits for it to be due.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.events import Shop, wait_for
from benchmarks.postgres import database
from benchmarks.serving import LIST_LENGTH, PRODUCTS, fill

SERVERS = {
    "gunicorn sync": ("gunicorn", "example_shop.wsgi", "--workers", "2"),
    "gunicorn gthread": ("gunicorn", "example_shop.wsgi", "--workers", "1", "--threads", "8"),
    "uvicorn": ("uvicorn", "example_shop.asgi:application", "--workers", "1"),
}
CONNECTIONS = 4
MOST_REQUESTS, MOST_SECONDS = 20_000, 120.0
AT_ONCE = 1e6
"""A rate at which every request is due at once: connections send as fast as they are answered."""


def main(arguments: list[str] | None = None) -> None:
    words = argparse.ArgumentParser(prog="python -m benchmarks.web", description=__doc__)
    words.add_argument("--json", type=Path, help="where to write the result")
    words.add_argument("--seconds", type=float, default=10, help="for each page")
    words.add_argument("--rate", type=float, default=40, help="requests a second")
    words.add_argument("--servers", default=",".join(SERVERS))
    options = words.parse_args(arguments)
    seconds = min(options.seconds, MOST_SECONDS)
    with database() as url:
        os.environ |= {
            "CLVREC_TEST_DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "benchmarks.web_settings",
            "DEMO_DEBUG": "0",
        }
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True)
        shop = prepared()
        found = {
            name: measured(shop, name, seconds, options.rate) for name in options.servers.split(",")
        }
    text = json.dumps(found, indent=2)
    print(text)  # noqa: T201
    if options.json:
        options.json.write_text(text + "\n")


def prepared() -> dict[str, list[dict[str, str]]]:
    """Requests by page; the shop is filled for them."""
    import django

    django.setup()
    from django.db import connection
    from django.urls import reverse

    from django_clvrec.shelves import RecommendedShelf, address_of

    shop = Shop()  # first, so that its customers have the first keys, as those with lists have
    snapshot_id = fill()
    window(snapshot_id)
    os.environ["CLVREC_BENCHMARK_SNAPSHOT"] = str(snapshot_id)
    listed = {"level": "product", "n": "10"}
    pages = {
        "bare": "/bare/",
        "mine": reverse("clvrec:my-recommendations", query=listed),
        "popular": reverse("clvrec:popular", query=listed),
        "related": reverse("clvrec:related", query=listed | {"items": "17"}),
        "shelf": str(address_of(RecommendedShelf(level="product", n=12))),
        "home": reverse("home"),
    }
    cookies = [cookie for _, cookie in shop.customers]
    requests = {
        page: [{"path": path, "cookie": cookie} for cookie in cookies]
        for page, path in pages.items()
    }
    path = reverse("clvrec:events")
    requests["events"] = [
        {"path": path, "cookie": one.cookie, "body": one.body} for one in shop.requests(2000)
    ]
    connection.close()
    return requests


def window(snapshot_id: int) -> None:
    """What is popular, and what goes with each product, as a refresh leaves them behind."""
    import numpy as np

    from django_clvrec.arrays import neighbours_name, save_arrays
    from django_clvrec.models import PopularItems, Snapshot

    snapshot = Snapshot.objects.get(pk=snapshot_id)
    best = [[str(item), round(1 - item / 100, 2)] for item in range(1, LIST_LENGTH + 1)]
    PopularItems.objects.bulk_create(
        PopularItems(snapshot=snapshot, level="product", tier=tier, items=best)
        for tier in ("", "new", "low", "mid", "high")
    )
    rng = np.random.default_rng(1)
    arrays = {"item_keys": np.array(sorted(str(number) for number in range(1, PRODUCTS + 1)))}
    for relation in ("together", "also"):
        places = rng.integers(0, PRODUCTS, (PRODUCTS, LIST_LENGTH), dtype=np.int32)
        scores = np.sort(rng.random((PRODUCTS, LIST_LENGTH)))[:, ::-1]
        arrays |= {f"{relation}.places": places, f"{relation}.scores": scores}
    save_arrays(snapshot, neighbours_name("product"), arrays)


def measured(
    shop: dict[str, list[dict[str, str]]], server: str, seconds: float, rate: float
) -> dict[str, Any]:
    """Of one server: each page's figures, and those of the bare view as what they compare to."""
    with running(server) as url:
        found = {}
        for page, requests in shop.items():
            sent(url, requests[:20], rate)  # the processes meet the snapshot
            found[page] = figures(sent(url, many(requests, seconds * rate), rate), rate)
        most = sent(url, many(shop["mine"], seconds * rate), AT_ONCE)
    bare = found["bare"]["p50_ms"]
    ratios = {page: round(one["p50_ms"] / bare, 2) for page, one in found.items()}
    return {
        "pages": found,
        "ratios": ratios,
        "most_per_second": round(len(most) / max(one["seconds"] for one in most), 1),
        "errors": sum(one["errors"] for one in found.values()) + errors_of(most),
    }


def many(requests: list[dict[str, str]], number: float) -> list[dict[str, str]]:
    return [requests[i % len(requests)] for i in range(min(int(number), MOST_REQUESTS))]


def sent(url: str, requests: list[dict[str, str]], rate: float) -> list[dict[str, Any]]:
    """The answers to requests that another process sends."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requests.json"
        file.write_text(json.dumps(requests))
        command = [sys.executable, "-m", "benchmarks.load", url, str(file), str(rate)]
        said = subprocess.run(  # noqa: S603 - our own
            [*command, str(CONNECTIONS)], check=True, capture_output=True, timeout=600
        )
    answers: list[dict[str, Any]] = json.loads(said.stdout)
    return answers


def figures(answers: list[dict[str, Any]], rate: float) -> dict[str, Any]:
    waited = [answer["seconds"] for answer in answers]
    ends = [number / rate + taken for number, taken in enumerate(waited)]
    percentiles = statistics.quantiles(waited, n=100)
    return {
        "requests": len(answers),
        "per_second": round(len(answers) / max(ends), 1),
        "p50_ms": round(1000 * percentiles[49], 1),
        "p99_ms": round(1000 * percentiles[98], 1),
        "errors": errors_of(answers),
        "statuses": dict(Counter(str(answer["status"]) for answer in answers)),
    }


def errors_of(answers: list[dict[str, Any]]) -> int:
    return sum(answer["status"] != 200 for answer in answers)


@contextmanager
def running(server: str) -> Iterator[str]:
    """The address of a server that is ended afterwards."""
    module, application, *words = SERVERS[server]
    port = free_port()
    bind = ["--bind", f"127.0.0.1:{port}"] if module == "gunicorn" else ["--port", str(port)]
    quiet = ["--log-level", "error"]
    command = [sys.executable, "-m", module, application, *words, *bind, *quiet]
    env = os.environ | {"CLVREC_BENCHMARK_CONN_MAX_AGE": "0" if module == "uvicorn" else "600"}
    process = subprocess.Popen(command, env=env)  # noqa: S603 - our own
    try:
        time.sleep(0.5)
        wait_for(f"http://127.0.0.1:{port}/no-such-page/")
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(30)


def free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


if __name__ == "__main__":
    main()
