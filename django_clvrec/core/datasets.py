"""Parquet datasets with the columns of the purchase log: opening them, and what may be wrong."""

from collections.abc import Sequence
from os import PathLike, fspath
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.types as kinds

from django_clvrec.core.purchases import (
    CUSTOMER,
    ITEM_PREFIX,
    LINE,
    ORDER,
    RATING,
    REFUND,
    REVENUE,
    TIME,
)
from django_clvrec.exceptions import SourceUnreadable

REQUIRED = (CUSTOMER, ORDER, TIME, REVENUE)
# Spark writes 96-bit times unless told otherwise; in nanoseconds they would end in 2262
FORMAT = ds.ParquetFileFormat(read_options=ds.ParquetReadOptions(coerce_int96_timestamp_unit="us"))

UNREADABLE = (OSError, pa.ArrowException, UnicodeDecodeError)
"""What reading broken data raises; names in it may be no text."""


def open_dataset(path: str | PathLike[str]) -> ds.Dataset:
    """The Parquet file or folder of files at `path`. Raises SourceUnreadable."""
    place = fspath(path)
    if place.startswith("s3a://"):  # what Spark calls it
        place = "s3://" + place.removeprefix("s3a://")
    try:
        found = ds.dataset(place, format=FORMAT)
        _ = found.schema.names  # which are not read before they are asked for
    except UNREADABLE as error:
        raise unreadable(path, error) from error
    return found


def unreadable(path: str | PathLike[str], error: Exception) -> SourceUnreadable:
    """The error that says why the dataset at `path` cannot be read."""
    return SourceUnreadable(
        f"The Parquet data at {fspath(path)} cannot be read: {error}. "
        "Look at `path` of your ParquetPurchaseSource, and whether the files are whole."
    )


def levels_of(schema: pa.Schema) -> tuple[str, ...]:
    """The levels that a dataset has columns for."""
    found = (name for name in schema.names if name.startswith(ITEM_PREFIX))
    return tuple(name.removeprefix(ITEM_PREFIX) for name in found)


def faults(schema: pa.Schema, levels: Sequence[str]) -> list[str]:
    """What keeps data of `schema` from being a purchase log."""
    items = [ITEM_PREFIX + level for level in levels]
    missing = [name for name in (*REQUIRED, *items) if name not in schema.names]
    found = [f"has no column {name!r}" for name in missing]
    if not levels:
        found.append(f"has no column that starts with {ITEM_PREFIX!r}")
    wanted = {
        **dict.fromkeys([CUSTOMER, ORDER, LINE, *items], (_is_key, "a text or a whole number")),
        TIME: (lambda kind: kinds.is_timestamp(kind) or kinds.is_date(kind), "a time or a date"),
        REVENUE: (_is_number, "a number"),
        RATING: (_is_number, "a number"),
        REFUND: (kinds.is_boolean, "true or false"),
    }
    for name, (is_right, what) in wanted.items():
        if name in schema.names and not is_right(schema.field(name).type):
            found.append(f"has a column {name!r} of {schema.field(name).type}, not {what}")
    return found


def _is_key(kind: Any) -> bool:
    plain = kind.value_type if kinds.is_dictionary(kind) else kind
    return any(
        test(plain)
        for test in (kinds.is_string, kinds.is_large_string, kinds.is_integer, kinds.is_string_view)
    )


def _is_number(kind: Any) -> bool:
    return any(test(kind) for test in (kinds.is_decimal, kinds.is_floating, kinds.is_integer))
