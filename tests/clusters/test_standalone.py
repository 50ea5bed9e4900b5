"""A master and two workers in processes of their own keep the contract, and lose one on the way."""

import pytest

from django_clvrec.engines.registry import build_engine
from django_clvrec.engines.spark import stop
from tests.clusters.servers import standalone
from tests.engines.contract import EngineContract

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


def test_both_workers_take_part(session):
    assert session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() == 3  # and the driver
