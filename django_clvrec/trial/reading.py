"""From a CSV or Parquet file of order lines, whatever its columns are called, to a dataset."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
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
from django_clvrec.core.purchases import CUSTOMER, ITEM_PREFIX, ORDER, REVENUE, TIME
from django_clvrec.exceptions import BadPurchases, SourceUnreadable

BLOCK_BYTES = 16 << 20
BATCH_ROWS = 100_000
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
        amount = [self.revenue] if self.revenue else [self.price, self.quantity]
        if None in amount:
            raise BadPurchases(
                "What was paid is missing: name a column of amounts, or one of prices and one of "
                "quantities."
            )
        wanted = [self.customer, self.time, self.order, *amount, *self.items.values()]
        return list(dict.fromkeys(name for name in wanted if name))


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
            (TIME, pa.timestamp("us", "UTC")),
            (REVENUE, MONEY),
            *((ITEM_PREFIX + level, pa.string()) for level in columns.items),
        ]
    )
    rows = 0
    try:
        with pq.ParquetWriter(folder / "lines.parquet", schema) as writer:
            for batch in _batches(path, columns, names):
                found = _Lines(path, columns, pa.Table.from_batches([batch])).converted()
                writer.write_table(pa.table(found, schema=schema))
                rows += batch.num_rows
                on_rows(rows)
    except UNREADABLE as error:
        raise SourceUnreadable(
            f"{path} cannot be read: {error}. Give a CSV file with a line of names above the "
            "others, or a Parquet file; for CSV look at --delimiter and --encoding too."
        ) from error


def _batches(path: Path, columns: Columns, names: list[str]) -> Iterator[pa.RecordBatch]:
    if path.suffix in {".parquet", ".pq"}:
        with pq.ParquetFile(path) as file:
            _check(path, names, file.schema_arrow.names)
            yield from file.iter_batches(BATCH_ROWS, columns=names)
        return
    read = csv.ReadOptions(encoding=columns.encoding, block_size=BLOCK_BYTES)
    parse = csv.ParseOptions(delimiter=columns.delimiter, newlines_in_values=True)
    with csv.open_csv(path, read_options=read, parse_options=parse) as head:
        _check(path, names, head.schema.names)
    convert = csv.ConvertOptions(
        include_columns=names,
        column_types=dict.fromkeys(names, pa.string()),
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
        null_values=[""],
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
        return pc.utf8_trim_whitespace(pc.cast(self.table[name], pa.string()))

    def times(self) -> Any:
        name, layout = self.columns.time, self.columns.time_format
        values = self.table[name]
        if not kinds.is_string(values.type):
            return self._cast(name, values, "a time")
        values = pc.utf8_trim_whitespace(values)
        values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
        if not layout:
            return self._cast(name, values, "a time in ISO 8601; describe it by --time-format")
        try:
            found = pc.strptime(values, layout, "us")
        except pa.ArrowInvalid as error:
            raise self._misfit(name, f"a time like {layout}", error) from error
        return pc.assume_timezone(found, "UTC")

    def amounts(self) -> Any:
        named = self.columns
        if named.revenue:
            return self._money(named.revenue, self._plain(named.revenue))
        factors = [name for name in (named.price, named.quantity) if name]
        price, quantity = (self._number(name, self._plain(name)) for name in factors)
        return self._money(" × ".join(factors), pc.multiply(price, quantity))

    def _plain(self, name: str) -> Any:
        """Numbers, or their texts with a point."""
        values = self.table[name]
        if not kinds.is_string(values.type):
            return values
        values = pc.utf8_trim_whitespace(values)
        if self.columns.decimal != ".":
            values = pc.replace_substring(values, self.columns.decimal, ".")
        return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)

    def _number(self, name: str, values: Any) -> Any:
        try:
            return pc.cast(values, pa.float64())
        except pa.ArrowInvalid as error:
            raise self._misfit(name, "a number", error) from error

    def _money(self, name: str, values: Any) -> Any:
        try:
            return money_from_arrow(values)
        except (BadPurchases, ArithmeticError, ValueError) as error:
            raise self._misfit(name, "an amount of money", error) from error

    def _cast(self, name: str, values: Any, what: str) -> Any:
        for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
            try:
                found = pc.cast(values, kind, safe=kinds.is_string(values.type))
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                reason = error
            else:
                return found if found.type.tz else pc.assume_timezone(found, "UTC")
        raise self._misfit(name, what, reason) from reason

    def _misfit(self, name: str, what: str, error: Exception) -> BadPurchases:
        return BadPurchases(
            f"A value in the column {name!r} of {self.path} is not {what}: {error}. Correct it, or "
            "name another column."
        )


def _days(customers: Any, times: Any) -> Any:
    return pc.binary_join_element_wise(customers, pc.strftime(times, "%Y-%m-%d"), "/")
