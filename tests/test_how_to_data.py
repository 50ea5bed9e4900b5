"""What the pages on kept logs and warehouses show can be done."""

import re
from pathlib import Path

import pytest

from django_clvrec.checks import check_settings
from django_clvrec.core.datasets import REQUIRED
from django_clvrec.core.purchases import LINE, RATING, REFUND
from django_clvrec.engines.spark import SparkEngine
from django_clvrec.sources import get_source, registry

HOW_TO = Path(__file__).parent.parent / "docs" / "how-to"
INCREMENTAL = (HOW_TO / "incremental.md").read_text()
WAREHOUSE = (HOW_TO / "warehouse.md").read_text()


def run(page):
    """What the Python on a page defines."""
    found = {"__name__": "shop.clvrec"}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(block, found)  # noqa: S102
    return found


def test_the_settings_for_a_kept_log_are_right(settings):
    settings.CLVREC = run(INCREMENTAL)["CLVREC"]
    assert [found for found in check_settings() if found.id != "clvrec.W002"] == []


def test_the_source_over_a_warehouse_is_registered(monkeypatch):
    monkeypatch.setattr(registry, "_registry", {})
    assert run(WAREHOUSE)["Warehouse"] is type(get_source("Warehouse"))


@pytest.mark.parametrize("column", [*REQUIRED, RATING, REFUND, LINE])
def test_every_column_of_a_dataset_is_told(column):
    assert re.search(rf"^\|.*`{column}`.*\|", WAREHOUSE, re.MULTILINE)


def test_the_settings_for_a_cluster_are_right(settings):
    settings.CLVREC = run((HOW_TO / "scale.md").read_text())["CLVREC"]
    assert [found for found in check_settings() if found.id != "clvrec.W002"] == []
    assert settings.CLVREC["SPARK"]["master"].startswith("spark://")


def test_the_page_on_scale_tells_the_memory_that_the_engine_asks_for(tmp_path):
    page = (HOW_TO / "scale.md").read_text()
    given = SparkEngine("spark://host:7077")._defaults(tmp_path)
    assert given["spark.driver.memory"] == "2g"
    assert "`spark.driver.memory` is 2 GB" in page
    assert "spark.sql.shuffle.partitions" not in given
    assert "spark.sql.shuffle.partitions" in SparkEngine("local[2]")._defaults(tmp_path)
