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
