"""Spark Connect keeps the contract: a server elsewhere, and no JVM here."""

import pytest
from pyspark import SparkContext
from pyspark.sql.utils import is_remote

from django_clvrec.engines.registry import build_engine
from django_clvrec.engines.spark import remote
from django_clvrec.engines.spark.context import is_connect
from django_clvrec.engines.spark.remote import connected
from django_clvrec.engines.stages import compute
from django_clvrec.exceptions import SparkFailed
from tests.clusters.servers import connect_server, end, free_port
from tests.engines.contract import EngineContract
from tests.logs import line, parameters, two_tastes, write_log

pytestmark = pytest.mark.clusters


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with connect_server(tmp_path_factory.mktemp("connect")) as (address, _):
        yield address


class TestConnect(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, address):
        return build_engine("spark", {"master": address})


def test_no_jvm_is_started_here(address):
    with connected(address, {}) as session:
        assert is_connect(session)
        assert SparkContext._gateway is None
    assert not is_remote()


def test_a_server_that_is_not_there_is_told(tmp_path):
    log = write_log(tmp_path / "log", [line("a", "1", "tool")])
    engine = build_engine("spark", {"master": f"sc://127.0.0.1:{free_port()}"})
    with pytest.raises(SparkFailed, match=r"Spark Connect at sc://.* did not answer"):
        compute(engine, log, tmp_path, parameters(), lambda *_: None)


def test_a_log_that_the_server_cannot_see_is_told_in_two_lines(address, tmp_path):
    engine = build_engine("spark", {"master": address})
    with pytest.raises(SparkFailed, match="Path does not exist") as caught:
        compute(engine, tmp_path / "nowhere", tmp_path, parameters(), lambda *_: None)
    _, step = str(caught.value).splitlines()
    assert "under the same path" in step


def test_a_log_that_is_corrupt_is_told_without_java(address, tmp_path):
    log = write_log(tmp_path / "log", [line("a", "1", "tool")])
    (log / "lines.parquet").write_bytes(b"no Parquet")
    engine = build_engine("spark", {"master": address})
    with pytest.raises(SparkFailed, match=r"lines\.parquet") as caught:
        compute(engine, log, tmp_path, parameters(), lambda *_: None)
    said = str(caught.value)
    assert len(said.splitlines()) <= 3
    assert "org.apache" not in said


@pytest.mark.filterwarnings("ignore:.*RETRIES_EXCEEDED")
def test_a_server_that_dies_in_the_middle_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(remote, "PATIENCE", 1)

    def kill(stage, *_):
        if stage == "train product" and server.poll() is None:
            end(server)

    log = write_log(tmp_path / "log", two_tastes())
    (tmp_path / "out").mkdir()
    with connect_server(tmp_path) as (address, server):
        engine = build_engine("spark", {"master": address})
        with pytest.raises(SparkFailed) as caught:
            compute(engine, log, tmp_path / "out", parameters(), kill)
    _, step = str(caught.value).splitlines()
    assert step.startswith("Its driver has ended")
    assert not is_remote()
