"""From a CSV or Parquet file of order lines, whatever its columns are called, to a dataset."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as kinds
from pyarrow import csv

from django_clvrec.core.amounts import MONEY, money_from_arrow
from django_clvrec.core.datasets import UNREADABLE
from django_clvrec.core.purchases import CUSTOMER, ITEM_PREFIX, ORDER, REVENUE, TIME, UTC_TIME
from django_clvrec.exceptions import BadPurchases, SourceUnreadable

BLOCK_BYTES = 16 << 20
BATCH_ROWS = 100_000
MISSING = ["", "NULL", "null", "NaN", "nan", "N/A", "\\N"]
"""What programs write into a CSV file where there is nothing."""
NUMBER = r"^[+-]?(\d+({point}\d*)?|{point}\d+)([eE][+-]?\d+)?$"
MOST_CHARACTERS = 240
"""Of a key: a customer's makes one of an order together with a day."""
OnRows = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Columns:
    """What the columns of a file are called, and how a CSV file is written."""

    customer: str
    items: Mapping[str, str]
    """By level, the column of the items."""
    time: str
    order: str | None = None
    """Without one, an order is what a customer bought on one day."""
    revenue: str | None = None
    """Without one, `price` × `quantity`."""
    price: str | None = None
    quantity: str | None = None
    time_format: str = ""
    """As of `strptime`; empty for ISO 8601."""
    delimiter: str = ","
    decimal: str = "."
    encoding: str = "utf-8"

    def names(self) -> list[str]:
        """Of the file's columns that are read. Raises BadPurchases without an amount."""
        amount = [self.revenue] if self.revenue is not None else [self.price, self.quantity]
        if None in amount:
            raise BadPurchases(
                "What was paid is missing: name a column of amounts, or one of prices and one of "
                "quantities."
            )
        wanted = [self.customer, self.time, self.order, *amount, *self.items.values()]
        return list(dict.fromkeys(name for name in wanted if name is not None))


def write_dataset(path: Path, columns: Columns, folder: Path, on_rows: OnRows) -> None:
    """Write the lines of `path` as `folder/lines.parquet` in the columns of a purchase log.

    Times without a zone are in UTC. `on_rows` is called with the rows read so far. Raises
    BadPurchases for a column that is missing and for a value that does not fit, SourceUnreadable
    for a file that is none.
    """
    names = columns.names()
    schema = pa.schema(
        [
            (CUSTOMER, pa.string()),
            (ORDER, pa.string()),
            (TIME, UTC_TIME),
            (REVENUE, MONEY),
            *((ITEM_PREFIX + level, pa.string()) for level in columns.items),
        ]
    )
    rows = 0
    with pq.ParquetWriter(folder / "lines.parquet", schema) as writer:
        for batch in _read(path, columns, names):
            found = _Lines(path, columns, pa.Table.from_batches([batch])).converted()
            writer.write_table(pa.table(found, schema=schema))
            rows += batch.num_rows
            on_rows(rows)


def _read(path: Path, columns: Columns, names: list[str]) -> Iterator[pa.RecordBatch]:
    is_parquet = path.suffix.lower() in {".parquet", ".pq"}
    if not path.is_file():
        raise SourceUnreadable(f"{path} cannot be read: it is no file.")
    try:
        yield from _parquet(path, names) if is_parquet else _csv(path, columns, names)
    except UNREADABLE as error:
        hint = "" if is_parquet else " Look at --delimiter and --encoding too."
        raise SourceUnreadable(
            f"{path} cannot be read: {error}. Give a CSV file with a line of names above the "
            f"others, or a Parquet file.{hint}"
        ) from error


def _parquet(path: Path, names: list[str]) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path, pre_buffer=False, coerce_int96_timestamp_unit="us") as file:
        _check(path, names, file.schema_arrow.names)
        yield from file.iter_batches(BATCH_ROWS, columns=names)


def _csv(path: Path, columns: Columns, names: list[str]) -> Iterator[pa.RecordBatch]:
    read = csv.ReadOptions(encoding=columns.encoding, block_size=BLOCK_BYTES)
    parse = csv.ParseOptions(delimiter=columns.delimiter, newlines_in_values=True)
    with csv.open_csv(path, read_options=read, parse_options=parse) as head:
        _check(path, names, head.schema.names)
    convert = csv.ConvertOptions(
        include_columns=names,
        column_types=dict.fromkeys(names, pa.string()),
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
        null_values=MISSING,
    )
    with csv.open_csv(
        path, read_options=read, parse_options=parse, convert_options=convert
    ) as reader:
        yield from reader


def _check(path: Path, wanted: list[str], there: list[str]) -> None:
    for name in wanted:
        if name not in there:
            like = get_close_matches(name, there, 1)
            hint = f"Did you mean {like[0]!r}?" if like else f"It has {', '.join(there)}."
            raise BadPurchases(f"{path} has no column {name!r}. {hint}")
        if there.count(name) > 1:
            raise BadPurchases(f"{path} has {there.count(name)} columns {name!r}. Rename one.")


class _Lines:
    """Some lines of the file, under its own names."""

    def __init__(self, path: Path, columns: Columns, table: pa.Table) -> None:
        self.path, self.columns, self.table = path, columns, table

    def converted(self) -> dict[str, Any]:
        """Under the names of the purchase log."""
        named = self.columns
        customers, times = self.keys(named.customer), self.times()
        order = self.keys(named.order) if named.order else _days(customers, times)
        items = {ITEM_PREFIX + level: self.keys(name) for level, name in named.items.items()}
        return {
            CUSTOMER: customers, ORDER: order, TIME: times, REVENUE: self.amounts(), **items,
        }  # fmt: skip

    def keys(self, name: str) -> Any:
        values = _whole(self.table[name])
        try:
            found = _trimmed(pc.cast(values, pa.string()))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise self._misfit(name, f"a key ({error})") from error
        if (pc.max(pc.utf8_length(found)).as_py() or 0) > MOST_CHARACTERS:
            raise self._misfit(name, f"a key of at most {MOST_CHARACTERS} characters")
        if pc.any(pc.match_substring(found, "\0")).as_py():
            raise self._misfit(name, "a key without a zero byte")
        return found

    def times(self) -> Any:
        name, layout = self.columns.time, self.columns.time_format
        values = _text(self.table[name])
        if kinds.is_date(values.type):
            values = pc.cast(values, pa.timestamp("us"))
        if kinds.is_timestamp(values.type):
            found = pc.cast(values, pa.timestamp("us", values.type.tz), safe=False)
            return found if found.type.tz else pc.assume_timezone(found, "UTC")
        if not kinds.is_string(values.type):
            raise self._misfit(name, f"a time, but of the type {values.type}")
        coded = _trimmed(values).combine_chunks().dictionary_encode()
        # each text once: Python reads what Arrow does not, and refuses what is no date
        read = [
            None if text is None else self._time(name, text, layout)
            for text in coded.dictionary.to_pylist()
        ]
        return pa.array(read, UTC_TIME).take(coded.indices)

    def _time(self, name: str, text: str, layout: str) -> datetime:
        try:
            found = datetime.strptime(text, layout) if layout else datetime.fromisoformat(text)  # noqa: DTZ007
        except ValueError as error:
            like = f"a time like {layout}" if layout else "a time in ISO 8601"
            raise self._misfit(
                name, f"{like}: {text!r}", "Correct it, or describe it by --time-format."
            ) from error
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)

    def amounts(self) -> Any:
        named = self.columns
        if named.revenue:
            return self._money(named.revenue, self._plain(named.revenue))
        factors = [name for name in (named.price, named.quantity) if name]
        price, quantity = (pc.cast(self._plain(name), pa.float64()) for name in factors)
        return self._money(" × ".join(factors), pc.multiply(price, quantity))

    def _plain(self, name: str) -> Any:
        """Numbers, or their texts with a point."""
        values = _text(self.table[name])
        if kinds.is_string(values.type):
            values, point = _trimmed(values), self.columns.decimal
            number = NUMBER.format(point=re.escape(point))
            odd = values.filter(pc.invert(pc.match_substring_regex(values, number)))
            if len(odd):
                what = f"a number with the decimal mark {point!r} and no others: {odd[0].as_py()!r}"
                raise self._misfit(name, what, "Correct it, or look at --decimal.")
            return pc.replace_substring(values, point, ".")
        if not (kinds.is_integer(values.type) or _has_places(values.type)):
            raise self._misfit(name, f"a number, but of the type {values.type}")
        return values

    def _money(self, name: str, values: Any) -> Any:
        try:
            return money_from_arrow(values)
        except (BadPurchases, ArithmeticError, ValueError) as error:
            raise self._misfit(name, "an amount of at most 16 digits") from error

    def _misfit(self, name: str, what: str, hint: str = "Correct it.") -> BadPurchases:
        return BadPurchases(f"A value in the column {name!r} of {self.path} is not {what}. {hint}")


def _has_places(kind: Any) -> bool:
    return bool(kinds.is_floating(kind) or kinds.is_decimal(kind))


def _whole(values: Any) -> Any:
    """Numbers with places only because some are missing, as whole ones."""
    if not kinds.is_floating(values.type):
        return values
    values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, values.type))
    is_whole = pc.all(pc.equal(pc.floor(values), values)).as_py()
    return pc.cast(values, pa.int64()) if is_whole else values


def _text(values: Any) -> Any:
    """Text of whichever type as one."""
    if kinds.is_dictionary(values.type):
        values = pc.cast(values, values.type.value_type)
    is_text = kinds.is_large_string(values.type) or kinds.is_string_view(values.type)
    return pc.cast(values, pa.string()) if is_text else values


def _trimmed(texts: Any) -> Any:
    """Without spaces around; of nothing else there is nothing."""
    texts = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


def _days(customers: Any, times: Any) -> Any:
    """An order for each customer and day; what is missing is counted as what it is."""
    days = pc.strftime(times, "%Y-%m-%d")
    parts = [pc.fill_null(part, "") for part in (customers, days)]
    return pc.binary_join_element_wise(*parts, "/")
