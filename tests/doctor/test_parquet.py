"""A Parquet dataset as source: what is found without a scan of it."""

import datetime as dt
import sys
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.utils import timezone
from django.utils.formats import date_format

from django_clvrec.doctor import Severity, examine
from django_clvrec.sources import ParquetPurchaseSource, register
from django_clvrec.sources.registry import _registry
from tests.doctor.conftest import only
from tests.shelf import REPORT, Shelf


@pytest.fixture
def warehouse(tmp_path, db):
    path = tmp_path / "purchases.parquet"
    lines = {
        "customer_key": ["ann", "bob"],
        "order_key": ["1", "2"],
        "purchased_at": [dt.datetime(2026, 6, day, tzinfo=dt.UTC) for day in (1, 2)],
        "revenue": [Decimal("1.00"), Decimal("2.00")],
        "item_product": ["apple", "pear"],
    }
    pq.write_table(pa.table(lines), path)

    @register
    class Warehouse(ParquetPurchaseSource):
        pass

    Warehouse.path = path
    yield path
    del _registry["Warehouse"]


def found(topic):
    return [one for one in examine("Warehouse") if one.topic == topic]


def test_before_the_first_refresh_only_lines_are_counted(warehouse):
    assert [one.text for one in found("orders")] == ["There are 2 lines of orders."]
    assert found("customers") == []


def test_afterwards_the_live_snapshot_knows_the_span(warehouse):
    shelf = Shelf(source="Warehouse", report=REPORT)
    shelf.snapshot.as_of = timezone.now()
    shelf.snapshot.save()
    shelf.score("ann", age_days=200, recency_days=1)
    first = timezone.now() - dt.timedelta(days=200)
    one = only(found("orders"), "There are 2 lines of orders, from ")
    assert date_format(first) in one.text


def test_a_dataset_out_of_reach_is_a_finding_of_its_own(warehouse):
    warehouse.unlink()
    one = only(found("orders"), "This could not be examined. SourceUnreadable")
    assert one.severity == Severity.ERROR
    assert found("refresh")


def test_a_process_that_cannot_train_does_not_count_lines(warehouse, monkeypatch):
    _registry["Warehouse"].__dict__["levels"] = ("product",)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    [one] = found("orders")
    assert one.severity == Severity.OK
    assert one.text == "Lines in Parquet are counted where refreshes run."
