"""The distributions as they are built, and an environment that has nothing but them."""

import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.packaging.follow import Follower

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs/tutorial/shop.md"


@dataclass(frozen=True)
class Environment:
    """A virtual environment of its own, of the Python that runs the tests."""

    folder: Path
    wheel: Path

    @property
    def variables(self) -> dict[str, str]:
        """`pip install django-clvrec` means the wheel; nothing of the checkout is found."""
        constraint = self.folder / "constraint.txt"
        # not its address: pip then refuses to add an extra later
        constraint.write_text(f"django-clvrec=={self.wheel.name.split('-')[1]}\n")
        links = f"{self.wheel.parent} {os.environ.get('PIP_FIND_LINKS', '')}".strip()
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        kept.pop("DJANGO_SETTINGS_MODULE", None)
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return kept | {"PATH": path, "PIP_CONSTRAINT": str(constraint), "PIP_FIND_LINKS": links}

    def run(self, *command: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            command,
            cwd=cwd or self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The folder of the source distribution, and of the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def wheel(built):
    [found] = built.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def new_environment(tmp_path_factory, wheel):
    """Makes environments with pip and nothing else."""

    def make():
        folder = tmp_path_factory.mktemp("environment")
        venv.create(folder, with_pip=True)
        return Environment(folder, wheel)

    return make


@pytest.fixture(scope="session")
def base(new_environment):
    """Where `pip install django-clvrec` was run."""
    environment = new_environment()
    environment.run("pip", "install", "--quiet", "django-clvrec")
    return environment


@pytest.fixture(scope="session")
def reader(new_environment, tmp_path_factory):
    """Somebody who has read the tutorial to its last command.

    What pip installs is compiled as it is imported: the half of it never is.
    """
    environment = {**new_environment().variables, "PIP_NO_COMPILE": "1"}
    follower = Follower(tmp_path_factory.mktemp("empty"), environment)
    follower.follow(PAGE)
    return follower


@pytest.fixture(scope="session")
def site(reader):
    with reader.served() as address:
        yield address
