"""Tables as CSV and as Parquet."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from django_clvrec.exceptions import ArrowNotInstalled, NotWritable
from django_clvrec.exports.files import whole_file
from django_clvrec.exports.tables import Kind, Table

CSV, PARQUET = "csv", "parquet"
FORMATS = (CSV, PARQUET)

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet compute a text in place of showing it."""


class TextStream(Protocol):
    """All that CSV needs of where it goes."""

    def write(self, text: str, /) -> Any: ...


def write(table: Table, out: Path | TextStream, form: str = CSV, *, is_raw: bool = False) -> int:
    """Write a table to a file, or as CSV to a stream; returns the number of rows.

    With `is_raw` texts that look like formulas stay as they are in CSV; Parquet always has them so.
    Raises ArrowNotInstalled, NoFolder, NotWritable, and what reading the table raises.
    """
    if form == PARQUET and find_spec("pyarrow") is None:
        raise ArrowNotInstalled
    to_csv = partial(_write_csv, table, is_raw=is_raw)
    if not isinstance(out, Path):
        try:
            return to_csv(out)
        except OSError as error:
            raise NotWritable(
                f"The rows could not be written: {error}. Look at what was to read them."
            ) from error
    with whole_file(out) as file:
        if form == PARQUET:
            return _write_parquet(table, file)
        return to_csv(codecs.getwriter("utf-8")(file))


def _write_csv(table: Table, stream: TextStream, *, is_raw: bool) -> int:
    rows = 0
    for text, more in csv_pages(table, is_raw=is_raw):
        stream.write(text)
        rows += more
    return rows


def csv_pages(table: Table, *, is_raw: bool = False) -> Iterator[tuple[str, int]]:
    """CSV as RFC 4180 has it, page by page, each with its number of rows; the header has none."""
    yield _csv([table.columns]), 0
    for page in table.pages:
        yield _csv(page if is_raw else map(safe, page)), len(page)


def _csv(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def safe(row: Iterable[Any]) -> list[Any]:
    """Numbers are left alone: below zero they begin with a sign, and compute nothing."""
    return [
        "'" + cell if isinstance(cell, str) and cell.startswith(FORMULAS) else cell for cell in row
    ]


def _write_parquet(table: Table, file: BinaryIO) -> int:
    # only who writes Parquet loads Arrow
    import pyarrow as pa
    import pyarrow.parquet as pq

    from django_clvrec.extract.writing import GroupWriter

    types = {
        Kind.TEXT: pa.string(),
        Kind.WHOLE: pa.int64(),
        Kind.NUMBER: pa.float64(),
        Kind.MONEY: pa.decimal128(24, 4),
    }
    schema = pa.schema([(name, types[kind]) for name, kind in table.columns.items()])
    with pq.ParquetWriter(file, schema, compression="zstd") as sink:
        writer = GroupWriter(sink, schema)
        for page in table.pages:
            columns = zip(*page, strict=True) if page else ([] for _ in schema)
            arrays = [
                pa.array(cells, kind) for cells, kind in zip(columns, schema.types, strict=True)
            ]
            writer.write(pa.Table.from_arrays(arrays, schema=schema))
        writer.flush()
    return writer.rows
