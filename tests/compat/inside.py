"""Settings that one process can have only once: their tests are run in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

import dj_database_url

FOLDER = Path(__file__).parent
SETTINGS = "DJANGO_SETTINGS_MODULE"


def name_of(folder):
    return f"tests.compat.{folder}.settings"


def is_chosen(folder):
    """Whether this process has the settings of a folder."""
    return os.environ.get(SETTINGS) == name_of(folder)


def run(folder):
    """What pytest says of a folder's tests under the settings there."""
    env = os.environ | {SETTINGS: name_of(folder)}
    env = {name: value for name, value in env.items() if not name.startswith("PYTEST_")}
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", str(FOLDER / folder)]
    return subprocess.run(
        [sys.executable, *words], env=env, check=False, capture_output=True, text=True, timeout=600
    )


def databases(folder):
    """The database of the run, with another name than that of the process around this one."""
    url = os.environ.get("CLVREC_TEST_DATABASE_URL", "sqlite://:memory:")
    found = dj_database_url.parse(url)
    if "memory" not in found["NAME"]:
        found["TEST"] = {"NAME": f"test_{folder}"}
    return {"default": found}
