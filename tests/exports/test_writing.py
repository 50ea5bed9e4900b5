"""CSV and Parquet hold the same rows, in flat memory; a spreadsheet computes none of them."""

import csv
import io
import sys
import tracemalloc
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.exceptions import ArrowNotInstalled, NotWritable
from django_clvrec.exports import CSV, FORMATS, PARQUET, Kind, Table, recommendations, scores, write
from django_clvrec.models import CustomerScore, Recommendation
from tests.exports.test_tables import made_up
from tests.shelf import Shelf

COLUMNS = {"key": Kind.TEXT, "days": Kind.WHOLE, "clv": Kind.NUMBER, "spent": Kind.MONEY}
NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'", '"', ",", ";", "\r\n", "\n", "", "ß🥐"]

texts = st.sampled_from(NASTY) | st.text(st.characters(exclude_characters="\0", codec="utf-8"))
keys = st.lists(texts, max_size=3).map("".join)
cells = st.tuples(
    keys,
    st.none() | st.integers(-(2**31), 2**31),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(-(10**12), 10**12, places=4),
)
tables_of_rows = st.lists(cells, max_size=5)


def table(rows, pages=1):
    return Table(columns=COLUMNS, pages=iter([rows[place::pages] for place in range(pages)]))


def written(rows, **how):
    stream = io.StringIO(newline="")
    assert write(table(rows), stream, **how) == len(rows)
    return stream.getvalue()


def read(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def as_text(row):
    return ["" if cell is None else str(cell) for cell in row]


# the cells


@given(tables_of_rows)
def test_raw_csv_gives_back_what_went_in(rows):
    assert read(written(rows, is_raw=True)) == [[*COLUMNS], *map(as_text, rows)]


@given(tables_of_rows)
def test_no_text_begins_like_a_formula_and_no_other_cell_is_touched(rows):
    _, *found = read(written(rows))
    for (key, *others), before in zip(found, rows, strict=True):
        assert not key.startswith(("=", "+", "-", "@", "\t", "\r"))
        assert key == before[0] or key == "'" + before[0] != before[0]
        assert (key == before[0]) is not before[0].startswith(("=", "+", "-", "@", "\t", "\r"))
        assert others == as_text(before[1:])


def test_lines_and_quotes_are_those_of_the_rfc():
    rows = [('say "hi", ann', -1, -0.5, Decimal("-2.5000")), ("=2", None, 1.0, Decimal(0))]
    assert written(rows) == (
        "key,days,clv,spent\r\n"
        '"say ""hi"", ann",-1,-0.5,-2.5000\r\n'
        "'=2,,1.0,0\r\n"
    )  # fmt: skip


@given(tables_of_rows)
def test_csv_and_parquet_hold_the_same_rows(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "same.parquet"
    assert write(table(rows, pages=2), path, PARQUET) == len(rows)
    found = [tuple(row.values()) for row in pq.read_table(path).to_pylist()]
    stream = io.StringIO(newline="")
    write(table(rows, pages=2), stream, is_raw=True)
    assert read(stream.getvalue())[1:] == [as_text(row) for row in found]


def test_parquet_has_types_and_texts_as_they_are(tmp_path):
    path = tmp_path / "some.parquet"
    write(table([("=1", None, None, Decimal(1))]), path, PARQUET)
    found = pq.read_table(path)
    assert found.schema.types == [pa.string(), pa.int64(), pa.float64(), pa.decimal128(24, 4)]
    assert found.to_pylist() == [{"key": "=1", "days": None, "clv": None, "spent": Decimal(1)}]


def test_parquet_without_pyarrow_says_so_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ArrowNotInstalled, match="Choose CSV"):
        write(table([]), tmp_path / "some.parquet", PARQUET)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("form", FORMATS)
def test_without_rows_there_are_columns(tmp_path, form):
    path = tmp_path / "none"
    assert write(table([]), path, form) == 0
    found = read(path.read_text())[0] if form == CSV else pq.read_schema(path).names
    assert found == [*COLUMNS]


def test_csv_in_a_file_is_utf_8_and_has_its_own_line_ends(tmp_path):
    path = tmp_path / "some.csv"
    write(table([("ß🥐", 1, None, Decimal(0))]), path)
    assert path.read_bytes() == "key,days,clv,spent\r\nß🥐,1,,0\r\n".encode()


# the file


class Broken(Exception):
    """Something goes wrong in the middle."""


def breaking():
    yield [("ann", 1, 1.0, Decimal(1))]
    raise Broken


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_that_breaks_leaves_no_file(tmp_path, form):
    with pytest.raises(Broken):
        write(Table(columns=COLUMNS, pages=breaking()), tmp_path / "some", form)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_that_breaks_leaves_the_last_one_whole(tmp_path, form):
    path = tmp_path / "some"
    write(table([("ann", 1, 1.0, Decimal(1))]), path, form)
    before = path.read_bytes()
    with pytest.raises(Broken):
        write(Table(columns=COLUMNS, pages=breaking()), path, form)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_while_rows_come_there_is_no_file_of_that_name(tmp_path):
    path, seen = tmp_path / "some.csv", []

    def pages():
        yield [("ann", 1, 1.0, Decimal(1))]
        seen.extend([path.exists(), len(list(tmp_path.iterdir()))])

    write(Table(columns=COLUMNS, pages=pages()), path)
    assert seen == [False, 1]
    assert path.exists()


def test_what_is_no_file_is_not_replaced(tmp_path):
    with pytest.raises(NotWritable, match="is no file"):
        write(table([]), tmp_path)


def test_a_reader_who_went_away_is_told_of():
    class Gone:
        def write(self, text):
            raise BrokenPipeError("nobody reads")

    with pytest.raises(NotWritable, match="nobody reads"):
        write(table([]), Gone())


# memory

ROWS = 50_000
BOUND_MB = 2
"""All rows at once would take more than ten times as much."""


def peak_mb(action):
    tracemalloc.start()
    try:
        assert action() == ROWS
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


@pytest.fixture
def many(db):
    shelf = Shelf()
    CustomerScore.objects.bulk_create(made_up(shelf.snapshot, ROWS), batch_size=2000)
    return shelf


@pytest.mark.slow
def test_memory_does_not_grow_with_the_customers(many, tmp_path):
    for form in FORMATS:
        write(scores(segments=["lost"]), tmp_path / "none", form)  # imports take memory once
        assert peak_mb(lambda form=form: write(scores(), tmp_path / "some", form)) < BOUND_MB


@pytest.mark.slow
def test_memory_does_not_grow_with_the_lists(many, tmp_path):
    lists = [
        Recommendation(snapshot=many.snapshot, customer_key=f"customer-{number:06}",
            level="product", intent="discover", model="als",
            items=[[f"item {number % 977}", 0.5]])
        for number in range(0, ROWS, 2)
    ]  # fmt: skip
    Recommendation.objects.bulk_create(lists, batch_size=2000)
    many.popular("plum")
    for form in FORMATS:
        write(scores(segments=["lost"]), tmp_path / "none", form)
        asked = recommendations(level="product")
        found = peak_mb(lambda form=form, asked=asked: write(asked, tmp_path / "some", form))
        assert found < BOUND_MB


@pytest.mark.slow
def test_a_table_that_is_read_at_once_breaks_the_bound(many, tmp_path):
    def all_at_once():
        asked = scores()
        rows = [row for page in asked.pages for row in page]
        return write(Table(columns=asked.columns, pages=iter([rows])), tmp_path / "some")

    assert peak_mb(all_at_once) > 10 * BOUND_MB
