"""Settings of a benchmark's shop: the tests' own, with parameters worth timing."""

from typing import Any

from tests.settings import *  # noqa: F403

FACTORS, ITERATIONS, LIST_LENGTH = 16, 10, 10

CLVREC: dict[str, Any] = {
    "SPARK": {"config": {"spark.driver.memory": "4g"}},
    "ALS": {"factors": FACTORS, "iterations": ITERATIONS},
    "LIST_LENGTH": LIST_LENGTH,
    # what the reference trains too; `quality.py` is for what recommends best
    "RECOMMENDER": "als:tier",
}
