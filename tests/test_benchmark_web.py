"""Real servers answer every visitor of a short load without an error."""

import pytest

from benchmarks.web import SERVERS
from tests.test_benchmarks import run

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.mark.parametrize("server", SERVERS)
def test_every_page_is_answered_under_load(tmp_path, server):
    words = ("--seconds", "3", "--rate", "20", "--servers", server)
    found = run("web", tmp_path / "web.json", *words)[server]
    print(server, found)  # noqa: T201 - figures are what a long test is for
    assert found["errors"] == 0
    assert {one["requests"] for one in found["pages"].values()} == {60}
    assert {*found["pages"]} == {
        "bare", "mine", "popular", "related", "shelf", "home", "events"
    }  # fmt: skip
