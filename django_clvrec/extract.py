"""From a purchase source to a purchase log in Parquet, batch by batch in flat memory."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.db.models import QuerySet
from django.utils import timezone

from django_clvrec.core.purchases import (
    CUSTOMER,
    ITEM_PREFIX,
    LINE,
    ORDER,
    RATING,
    REFUND,
    REVENUE,
    TIME,
    UTC_TIME,
    LineRules,
    log_schema,
    money,
)
from django_clvrec.exceptions import BadPurchases, NoPurchases
from django_clvrec.models import KEY_LENGTH
from django_clvrec.sources import Lookup, PurchaseSource, expression

BATCH_ROWS = 50_000
ALIAS = "_clvrec_"


def extract(
    source: PurchaseSource,
    folder: Path,
    as_of: datetime,
    on_rows: Callable[[int], None] = lambda _: None,
) -> LineRules:
    """Write the source's purchases up to `as_of` as `folder/lines.parquet`.

    Returns the rules with their counts. `on_rows` is called with the lines read so far.
    Raises BadPurchases for a value that does not fit, NoPurchases where no line is left.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rules, kept = LineRules(as_of), 0
    schema = log_schema(list(source.levels))
    with pq.ParquetWriter(folder / "lines.parquet", schema, compression="zstd") as writer:
        for batch in raw_batches(source):
            lines = rules.apply(batch)
            kept += lines.num_rows
            writer.write_table(lines.select(schema.names).cast(schema))
            on_rows(rules.lines_read)
    if not kept:
        dropped = {rule: count for rule, count in rules.dropped.items() if count}
        raise NoPurchases(
            f"{source.name} gave {rules.lines_read} lines and no purchase"
            + (f"; dropped by rule: {dropped}. " if dropped else ". ")
            + "Look at the filter of its queryset."
        )
    return rules


def raw_batches(source: PurchaseSource) -> Iterator[pa.Table]:
    """Lines as they are, in log columns plus `line` and `refund`, ordered by line."""
    named = columns(source)
    rows = source.rows().annotate(**{ALIAS + name: expression(e) for name, e in named.items()})
    ordered = rows.order_by(*source.line, *(ALIAS + name for name in named))
    values = ordered.values_list(*source.line, *(ALIAS + name for name in named))
    width = len(source.line)
    stream = values.iterator(chunk_size=BATCH_ROWS)
    while chunk := list(islice(stream, BATCH_ROWS)):
        by_column = list(zip(*chunk, strict=True))
        lines = [str(key) for key in zip(*by_column[:width], strict=True)]
        batch = {LINE: pa.array(lines, pa.string())}
        for name, cells in zip(named, by_column[width:], strict=True):
            batch[name] = _convert(name, cells)
        for name, kind in ((RATING, pa.float64()), (REFUND, pa.bool_())):
            batch.setdefault(name, pa.nulls(len(chunk), kind))
        yield pa.table(batch)


def columns(source: PurchaseSource) -> dict[str, Lookup]:
    """The source's lookups by column of the purchase log."""
    named: dict[str, Lookup] = {
        CUSTOMER: source.customer,
        ORDER: source.order,
        TIME: source.purchased_at,
        REVENUE: source.revenue,
    }
    named |= {ITEM_PREFIX + level: lookup for level, lookup in source.items.items()}
    optional = {RATING: source.rating, REFUND: source.refund}
    return named | {name: lookup for name, lookup in optional.items() if lookup is not None}


def line_count(rows: QuerySet[Any]) -> int:
    """How many lines there are to read, for a progress bar."""
    return rows.order_by().count()


def _convert(name: str, cells: tuple[Any, ...]) -> pa.Array:
    try:
        if name == TIME:
            return pa.array([_utc(cell) for cell in cells], UTC_TIME)
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
    return key or None


def _utc(value: Any) -> datetime | None:
    """A host's date or time as a time in UTC; those without a zone are in the current one."""
    if value is None:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is no date or time")
    return (timezone.make_aware(value) if timezone.is_naive(value) else value).astimezone(UTC)
