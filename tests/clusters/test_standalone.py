"""A master and two workers keep the contract, and one executor may die on the way."""

import time

import pandas as pd
import psutil
import pytest

from django_clvrec.engines.registry import build_engine
from django_clvrec.engines.spark import stop
from django_clvrec.engines.stages import compute
from tests.clusters.servers import SECONDS, standalone
from tests.engines.contract import ONE_MODEL, EngineContract, read_outputs, run_engine
from tests.logs import parameters, two_tastes, write_log

pytestmark = pytest.mark.clusters
SMALL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.executor.memory": "512m",
    "spark.sql.shuffle.partitions": 2,
}


@pytest.fixture(scope="module")
def options(tmp_path_factory):
    """What CLVREC["SPARK"] says of the cluster."""
    with standalone(tmp_path_factory.mktemp("standalone")) as address:
        yield {"master": address, "config": SMALL}


@pytest.fixture(scope="module")
def session(options, tmp_path_factory):
    """One session for all runs: engines use it instead of starting their own."""
    session = build_engine("spark", options).start(tmp_path_factory.mktemp("driver"))
    yield session
    stop(session)


@pytest.mark.usefixtures("session")
class TestStandalone(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, options):
        return build_engine("spark", options)


def test_an_executor_killed_in_training_changes_no_list(session, options, tmp_path):
    """Spark starts another one and computes again what was lost."""
    engine = build_engine("spark", options)
    undisturbed = run_engine(engine, tmp_path / "first", two_tastes(), **ONE_MODEL)
    killed = []

    def kill(stage, _done, _total):
        if stage == "train product" and not killed:
            killed.extend(executors()[:1])
            killed[0].kill()

    (tmp_path / "second" / "out").mkdir(parents=True)
    log = write_log(tmp_path / "second" / "log", two_tastes())
    chosen = parameters(**ONE_MODEL)
    compute(engine, log, tmp_path / "second" / "out", chosen, kill)
    _, lists = read_outputs(tmp_path / "second" / "out")
    assert killed
    pd.testing.assert_frame_equal(lists, undisturbed[2])


def executors():
    """JVMs of executors; the workers start them."""
    return [
        one
        for one in psutil.Process().children(recursive=True)
        if "CoarseGrainedExecutorBackend" in command_line(one)
    ]


def command_line(process):
    try:
        return " ".join(process.cmdline())
    except psutil.Error:  # it has just ended
        return ""


def test_both_workers_take_part(session):
    """Also after one of their executors died: another one takes its place within moments."""
    members = session.sparkContext._jsc.sc()
    until = time.monotonic() + SECONDS
    while members.getExecutorMemoryStatus().size() < 3 and time.monotonic() < until:
        time.sleep(0.2)
    assert members.getExecutorMemoryStatus().size() == 3  # and the driver
