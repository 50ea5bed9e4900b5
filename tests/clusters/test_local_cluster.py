"""Executors in processes of their own, started by Spark itself: lists are as they should be."""

import pytest

from django_clvrec.engines.registry import build_engine
from tests.engines.contract import ONE_MODEL, of, run_engine
from tests.logs import two_tastes

pytestmark = pytest.mark.clusters


def test_two_executors_find_the_withheld_item_of_a_taste(tmp_path):
    config = {"spark.driver.memory": "1g", "spark.sql.shuffle.partitions": 2}
    engine = build_engine("spark", {"master": "local-cluster[2,1,1024]", "config": config})
    _, _, lists = run_engine(engine, tmp_path, two_tastes(), **ONE_MODEL)
    assert of(lists, "c38", "discover")[0] == "flower9"
    assert of(lists, "c39", "discover")[0] == "tool9"
