"""Whichever way lines come in, no key of the shop reaches a disk where pseudonyms are kept."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from django_clvrec.core.purchases import CUSTOMER
from django_clvrec.extract import extract
from django_clvrec.extract.hiding import with_stored_keys
from django_clvrec.extract.iterating import iterate
from django_clvrec.extract.log import FILE
from django_clvrec.extract.rows import annotated
from django_clvrec.pseudonyms import stored_key
from django_clvrec.sources import ParquetPurchaseSource, get_source
from tests import logs

pytestmark = pytest.mark.usefixtures("pseudonyms")


def keys(folder):
    return pq.read_table(folder / FILE)[CUSTOMER].to_pylist()


@pytest.fixture
def orders(stock):
    """Ann bought long ago and lately, somebody without an account in between."""
    ann = stock.customer("ann")
    stock.bought(ann, "apple", days_ago=200)
    stock.bought(None, "pear", days_ago=50)
    stock.bought(ann, "fig", days_ago=1)
    return ann


@pytest.fixture
def read(settings, tmp_path, as_of):
    """Extracts the corner shop with a kept log; its rules."""
    settings.CLVREC = settings.CLVREC | {"LOG_DIR": tmp_path / "kept"}
    return lambda: extract(get_source("corner"), tmp_path / "log", as_of)


def test_lines_of_a_queryset_have_pseudonyms(orders, tmp_path, as_of):
    rules = extract(get_source("corner"), tmp_path, as_of)
    assert keys(tmp_path) == [stored_key(str(orders.pk))] * 2
    assert rules.dropped["no_customer"] == 1


@pytest.mark.postgres
def test_lines_that_postgresql_copies_have_the_same_ones(orders, tmp_path, as_of, monkeypatch):
    source = get_source("corner")
    extract(source, tmp_path / "copied", as_of)
    monkeypatch.setattr("django_clvrec.extract.log.copy", lambda *_: None)  # so it iterates
    extract(source, tmp_path / "iterated", as_of)
    copied, iterated = (tmp_path / way / FILE for way in ("copied", "iterated"))
    assert copied.read_bytes() == iterated.read_bytes()
    assert keys(tmp_path / "copied") == [stored_key(str(orders.pk))] * 2


def test_lines_of_a_dataset_have_pseudonyms(tmp_path, db):
    folder = logs.write_log(tmp_path / "data", [logs.line("c1", "o1", "apple")] * 2)
    source = type("Warehouse", (ParquetPurchaseSource,), {"name": "w", "path": folder})()
    extract(source, tmp_path / "log", logs.AS_OF)
    assert keys(tmp_path / "log") == [stored_key("c1")] * 2
    assert keys(folder) == ["c1"] * 2


def test_only_the_column_of_customers_changes(orders, pseudonyms):
    [lines] = iterate(get_source("corner"), annotated(get_source("corner"))).blocks
    hidden = with_stored_keys(lines)
    assert hidden.drop_columns([CUSTOMER]) == lines.drop_columns([CUSTOMER])
    assert hidden.schema == lines.schema
    pseudonyms(None)
    assert with_stored_keys(lines) is lines


def test_what_names_nobody_still_does():
    lines = pa.table({CUSTOMER: pa.array([None, "", "c1", None], pa.string())})
    assert with_stored_keys(lines)[CUSTOMER].to_pylist() == [None, "", stored_key("c1"), None]


# the kept log


def test_a_kept_log_goes_on_without_hashing_twice(orders, read, tmp_path):
    read()
    assert read().lines_kept == 2
    assert keys(tmp_path / "log") == [stored_key(str(orders.pk))] * 2


def test_under_another_secret_the_kept_log_is_gone_and_all_is_read_anew(
    orders, read, tmp_path, pseudonyms, caplog
):
    read()
    (before,) = tmp_path.glob("kept/*/kept.json")
    old = before.parent / json.loads(before.read_text())["folder"]
    pseudonyms("another secret of the tests, long too")
    caplog.set_level("INFO", "django_clvrec")
    assert read().lines_kept == 0
    assert "PSEUDONYM_KEY has changed" in caplog.text
    assert not old.exists()
    assert keys(tmp_path / "log") == [stored_key(str(orders.pk))] * 2
    assert read().lines_kept == 2


def test_keys_that_were_kept_before_go_before_a_new_line_is_read(
    orders, read, tmp_path, pseudonyms, monkeypatch
):
    pseudonyms(None)
    read()
    assert list(tmp_path.glob("kept/*/*/lines.parquet"))
    pseudonyms()
    monkeypatch.setattr("django_clvrec.extract.log.read", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        read()
    assert not list(tmp_path.glob("kept/*"))
