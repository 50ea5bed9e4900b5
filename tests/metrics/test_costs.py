"""What watching costs an answer: no query, and little time."""

import json
import subprocess
import sys

from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_clvrec.serving import recommend
from tests.shelf import Shelf, product


def queries(ask):
    with CaptureQueriesContext(connection) as seen:
        ask()
    return len(seen)


def test_counting_takes_no_query(scraped, settings):
    shelf = Shelf()
    shelf.score("ann")
    shelf.recommended("ann", *(product(name) for name in ("Oats", "Rice", "Figs")))

    def ask():
        return recommend("ann", "product", n=3)

    ask()
    counted = queries(ask)
    settings.CLVREC = settings.CLVREC | {"METRICS": None}
    assert queries(ask) == counted


def test_an_answer_that_is_watched_is_compared_with_one_that_is_not(tmp_path):
    path = tmp_path / "watching.json"
    words = [sys.executable, "-m", "benchmarks.watching", "--rounds", "1", "--json", path]
    subprocess.run(words, check=True, capture_output=True)
    found = json.loads(path.read_text())
    assert set(found["ratios"]) == {"nothing", "nothing again", "metrics", "spans"}
    print(found)  # noqa: T201
