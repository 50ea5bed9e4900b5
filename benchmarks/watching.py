"""What counting and tracing add to an answer: `python -m benchmarks.watching --json PATH`.

The same stored list is asked for in turns: with nothing, with Prometheus, and with OpenTelemetry,
which samples every span and exports none. Times are medians of single calls in seconds of this
process, on SQLite in memory, where an answer is fastest and what is added shows most.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROUNDS, CALLS, CUSTOMERS = 60, 50, 50


def main(arguments: list[str] | None = None) -> None:
    words = argparse.ArgumentParser(prog="python -m benchmarks.watching", description=__doc__)
    words.add_argument("--json", type=Path, help="where to write the result")
    words.add_argument("--rounds", type=int, default=ROUNDS)
    options = words.parse_args(arguments)
    text = json.dumps(measure(options.rounds), indent=2)
    print(text)  # noqa: T201
    if options.json:
        options.json.write_text(text + "\n")


def measure(rounds: int) -> dict[str, Any]:
    """Microseconds of an answer by what watches it, and ratios to nothing."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    os.environ.pop("CLVREC_TEST_DATABASE_URL", None)
    django.setup()
    fill()
    ways = {"nothing": nothing, "nothing again": nothing, "metrics": metrics, "spans": spans}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            with way():
                seconds[name] += timed()
    p50 = {name: statistics.median(taken) for name, taken in seconds.items()}
    return {
        "ratios": {name: round(value / p50["nothing"], 3) for name, value in p50.items()},
        "p50_us": {name: round(1e6 * value, 1) for name, value in p50.items()},
    }


def fill() -> None:
    from django.core.management import call_command

    from tests.shelf import Shelf, product

    call_command("migrate", run_syncdb=True, verbosity=0)
    goods = [product(f"Oats {number}") for number in range(30)]
    shelf = Shelf()
    for number in range(CUSTOMERS):
        shelf.score(f"c{number}")
        shelf.recommended(f"c{number}", *goods)


def timed() -> list[float]:
    from django_clvrec.serving import recommend

    found = []
    for number in range(CALLS):
        start = time.process_time()
        recommend(f"c{number % CUSTOMERS}", "product")
        found.append(time.process_time() - start)
    return found


@contextmanager
def nothing() -> Iterator[None]:
    yield


@contextmanager
def metrics() -> Iterator[None]:
    from django_clvrec import tally
    from django_clvrec.metrics import counting

    tally.TAKERS.append(counting.take)
    yield
    tally.TAKERS.clear()


@contextmanager
def spans() -> Iterator[None]:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

    trace._TRACER_PROVIDER = _provider.setdefault("one", TracerProvider())
    yield
    trace._TRACER_PROVIDER = None


_provider: dict[str, Any] = {}

if __name__ == "__main__":
    main()
