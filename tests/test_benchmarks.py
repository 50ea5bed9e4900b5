"""The benchmarks run, compare equal results, and print what scripts rely on."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.postgres


def run(name, path, *words):
    """The JSON of `python -m benchmarks.<name>`, in processes of its own."""
    url = os.environ.get("CLVREC_TEST_POSTGRES_URL", os.environ["CLVREC_TEST_DATABASE_URL"])
    subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--json", path, *words],
        env=os.environ | {"CLVREC_TEST_POSTGRES_URL": url},
        check=True,
        capture_output=True,
        timeout=300,
    )
    return json.loads(path.read_text())


def test_publishing_is_compared_with_bulk_create(tmp_path):
    found = run("publish", tmp_path / "publish.json", "--customers", "500")
    assert set(found["ratios"]) == {"copy", "insert", "bulk_create"}
    assert found["ratios"]["bulk_create"] == 1.0
    assert all(found["peak_memory_mb"].values())


def test_serving_is_compared_with_a_bare_view(tmp_path):
    found = run("serving", tmp_path / "serving.json", "--rounds", "1")
    assert {"stored", "cached", "interests"} <= set(found["ratios"])
    assert (found["queries"]["stored"], found["queries"]["cached"]) == (2, 0)


def test_events_are_counted_once_and_none_is_lost_when_workers_are_killed(tmp_path):
    words = ("--seconds", "3", "--rate", "400", "--kill-seconds", "4")
    found = run("events", tmp_path / "events.json", *words)
    assert set(found["statuses"]) == {"200"}
    assert found["rows"] == found["different"] == found["accepted"] == 1200
    assert found["ignored"] == {"duplicate": 120}
    assert found["lost"] == 0
    kill = found["kill"]
    assert kill["killed"] == 3
    assert kill["answered"] + kill["unanswered"] == 80
    assert kill["lost"] == kill["lost_after_resending"] == 0
    assert kill["rows_after_resending"] == 1600


def test_lifetime_values_are_compared_with_lifetimes(tmp_path):
    found = run("clv", tmp_path / "clv.json", "--customers", "2000", "--beside", "1000")
    assert set(found["ratios"]) == {"fit", "fit_and_score"}
    ours, peer = found["ours_beside"]["parameters"], found["lifetimes"]["parameters"]
    assert ours == pytest.approx(peer, rel=1e-3)
