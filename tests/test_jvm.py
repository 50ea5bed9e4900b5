"""A JVM is found wherever there is one, and none is left behind."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CODE = """
import sys, tempfile
from pathlib import Path
import psutil
from django_clvrec.engines.spark import SparkEngine, stop
from django_clvrec.exceptions import SparkFailed
try:
    stop(SparkEngine(master=sys.argv[1]).start(Path(tempfile.mkdtemp())))
except SparkFailed as error:
    print(str(error).splitlines()[0])
print(len(psutil.Process().children(recursive=True)), "left")
"""


def start(master, env=None):
    done = subprocess.run(
        [sys.executable, "-c", CODE, master], check=True, capture_output=True, text=True, env=env
    )
    return done.stdout.splitlines()


@pytest.fixture
def no_java(tmp_path):
    """The environment of a machine without Java: all its programs but those."""
    for folder in os.environ["PATH"].split(os.pathsep):
        for program in Path(folder).glob("*"):
            link = tmp_path / program.name
            if program.is_file() and not program.name.startswith("java") and not link.exists():
                link.symlink_to(program)
    env = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"}
    assert shutil.which("java", path=str(tmp_path)) is None
    return env | {"PATH": str(tmp_path)}


def test_a_session_that_was_closed_leaves_no_process():
    assert start("local[1]") == ["0 left"]


def test_a_session_that_could_not_start_leaves_no_process_and_says_why():
    said, left = start("local[x]")
    assert said.startswith("Spark did not start")
    assert left == "0 left"


def test_a_machine_without_java_uses_the_one_that_pip_installed(no_java):
    assert start("local[1]", no_java) == ["0 left"]
