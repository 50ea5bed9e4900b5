"""Spark, embedded in the process that runs it, keeps the contract."""

import uuid

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from django_clvrec.engines.registry import build_engine
from django_clvrec.engines.spark.run import SparkRun
from tests.engines.contract import EngineContract
from tests.logs import AS_OF, line, parameters, write_log


@pytest.mark.usefixtures("spark")
class TestSpark(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls):
        return build_engine("spark", {"master": "local[2]"})

    def test_days_are_those_of_utc_whatever_the_hosts_session_says(self, spark, run):
        spark.conf.set("spark.sql.session.timeZone", "America/New_York")
        late = line("a", "1", "tool")
        late["purchased_at"] = AS_OF.replace(hour=2)
        try:
            _, scores, _ = run([late])
        finally:
            spark.conf.set("spark.sql.session.timeZone", "UTC")
        assert scores["recency_days"].tolist() == [0]


def test_files_of_one_size_are_read_by_their_number(spark, tmp_path):
    """A folder gives them in an order of its own, and sums of factors would follow it."""
    folder = tmp_path / "out" / "cells"
    folder.mkdir(parents=True)
    for number in (4, 1, 5, 0, 3, 2):
        name = f"part-{number:05}-{uuid.uuid4()}-c000.snappy.parquet"
        pq.write_table(pa.table({"number": [number]}), folder / name)
    log = write_log(tmp_path / "log", [line("a", "1", "tool")])
    run = SparkRun(spark, log, tmp_path / "out", parameters())
    rows = run._read("cells").coalesce(1).collect()
    assert [row["number"] for row in rows] == list(range(6))
