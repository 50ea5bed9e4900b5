"""Who has no Oscar needs none: it is imported by `contrib.oscar` alone."""

import ast
from pathlib import Path

import pytest

import django_clvrec

PACKAGE = Path(django_clvrec.__file__).parent
APART = PACKAGE / "contrib" / "oscar"
ELSEWHERE = [path for path in PACKAGE.rglob("*.py") if APART not in path.parents]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module


def of_oscar(path):
    return [name for name in imported(path) if name.split(".")[0] == "oscar"]


def test_nothing_else_imports_oscar_or_its_adapter():
    assert ELSEWHERE
    for path in ELSEWHERE:
        assert not of_oscar(path), path
        assert not [one for one in imported(path) if "contrib.oscar" in one], path


@pytest.mark.parametrize("name", ["apps", "conf", "models", "ranking", "checks"])
def test_what_django_reads_before_oscars_apps_are_loaded_imports_nothing_of_oscar(name):
    assert of_oscar(APART / f"{name}.py") == []
