"""Spark, embedded in the process that runs it, keeps the contract."""

import pytest

from django_clvrec.engines.registry import build_engine
from tests.engines.contract import EngineContract
from tests.logs import AS_OF, line


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
