"""The Spark session of a run: opened where it runs, closed at its end, JVM and all."""

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkRuntimeError
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from django_clvrec import interruption
from django_clvrec.engines.base import Parameters
from django_clvrec.engines.java import find_java_home
from django_clvrec.engines.spark.abandon import MARK, abandon
from django_clvrec.engines.spark.context import FASTER, SESSION
from django_clvrec.engines.spark.failures import translated
from django_clvrec.engines.spark.remote import SCHEME, connected
from django_clvrec.engines.spark.run import SparkRun
from django_clvrec.exceptions import SparkFailed

JVM_SECONDS = 30
"""How long a JVM may take to end before it is ended."""
JVM_OPTIONS = "spark.driver.extraJavaOptions"
JVM_BASE_OPTIONS = "spark.driver.defaultJavaOptions"
JVM_VARIABLES = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
"""Where a collector may be chosen too; a JVM that is given two does not start."""


class SparkEngine:
    """Runs every stage on Spark; one session per run, closed at its end."""

    name = "spark"

    def __init__(self, master: str = "local[*]", config: Mapping[str, Any] | None = None) -> None:
        self.master = master
        self.config = dict(config or {})

    @contextmanager
    def open(self, log: Path, out: Path, parameters: Parameters) -> Iterator["SparkRun"]:
        """A run over `log`; a session that is open already is used, and left open."""
        if self.master.startswith(SCHEME):
            with connected(self.master, self.config) as remote, translated():
                yield SparkRun(remote, log, out, parameters)
            return
        session = SparkSession.getActiveSession()
        if session is not None:
            own = session.newSession()  # the same JVM, but settings of our own
            for key, value in (SESSION | FASTER).items():
                own.conf.set(key, str(value))
            with translated():
                yield SparkRun(own, log, out, parameters)
            return
        try:
            session = self.start(out)
            with translated():
                yield SparkRun(session, log, out, parameters)
            stop(session)
        except BaseException:
            # an interrupted conversation with the JVM cannot be continued, not even to say goodbye
            with interruption.held():
                abandon(out)
            raise

    def start(self, folder: Path) -> SparkSession:
        """A new session that keeps its temporary files in `folder`."""
        if self.master.startswith("local"):
            os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        settings = self._defaults(folder) | self.config | {MARK: folder}
        (folder / "tmp").mkdir(exist_ok=True)
        settings[JVM_OPTIONS] = self._jvm_options(folder / "tmp", settings.get(JVM_OPTIONS, ""))
        conf = SparkConf().setMaster(self.master).setAppName("django-clvrec")
        conf.setAll([(key, str(value)) for key, value in settings.items()])
        said = folder / "spark.log"
        gateway = None
        try:
            # what the JVM says goes to a file, for a terminal has a progress bar to show
            with interruption.held():  # between a fork and its wait, nobody would end the child
                home = find_java_home(folder, is_alone=self._is_alone)
            with said.open("w") as stream, _java_home(home), _temporary(folder / "tmp"):
                gateway = launch_gateway(  # type: ignore[no-untyped-call]
                    conf, popen_kwargs={"stdout": stream, "stderr": stream}
                )
            with _same_handler(signal.SIGINT):
                context = SparkContext(conf=conf, gateway=gateway)
            return SparkSession(context)
        except (PySparkRuntimeError, Py4JError, ConnectionError) as error:  # the last of py4j too
            # py4j asks the JVM for the text of an error, so ask before it ends
            reason = " ".join(str(error).splitlines()[:2])
            end_jvm(gateway)
            raise SparkFailed(
                f"Spark did not start: {reason}\n{said.read_text()[-2000:]}\n"
                'Look at CLVREC["SPARK"], and at the memory that the machine has left.'
            ) from error

    def _jvm_options(self, temporary: Path, given: str) -> str:
        # where the JVM unpacks libraries: killed hard, it would leave them
        options = [f'-Djava.io.tmpdir="{temporary}"', given]
        elsewhere = [os.environ.get(name, "") for name in JVM_VARIABLES]
        chosen = f"{given} {self.config.get(JVM_BASE_OPTIONS, '')} {' '.join(elsewhere)}"
        if self._is_alone and "GC" not in chosen:
            # nobody waits for an answer, so pauses do no harm: a twentieth faster (measured)
            options.insert(0, "-XX:+UseParallelGC")
        return " ".join(options).strip()

    @property
    def _is_alone(self) -> bool:
        """Whether all the work is done by the JVM that this process starts."""
        return self.master == "local" or self.master.startswith("local[")

    def _defaults(self, folder: Path) -> dict[str, Any]:
        defaults: dict[str, Any] = {
            "spark.driver.memory": "2g",
            "spark.local.dir": folder / "spark",
            "spark.sql.warehouse.dir": folder / "warehouse",
            "spark.sql.execution.arrow.pyspark.enabled": "true",
            "spark.log.level": "ERROR",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
        }
        if self._is_alone:
            defaults["spark.sql.shuffle.partitions"] = os.cpu_count() or 1
        return SESSION | FASTER | defaults


@contextmanager
def _java_home(home: Path) -> Iterator[None]:
    """JAVA_HOME for the one process that is started meanwhile."""
    before = os.environ.get("JAVA_HOME")
    os.environ["JAVA_HOME"] = str(home)
    try:
        yield
    finally:
        del os.environ["JAVA_HOME"]
        if before is not None:
            os.environ["JAVA_HOME"] = before


@contextmanager
def _temporary(folder: Path) -> Iterator[None]:
    """Where pyspark waits for the JVM's word: killed meanwhile, it leaves a folder there."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


@contextmanager
def _same_handler(signum: signal.Signals) -> Iterator[None]:
    """Undo that pyspark takes over Ctrl-C for good, to ask a JVM that may be gone by then."""
    before = signal.getsignal(signum)
    try:
        yield
    finally:
        if before is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signum, before)


def stop(session: SparkSession) -> None:
    """Close the session and its JVM, which pyspark alone would keep until the process ends."""
    gateway = session.sparkContext._gateway
    session.stop()
    end_jvm(gateway)


def end_jvm(gateway: Any) -> None:
    """End the JVM behind a gateway that this process launched, and let pyspark forget it."""
    if gateway is None or getattr(gateway, "proc", None) is None:
        return
    gateway.shutdown()
    gateway.proc.stdin.close()
    try:
        gateway.proc.wait(timeout=JVM_SECONDS)
    except TimeoutExpired:
        gateway.proc.kill()
        gateway.proc.wait()
    SparkContext._gateway = SparkContext._jvm = None
