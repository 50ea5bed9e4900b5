"""The matrix: each pair of Python and Django that Django allows, and the lowest of everything.

`nox --list` names the sessions. Each runs a target of the Makefile in an environment of its own:
`test`, or what stands behind `--`, as in `nox -s lowest -- test-postgres`. A Python that is not on
the path fails its sessions.
"""

from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv"
nox.options.error_on_missing_interpreters = True
nox.options.sessions = ["tests", "lowest"]

DJANGO_OF = {"3.11": ["5.2"], "3.12": ["5.2", "6.0", "6.1"], "3.13": ["5.2", "6.0", "6.1"]}
PAIRS = [(python, django) for python, versions in DJANGO_OF.items() for django in versions]
BESIDE = {
    "5.2": ["django-tasks>=0.12", "django-celery-beat>=2.9"],
    "6.0": ["django-celery-beat>=2.9"],
}
"""What is tested with a Django; the extra has it for the Python that has no later Django."""
MAIN = "https://github.com/django/django/archive/main.tar.gz"


@nox.session
@nox.parametrize("python,django", PAIRS)
def tests(session: nox.Session, django: str) -> None:
    """The highest versions that go with this Django."""
    session.install("-e", ".[test]", f"django~={django}.0", *BESIDE.get(django, []))
    make(session)


@nox.session(python=min(DJANGO_OF))
def lowest(session: nox.Session) -> None:
    """The lowest versions that pyproject.toml allows."""
    session.install("--resolution", "lowest-direct", "-e", ".[test]")
    make(session)


@nox.session(python=max(DJANGO_OF))
def main(session: nox.Session) -> None:
    """What Django will be next. Allowed to fail: it tells early, and stops nobody."""
    session.install("-e", ".[test]")
    session.install("--no-deps", "--upgrade", MAIN)
    make(session, success_codes=range(256))


def make(session: nox.Session, **options: object) -> None:
    """Run a target in the environment of the session, which has all that it needs."""
    location = Path(session.virtualenv.location)
    (location / "installed-test").touch()  # or make would install by itself
    target = session.posargs or ["test"]
    session.run("make", *target, f"VENV={location}", external=True, **options)
