"""From a Parquet dataset to a purchase log."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from django_clvrec.exceptions import BadPurchases, NoPurchases, SourceUnreadable, UnknownLevel
from django_clvrec.extract import extract, line_count
from django_clvrec.extract import rows as reading
from django_clvrec.sources import ParquetPurchaseSource
from tests import logs

# marks of customers who stay out
pytestmark = pytest.mark.django_db

AS_OF = logs.AS_OF
SOME = [
    logs.line("c1", "o1", "apple", 3),
    logs.line("c1", "o1", "pear", 3),
    logs.line("c2", "o2", "fig"),
]


@pytest.fixture
def warehouse(tmp_path):
    """A source over these lines or columns."""

    def warehouse(lines=SOME, levels=None, **columns):
        table = pa.Table.from_pylist(lines, logs.log_schema(logs.LEVELS))
        for name, values in columns.items():
            if name in table.column_names:
                table = table.drop_columns([name])
            table = table if values is None else table.append_column(name, values)
        (tmp_path / "data").mkdir(exist_ok=True)
        pq.write_table(table, tmp_path / "data" / "lines.parquet")
        made = type("Warehouse", (ParquetPurchaseSource,), {"path": tmp_path / "data"})
        made.name = "warehouse"
        if levels is not None:
            made.levels = levels
        return made()

    return warehouse


@pytest.fixture
def log(tmp_path):
    """Extracts a source; the lines of its log, and the rules with their counts."""

    def log(source):
        rules = extract(source, tmp_path / "log", AS_OF)
        return pq.read_table(tmp_path / "log" / "lines.parquet").to_pylist(), rules

    return log


def dropped(rules):
    return {rule: count for rule, count in rules.dropped.items() if count}


def test_lines_in_the_logs_schema_come_out_as_they_went_in(warehouse, log):
    lines, rules = log(warehouse())
    assert lines == SOME
    assert (rules.lines_read, dropped(rules)) == (3, {})


def test_levels_are_those_of_the_columns_or_those_that_are_named(warehouse):
    assert warehouse().levels == ("category", "product")
    assert warehouse(levels=("product",)).levels == ("product",)


def test_only_the_levels_that_are_named_are_in_the_log(warehouse, log):
    lines, _ = log(warehouse(levels=("product",)))
    assert "item_category" not in lines[0]


def test_lines_pass_the_same_rules(warehouse, log):
    lines = [
        logs.line("", "o1", "apple"),
        logs.line("c1", None, "apple"),
        logs.line("c1", "o1", "apple", -1),
        logs.line("c1", "o1", "apple", revenue="-1"),
        logs.line("c1", "o1", "apple", revenue="0"),
        logs.line("c1", "o1", "good"),
        logs.line("c1", "o1", "", revenue="2"),
    ]
    refund = pa.array([None, None, None, None, None, None, False])
    found, rules = log(warehouse(lines, refund=refund))
    assert [line["item_product"] for line in found] == ["good", None]
    counted = dict.fromkeys(["no_customer", "no_order", "future", "negative", "zero"], 1)
    assert dropped(rules) == counted


def test_a_refund_is_dropped(warehouse, log):
    _, rules = log(warehouse(refund=pa.array([True, False, None])))
    assert dropped(rules) == {"refund": 1}


def test_without_a_line_column_no_line_is_a_duplicate(warehouse, log):
    assert len(log(warehouse([SOME[0], SOME[0]]))[0]) == 2


@pytest.mark.parametrize("line", [[7, 7, 9], ["a", "a", "b"]])
def test_lines_that_agree_in_their_line_column_count_once(warehouse, log, line):
    lines, rules = log(warehouse(line=pa.array(line)))
    assert lines == [SOME[0], SOME[2]]
    assert dropped(rules) == {"duplicated": 1}


@pytest.mark.parametrize("line", [[7, 9, 8], [1, None, 1]])
def test_a_line_column_out_of_order_is_an_error(warehouse, log, line, monkeypatch):
    monkeypatch.setattr(reading, "BATCH_ROWS", 2)
    with pytest.raises(BadPurchases, match="is not ordered by its column `line`"):
        log(warehouse(line=pa.array(line)))


NOON = dt.datetime(2026, 6, 28, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("customer_key", pa.array([1, 2, 3]), "1"),
        ("customer_key", pa.array(["a", "b", "b"]).dictionary_encode(), "a"),
        ("order_key", pa.array(["a", "b", "b"], pa.large_string()), "a"),
        ("purchased_at", pa.array([NOON] * 3, pa.timestamp("ns", "Europe/Berlin")), NOON),
        ("purchased_at", pa.array([NOON.replace(tzinfo=None)] * 3, pa.timestamp("ms")), NOON),
        ("purchased_at", pa.array([NOON.date()] * 3), NOON.replace(hour=0)),
        ("revenue", pa.array([0.1, 2.0, 3.0]), Decimal("0.1000")),
        ("revenue", pa.array([1, 2, 3]), Decimal("1.0000")),
        ("revenue", pa.array([Decimal("1.00005")] * 3), Decimal("1.0000")),
        ("revenue", pa.array([Decimal("0.00015")] * 3), Decimal("0.0002")),
        ("rating", pa.array([4, 5, None]), 4.0),
        ("rating", None, None),
    ],
)
def test_columns_of_other_types_are_taken_for_what_they_say(
    warehouse, log, column, values, expected
):
    lines, _ = log(warehouse(**{column: values}))
    assert lines[0][column] == expected


@pytest.mark.parametrize(
    ("columns", "fault"),
    [
        ({"customer_key": None}, "has no column 'customer_key'"),
        ({"revenue": pa.array(["1", "2", "3"])}, "has a column 'revenue' of string, not a number"),
        ({"purchased_at": pa.array([1, 2, 3])}, "has a column 'purchased_at' of int64, not a time"),
    ],
)
def test_a_column_that_is_missing_or_wrong_is_told(warehouse, log, columns, fault):
    with pytest.raises(BadPurchases, match=fault):
        log(warehouse(**columns))


def test_a_key_that_is_too_long_is_an_error(warehouse, log):
    with pytest.raises(BadPurchases, match="a key has more than 255 characters"):
        log(warehouse(customer_key=pa.array(["x" * 256] * 3)))


def test_a_key_that_not_every_database_can_store_is_an_error(warehouse, log):
    with pytest.raises(BadPurchases, match="a key has a zero byte"):
        log(warehouse(customer_key=pa.array(["ann", "b\0b", "cy"])))


def test_a_file_of_another_type_than_the_first_is_an_error(warehouse, log, tmp_path):
    source = warehouse()
    table = pq.read_table(tmp_path / "data" / "lines.parquet")
    words = pa.array(["many"] * 3)
    place = table.column_names.index("revenue")
    other = table.set_column(place, "revenue", words)
    pq.write_table(other, tmp_path / "data" / "more.parquet")
    with pytest.raises(BadPurchases, match=r"more.parquet has a column 'revenue' of string"):
        log(source)


def test_an_absent_path_is_an_error(log):
    source = type("Warehouse", (ParquetPurchaseSource,), {"path": "/nowhere/at/all"})()
    with pytest.raises(
        SourceUnreadable, match="The Parquet data at /nowhere/at/all cannot be read"
    ):
        log(source)


def test_a_corrupt_file_is_an_error_and_leaves_no_log(warehouse, log, tmp_path):
    rng = np.random.default_rng(1)
    source = warehouse([logs.line(f"c{n}", f"o{rng.random()}", "apple") for n in range(5000)])
    file = tmp_path / "data" / "lines.parquet"
    whole = bytearray(file.read_bytes())
    whole[100:5000] = bytes(4900)
    file.write_bytes(whole)
    with pytest.raises(SourceUnreadable, match="cannot be read"):
        log(source)
    assert list((tmp_path / "log").iterdir()) == []


def test_a_file_that_is_cut_off_is_an_error(warehouse, log, tmp_path):
    source = warehouse()
    file = tmp_path / "data" / "lines.parquet"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(SourceUnreadable, match="cannot be read"):
        log(source)


def test_a_file_among_others_that_is_no_parquet_is_an_error(warehouse, log, tmp_path):
    source = warehouse()
    (tmp_path / "data" / "more.parquet").write_bytes(b"PAR1 and nothing else")
    for read in (log, line_count):
        with pytest.raises(SourceUnreadable, match="cannot be read"):
            read(source)


def test_an_empty_dataset_is_told(warehouse, log):
    with pytest.raises(NoPurchases, match=r"warehouse gave 0 lines .*Look at the data at"):
        log(warehouse([]))


def test_files_are_read_in_the_order_of_their_names(warehouse, log, tmp_path):
    source = warehouse()
    table = pq.read_table(tmp_path / "data" / "lines.parquet")
    pq.write_table(table.slice(2), tmp_path / "data" / "a.parquet")
    assert [line["item_product"] for line in log(source)[0]] == ["fig", "apple", "pear", "fig"]
    assert line_count(source) == 4


def test_batches_make_the_same_log_as_one(warehouse, log, monkeypatch):
    expected, _ = log(warehouse())
    monkeypatch.setattr(reading, "BATCH_ROWS", 1)
    assert log(warehouse())[0] == expected


def test_keys_stand_for_themselves_and_requests_read_no_dataset():
    source = type("Warehouse", (ParquetPurchaseSource,), {"levels": ("product",)})()
    assert source.items_in_bulk("product", ["a"]) == {"a": "a"}
    assert source.customers_in_bulk(iter(["c"])) == {"c": "c"}
    assert source.purchases_of("c", "product") == []
    with pytest.raises(UnknownLevel):
        source.purchases_of("c", "shelf")
