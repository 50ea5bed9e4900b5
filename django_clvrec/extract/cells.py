"""How each kind of PostgreSQL value becomes a value of the log, just as Python would make it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.utils import timezone

from django_clvrec.core.amounts import money_from_arrow
from django_clvrec.core.purchases import RATING, REFUND, REVENUE, TIME, UTC_TIME
from django_clvrec.exceptions import BadPurchases
from django_clvrec.extract.iterating import utc
from django_clvrec.extract.rows import NUMBER, OTHER
from django_clvrec.models import KEY_LENGTH

BOOL, INTEGER, TEXT, FLOAT, DATE, INSTANT, UUID = (
    "bool",
    "integer",
    "text",
    "float",
    "date",
    "instant",
    "uuid",
)
NUMERIC, SHORT_NUMERIC = "numeric", "short numeric"
"""A decimal of any number of places, and one whose text is known to be Python's too."""
KEYS = {INTEGER, TEXT, UUID, SHORT_NUMERIC}
NUMBERS = {INTEGER, NUMERIC, SHORT_NUMERIC, FLOAT}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One column: what the server sends, how it is parsed, and what is made of it."""

    sql: str = "{}"
    csv_type: pa.DataType
    finish: Callable[[Any], Any] = lambda values: values


def cell_of(name: str, kind: str | None, connection: Any) -> Cell | None:
    """How a column of the log is taken over; None where the iterator must do it."""
    if name == TIME:
        return _time(kind, connection)
    if name == REVENUE:
        # a decimal comes as text: it may have more places than the log
        parsed = pa.float64() if kind == FLOAT else pa.string()
        return Cell(csv_type=parsed, finish=money_from_arrow) if kind in NUMBERS else None
    if name == RATING:
        return Cell(csv_type=pa.float64()) if kind in NUMBERS else None
    return REFUNDS.get(kind) if name == REFUND else _key_cell(name, kind)


REFUNDS: dict[str | None, Cell] = {
    BOOL: Cell(csv_type=pa.bool_()),
    INTEGER: Cell(csv_type=pa.int64(), finish=lambda values: pc.not_equal(values, 0)),
}


def _key_cell(name: str, kind: str | None) -> Cell | None:
    if kind == BOOL:
        return Cell(csv_type=pa.bool_(), finish=lambda values: pc.if_else(values, "True", "False"))
    return Cell(csv_type=pa.string(), finish=lambda v: keys(name, v)) if kind in KEYS else None


def line_cell(kind: str | None, line_kind: str) -> Cell | None:
    """How a lookup of `line` is taken over: it need only differ where Python's value does."""
    if line_kind == NUMBER:
        return Cell(csv_type=pa.int64()) if kind == INTEGER else None
    return None if kind is None else Cell(csv_type=pa.string())


def lines_of(parts: list[Any], line_kind: str) -> Any:
    """The lookups of `line` as one column."""
    if line_kind != OTHER:
        return parts[0]
    # a text cannot hold the separator; the mark tells an empty text from none
    marked = [pc.fill_null(pc.binary_join_element_wise("=", part, ""), "") for part in parts]
    return pc.binary_join_element_wise(*marked, "\0")


def keys(name: str, values: Any) -> Any:
    """Keys as the log has them: not too long, and one of no letters names nothing."""
    longest = pc.max(pc.utf8_length(values)).as_py() or 0
    wrong = f"more than {KEY_LENGTH} characters" if longest > KEY_LENGTH else None
    if pc.any(pc.match_substring(values, "\0")).as_py():
        wrong = "a zero byte, which PostgreSQL cannot store"
    if wrong:
        raise BadPurchases(
            f"A value of {name!r} does not fit the purchase log: a key has {wrong}. "
            "Correct its lookup or expression in your `PurchaseSource`."
        )
    return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)


def _time(kind: str | None, connection: Any) -> Cell | None:
    zone = timezone.get_default_timezone()
    if kind == DATE:
        return Cell(csv_type=pa.date32(), finish=lambda days: _midnights(days, zone))
    if kind != INSTANT:
        return None
    if not settings.USE_TZ and connection.timezone_name != timezone.get_default_timezone_name():
        return None  # such a time is read in one zone and understood in another
    return Cell(
        sql="{} AT TIME ZONE 'UTC'",
        csv_type=pa.timestamp("us"),
        finish=lambda times: pc.assume_timezone(times, "UTC"),
    )


def _midnights(days: Any, zone: Any) -> Any:
    """Dates by way of Python: there are few different ones."""
    coded = days.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    times = pa.array([utc(day, zone) for day in coded.dictionary.to_pylist()], UTC_TIME)
    return times.take(coded.indices)
