"""Raw lines from any database, row by row through Django."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, time, tzinfo
from itertools import islice
from typing import Any

import pyarrow as pa
from django.db.models import QuerySet
from django.utils import timezone

from django_clvrec.core.amounts import money
from django_clvrec.core.purchases import LINE, RATING, REFUND, REVENUE, TIME, UTC_TIME
from django_clvrec.exceptions import BadPurchases
from django_clvrec.extract import rows as reading
from django_clvrec.extract.rows import NUMBER, UUID, Reading
from django_clvrec.extract.streaming import streamed
from django_clvrec.models import KEY_LENGTH
from django_clvrec.sources import PurchaseSource


def iterate(source: PurchaseSource, rows: QuerySet[Any, Any]) -> Reading:
    """The lines of `rows` through the queryset's iterator."""
    blocks = _tables(source, reading.ordered_values(source, rows))
    return Reading(blocks=blocks, convert=lambda table: table)


def _tables(source: PurchaseSource, values: QuerySet[Any, Any]) -> Iterator[pa.Table]:
    size = reading.BATCH_ROWS
    names, width, kind = list(reading.columns(source)), len(source.line), reading.line_kind(source)
    stream: Any = values.iterator(chunk_size=size)
    read = 0
    # a value that does not fit ends this, but its traceback would keep the cursor open, and SQLite
    # writes nothing by a connection that still reads what somebody else has changed meanwhile
    with streamed(values.db), closing(stream):
        while chunk := _taken(stream, size, read, source):
            read += len(chunk)
            by_column = list(zip(*chunk, strict=True))
            batch = {LINE: _lines(kind, by_column[:width])}
            for name, cells in zip(names, by_column[width:], strict=True):
                batch[name] = _convert(name, cells)
            yield reading.with_optional(batch, len(chunk))


def _taken(stream: Iterator[Any], size: int, read: int, source: PurchaseSource) -> list[Any]:
    """The next rows, after `read` others."""
    try:
        return list(islice(stream, size))
    except (TypeError, ValueError, ArithmeticError) as error:
        raise BadPurchases(
            f"A value that the database gave cannot be read ({type(error).__name__}: {error}), in "
            f"one of the {size} rows after the first {read} by {', '.join(source.line)}. SQLite "
            "keeps text and NaN in columns of numbers and times; elsewhere look at your own fields."
        ) from error.with_traceback(None)  # which would keep the cursor open


def _lines(kind: str, parts: list[tuple[Any, ...]]) -> pa.Array:
    if kind == NUMBER:
        return pa.array(parts[0], pa.int64())
    if kind == UUID:
        return pa.array([str(key) for key in parts[0]], pa.string())
    return pa.array([str(key) for key in zip(*parts, strict=True)], pa.string())


def _convert(name: str, cells: tuple[Any, ...]) -> pa.Array:
    try:
        if name == TIME:
            return pa.array([utc(cell) for cell in cells], UTC_TIME)
        if name == REVENUE:
            return money(cells)
        if name == RATING:
            return pa.array([None if c is None else float(c) for c in cells], pa.float64())
        if name == REFUND:
            return pa.array([None if c is None else bool(c) for c in cells], pa.bool_())
        return pa.array([_key(cell) for cell in cells], pa.string())
    except (pa.ArrowInvalid, TypeError, ValueError) as error:
        raise BadPurchases(
            f"A value of {name!r} does not fit the purchase log: {error}. "
            "Correct its lookup or expression in your `PurchaseSource`."
        ) from error


def _key(value: Any) -> str | None:
    """A host's key as a string; one of no letters names nothing."""
    key = "" if value is None else str(value)
    if len(key) > KEY_LENGTH:
        raise ValueError(f"a key has more than {KEY_LENGTH} characters")
    if "\0" in key:
        raise ValueError("a key has a zero byte, which PostgreSQL cannot store")
    return key or None


def utc(value: Any, zone: tzinfo | None = None) -> datetime | None:
    """A host's date or time as a time in UTC; those without a zone are in the shop's.

    That is TIME_ZONE: what a middleware activated for a visitor or for staff moves no order.
    """
    if value is None:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is no date or time")
    if timezone.is_aware(value):
        return value.astimezone(UTC)
    return timezone.make_aware(value, zone or timezone.get_default_timezone()).astimezone(UTC)
