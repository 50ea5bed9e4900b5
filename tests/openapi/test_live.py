"""A live server answers what the description says, whatever schemathesis asks."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from tests.shelf import REPORT, Shelf, bought, key_of, person, product

DESCRIPTION = Path(__file__).parents[2] / "docs/reference/openapi.yaml"
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance",
)  # fmt: skip
CSRF = "c" * 32


@pytest.fixture
def shop(transactional_db):
    """A published snapshot with customers, lists and what can be told of them."""
    goods = [product(name) for name in ("Oats", "Rice", "Figs")]
    ann, shelf = person("ann"), Shelf(report=REPORT)
    shelf.score(ann, tier="high", segment="champions", clv=12.5)
    for key in ("a/b", "Ünï ✓", "50%"):
        shelf.score(key)
    shelf.recommended(ann, *goods[1:])
    shelf.popular(*goods)
    shelf.popular(goods[0].category, level="category")
    shelf.factors({key_of(one): [1.0, place] for place, one in enumerate(goods)})
    bought(ann, goods[0])
    return ann


@pytest.fixture
def fuzz(live_server, tmp_path):
    """Runs schemathesis as somebody; what it counted."""

    def fuzz(user, examples, phases):
        cookies = {"csrftoken": CSRF}
        if user is not None:
            client = Client()
            client.force_login(user)
            cookies["sessionid"] = client.cookies["sessionid"].value
        said = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"), "run", DESCRIPTION,
                "--url", f"{live_server.url}/clvrec",
                "--checks", ",".join(CHECKS), "--phases", phases, "--max-examples", f"{examples}",
                "--header", f"Cookie: {'; '.join('='.join(one) for one in cookies.items())}",
                "--header", f"X-CSRFToken: {CSRF}", "--no-color", "--continue-on-failure",
                "--generation-deterministic",
            ],
            capture_output=True, text=True, timeout=600, check=False, cwd=tmp_path,
        )  # fmt: skip
        print(said.stdout[-2500:])  # noqa: T201 - figures of the run
        assert said.returncode == 0, said.stdout[-20_000:] + said.stderr
        return int(re.search(r"(\d+) generated", said.stdout)[1])

    return fuzz


def test_a_short_run_finds_nothing_that_is_not_described(shop, fuzz):
    boss = person("boss", ["view_customerscore"], is_staff=True)
    assert fuzz(boss, 3, "fuzzing,stateful") > 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("who", "run", "least"),
    [
        ("staff", (40, "examples,coverage,fuzzing,stateful"), 1000),
        ("customer", (20, "fuzzing,stateful"), 200),
        ("visitor", (20, "fuzzing,stateful"), 200),
    ],
    ids=["staff", "customer", "visitor"],
)
def test_a_long_run_finds_nothing_either(shop, fuzz, who, run, least):
    boss = person("boss", ["view_customerscore"], is_staff=True)
    user = {"staff": boss, "customer": shop, "visitor": None}[who]
    assert fuzz(user, *run) > least
