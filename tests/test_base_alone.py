"""A process with what the base install brings, and nothing that trains, does all that web servers
do: what another one has trained is read, scored, shown and exported.

`tests/packaging` asks the same of an environment that pip made.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging import visits
from tests.packaging.asked import *  # noqa: F403 - the questions are the same
from tests.packaging.conftest import PAGE, ROOT
from tests.packaging.follow import Follower

SERVED = (
    'CLVREC["RECOMMENDER"] = {"new": "item_knn", "low": "ease", "mid": "als", "high": "blend"}\n'
)


class Hasty(Follower):
    """Who has installed it already, and asks no backtest who serves best."""

    def run(self, *command: str) -> str:
        if command[0] == "pip":
            return ""
        if "clvrec_refresh" in command:
            with (self.folder / "mysite" / "settings.py").open("a") as file:
                file.write(f'CLVREC["RECOMMENDER"] = {SERVED}\n')
        return super().run(*command)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What came of everything that was asked."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLVREC")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    kept |= {"PATH": path, "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "mysite.settings"}
    reader = Hasty(tmp_path_factory.mktemp("site"), kept)
    reader.follow(PAGE)
    command = [sys.executable, visits.__file__, "--blocked"]
    done = subprocess.run(
        command, cwd=reader.folder, env=kept, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)
