"""The committed description is that of the code, and nothing needs drf-spectacular."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.access.table import API

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "docs/reference/openapi.yaml"
PAGES_ONLY = {"shelf/<str:signed>/"}
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def description():
    return yaml.safe_load(COMMITTED.read_text())


def operations(description):
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                yield path, method, operation


def test_the_description_is_that_of_the_code(tmp_path):
    """As `make openapi` makes it: without a warning, and valid."""
    (command,) = re.findall(r"manage\.py (spectacular .*)", (ROOT / "Makefile").read_text())
    *words, _ = command.split()
    made = tmp_path / "openapi.yaml"
    subprocess.run([sys.executable, "manage.py", *words, made], cwd=ROOT, check=True)
    assert {"--fail-on-warn", "--validate"} <= {*words}
    assert made.read_text() == COMMITTED.read_text(), (
        "Run `make openapi`, and look at what changed."
    )


def test_every_address_and_method_of_the_table_is_described(description):
    described = {(path, method.upper()) for path, method, _ in operations(description)}
    wanted = {
        (f"/{route}".replace("<key>", "{key}"), method)
        for route, line in API.items()
        if route not in PAGES_ONLY
        for method in line.methods.split()
    }
    assert described == wanted


def test_every_operation_says_who_and_what_may_go_wrong(description):
    schemes = description["components"]["securitySchemes"]
    assert {"cookieAuth", "tokenAuth"} == {*schemes}
    for path, method, operation in operations(description):
        assert {"200", "400", "401", "403", "404", "429"} <= {*operation["responses"]}, path
        assert ("413" in operation["responses"]) == (method == "post"), path
        is_open = {} in operation["security"]
        assert is_open == (operation["tags"] == ["visitors"]), path
        assert operation["description"], path


def test_answers_lead_on(description):
    links = {
        link["operationId"]
        for _, _, operation in operations(description)
        for link in operation["responses"]["200"].get("links", {}).values()
    }
    assert links == {"getCustomer", "getCustomerRecommendations", "reportEvents"}


def test_without_drf_spectacular_everything_works():
    code = """
import sys
sys.modules["drf_spectacular"] = None
import django
django.setup()
from django.urls import get_resolver, reverse
get_resolver().url_patterns
print(reverse("clvrec:popular"))
"""
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True,
        env={"DJANGO_SETTINGS_MODULE": "example_shop.settings", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert found.stdout.strip() == "/clvrec/v1/popular/"
