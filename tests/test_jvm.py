"""A JVM is found wherever there is one, and none is left behind."""

import os
import shutil
import signal
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


def test_a_collector_that_the_environment_chose_is_the_only_one():
    chosen = os.environ | {"JDK_JAVA_OPTIONS": "-XX:+UseSerialGC"}
    assert start("local[1]", chosen)[-1:] == ["0 left"]


def test_a_machine_without_java_uses_the_one_that_pip_installed(no_java):
    assert start("local[1]", no_java) == ["0 left"]


FAILING = """
import sys, tempfile
from pathlib import Path
import psutil
from django_clvrec.engines.spark import SparkEngine
from django_clvrec.engines.stages import compute
from django_clvrec.exceptions import SparkFailed
from tests.logs import parameters, two_tastes, write_log

def end(stage, *_):
    if stage == "scores" and sys.argv[1] == "killed":
        for child in psutil.Process().children():
            child.kill()
        psutil.wait_procs(psutil.Process().children())

folder = Path(tempfile.mkdtemp())
log = write_log(folder / "log", two_tastes())
if sys.argv[1] == "corrupt":
    (log / "lines.parquet").write_bytes(b"no Parquet")
(folder / "out").mkdir()
try:
    compute(SparkEngine("local[1]"), log, folder / "out", parameters(), end)
except SparkFailed as error:
    print(str(error))
print(len(psutil.Process().children(recursive=True)), "left")
"""


@pytest.mark.parametrize(
    ("how", "why", "step"),
    [
        ("corrupt", "lines.parquet", 'Look at CLVREC["WORK_DIR"]'),
        ("killed", "", "Its driver has ended"),
    ],
)
def test_an_error_is_told_though_its_jvm_is_ended(how, why, step):
    """py4j asks the JVM for the text of an error, so it must be asked for in time."""
    done = subprocess.run(
        [sys.executable, "-c", FAILING, how], check=True, capture_output=True, text=True
    )
    *said, left = done.stdout.splitlines()
    assert said[0].startswith("Spark failed: ")
    assert why in said[0]
    assert said[-1].startswith(step)
    assert left == "0 left"


LETTING_GO = """
import tempfile, threading
from pathlib import Path
from django_clvrec.engines.spark import SparkEngine, abandon

folder = Path(tempfile.mkdtemp())
session = SparkEngine("local[1]").start(folder)
held, marked = [session._jvm.java.util.ArrayList() for _ in range(9)], abandon._marked

def dying(mark):
    jvms = marked(mark)
    for jvm in jvms:
        jvm.suspend()  # it gets what it is told, and ends without a look at it
        threading.Timer(0.5, jvm.kill).start()
    held.clear()  # as a garbage collection does at any time
    return jvms

abandon._marked = dying
abandon.abandon(folder)
print(len(held), "held")
"""


def test_a_jvm_that_is_being_ended_is_not_told_of_garbage():
    """py4j prints a traceback where such a conversation is cut short."""
    done = subprocess.run(
        [sys.executable, "-c", LETTING_GO], check=True, capture_output=True, text=True
    )
    assert done.stdout == "0 held\n"
    assert "Traceback" not in done.stderr


FORKED = """
import os, sys, time
from pathlib import Path
import psutil
from django_clvrec.engines.spark.abandon import MARK, abandon

if not os.fork():
    time.sleep(0.5)  # as a child is before it becomes the JVM: by its command line, it is Python
    os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(60)", f"{MARK}=/here"])
abandon(Path("/here"))
print([child.status() for child in psutil.Process().children(recursive=True)])
"""


def test_a_jvm_that_was_only_just_forked_is_ended_too():
    done = subprocess.run(
        [sys.executable, "-c", FORKED],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout == "[]\n"


ASKED = """
import tempfile
from pathlib import Path
from django_clvrec import interruption
from django_clvrec.engines.spark import SparkEngine

with interruption.handled() as signals, signals.window(is_open=True):
    SparkEngine("local[1]").start(Path(tempfile.mkdtemp()))
"""
IMPATIENT = """#!/bin/sh
[ "$1" = -version ] || exit 1
kill -TERM $PPID
sleep 0.5
echo 'openjdk version "17.0.9"' >&2
echo answered > {answer}
"""


def test_a_java_that_is_asked_for_its_version_is_waited_for(tmp_path):
    """An interrupted start of a process forgets the process; so the signal waits."""
    java, answer = tmp_path / "bin" / "java", tmp_path / "answer"
    java.parent.mkdir()
    java.write_text(IMPATIENT.format(answer=answer))
    java.chmod(0o755)
    env = os.environ | {"JAVA_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", ASKED], check=False, env=env)
    assert done.returncode == -signal.SIGTERM
    assert answer.read_text() == "answered\n"
