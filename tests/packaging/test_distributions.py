"""What is built holds all that the app needs, and nothing else."""

import subprocess
import tarfile
import zipfile

import pytest

from tests.packaging.conftest import ROOT

pytestmark = pytest.mark.wheel


@pytest.fixture(scope="module")
def tracked():
    """Files of the package that are kept with the source."""
    listed = subprocess.run(
        ["git", "ls-files", "django_clvrec"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return set(listed.stdout.split())


def test_the_wheel_holds_the_package_and_nothing_else(wheel, tracked):
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == tracked


@pytest.mark.parametrize(
    "name",
    [
        "py.typed",
        "migrations/0001_initial.py",
        "templates/clvrec/recommendations/default.html",
        "static/clvrec/shelf.css",
        "locale/pt_BR/LC_MESSAGES/django.mo",
        "locale/zh_Hans/LC_MESSAGES/django.mo",
        "contrib/practice/migrations/0001_initial.py",
    ],
)
def test_what_is_not_code_is_in_the_wheel_too(wheel, name):
    assert f"django_clvrec/{name}" in zipfile.ZipFile(wheel).namelist()


def test_the_source_distribution_holds_the_same_package(built, tracked):
    [archive] = built.glob("*.tar.gz")
    with tarfile.open(archive) as files:
        held = {one.name.partition("/")[2] for one in files if one.isfile()}
    assert {name for name in held if name.startswith("django_clvrec/")} == tracked
    assert {"README.md", "LICENSE", "CHANGELOG.md", "SECURITY.md", "pyproject.toml"} <= held


def test_the_wheel_says_its_licence_its_python_and_its_extras(wheel):
    [metadata] = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("/METADATA")]
    said = zipfile.ZipFile(wheel).read(metadata).decode()
    assert "License-Expression: BSD-3-Clause" in said
    assert "Requires-Python: >=3.11" in said
    assert all(f"Provides-Extra: {extra}" in said for extra in ("local", "spark", "metrics"))
