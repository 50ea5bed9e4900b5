"""What `manage.py check` says of a Parquet dataset as a purchase source."""

import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.contrib.auth.models import User

from django_clvrec.checks import check_sources
from django_clvrec.sources import ParquetPurchaseSource, register, registry
from tests import logs


@pytest.fixture
def judge(monkeypatch, tmp_path):
    """Registers one dataset of such a schema; what the checks say of it."""
    monkeypatch.setattr(registry, "_registry", {})

    def judge(schema=None, **attributes):
        if schema is not None:
            pq.write_table(schema.empty_table(), tmp_path / "lines.parquet")
        own = {"path": tmp_path / "lines.parquet", "customer_model": User, "__module__": __name__}
        attributes = own | attributes
        register(type("Warehouse", (ParquetPurchaseSource,), attributes))
        return [(found.id, found.msg) for found in check_sources()]

    return judge


GOOD = logs.log_schema(logs.LEVELS)
NAME = f"The purchase source {__name__}.Warehouse"


def test_a_right_dataset_is_passed_over_in_silence(judge):
    assert judge(GOOD) == []
    assert judge(GOOD, levels=("product",)) == []


def test_a_path_is_needed(judge):
    assert judge(path="") == [("clvrec.E004", f"{NAME} has no 'path'.")]


def test_a_dataset_out_of_reach_is_a_warning_for_other_machines_may_reach_it(judge):
    ((number, message),) = judge()
    assert number == "clvrec.W005"
    assert "cannot be read" in message


def test_each_wrong_column_is_told(judge, tmp_path):
    schema = GOOD.remove(0).set(2, pa.field("revenue", pa.string()))
    place = tmp_path / "lines.parquet"
    assert judge(schema) == [
        ("clvrec.E011", f"{NAME} at {place} has no column 'customer_key'."),
        ("clvrec.E011", f"{NAME} at {place} has a column 'revenue' of string, not a number."),
    ]


def test_a_level_without_a_column_is_told(judge, tmp_path):
    ((number, message),) = judge(GOOD, levels=("brand",))
    assert (number, "has no column 'item_brand'" in message) == ("clvrec.E011", True)


@pytest.mark.parametrize("levels", [("a", "A"), ("not a name",), "product", ("alpha",)])
def test_levels_are_names(judge, levels):
    assert judge(GOOD, levels=levels) == [("clvrec.E005", f"{NAME} has no usable `levels`.")]


def test_a_dataset_without_levels_is_told(judge):
    schema = pa.schema(list(GOOD)[:5])
    ((number, message),) = judge(schema)
    assert (number, "starts with 'item_'" in message) == ("clvrec.E011", True)


def test_ratings_to_learn_from_must_be_there(judge, settings):
    settings.CLVREC = {"FEEDBACK": "explicit"}
    assert judge(GOOD) == []
    assert judge(GOOD.remove(4))[0][0] == "clvrec.E010"


def test_without_pyarrow_a_dataset_with_levels_is_left_to_who_has_it(judge, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert judge(levels=("product",)) == []


def test_without_pyarrow_and_levels_the_next_step_is_told(judge, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    [(number, told)] = judge()
    assert number == "clvrec.W005"
    assert "pyarrow is not installed here" in told
    assert "name `levels` on your ParquetPurchaseSource" in told
