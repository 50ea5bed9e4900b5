"""Raw lines from PostgreSQL by COPY, converted in Arrow: no Python object per value.

Only what is known to come out as through the iterator goes this way. Each result column is
judged by the type that the server says it has and by the converters that Django would apply.

It is the queryset's own connection that is used, so that its schema, role and transaction are
those of the shop. While lines come in, that connection takes no other query.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import islice
from typing import Any
from weakref import WeakSet

import pyarrow as pa
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet
from pyarrow import csv

from django_clvrec.core.purchases import LINE
from django_clvrec.exceptions import BadPurchases
from django_clvrec.extract import rows as reading
from django_clvrec.extract.cells import Cell, cell_of, line_cell, lines_of
from django_clvrec.extract.kinds import kinds_of
from django_clvrec.extract.rows import Reading
from django_clvrec.sources import PurchaseSource

_sending: WeakSet[Any] = WeakSet()


def copy(source: PurchaseSource, rows: QuerySet[Any, Any]) -> Reading | None:
    """The lines of `rows` by COPY; None where another way is needed."""
    connection: Any = connections[rows.db]
    if connection.vendor != "postgresql" or not _has_psycopg3():
        return None
    compiler = reading.ordered_values(source, rows).query.get_compiler(connection=connection)
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    names = [*[LINE] * len(source.line), *reading.columns(source)]
    line_kind = reading.line_kind(source)
    kinds = kinds_of(connection, compiler, sql, params)
    if len(kinds) != len(names):
        return None
    cells = [
        line_cell(kind, line_kind) if name == LINE else cell_of(name, kind, connection)
        for name, kind in zip(names, kinds, strict=True)
    ]
    known = [cell for cell in cells if cell is not None]
    if len(known) != len(cells):
        return None
    inner = ", ".join(f"c{place}" for place in range(len(names)))
    outer = ", ".join(cell.sql.format(f"c{place}") for place, cell in enumerate(known))
    statement = f"COPY (SELECT {outer} FROM ({sql}) AS lines ({inner})) TO STDOUT (FORMAT csv)"  # noqa: S608  # nosec B608
    return Reading(
        blocks=_blocks(connection, statement, params),
        convert=lambda block: _table(block, names, known, line_kind),
    )


def is_busy(alias: str) -> bool:
    """Whether this thread's connection is sending lines: another query would wait forever."""
    return connections[alias] in _sending


def _has_psycopg3() -> bool:
    from django.db.backends.postgresql.psycopg_any import is_psycopg3

    return bool(is_psycopg3)


def _blocks(connection: Any, statement: str, params: Any) -> Iterator[bytes]:
    """Rows as CSV, BATCH_ROWS at a time."""
    from django.db.backends.postgresql.psycopg_any import mogrify

    size = reading.BATCH_ROWS
    with connection.wrap_database_errors, connection.cursor() as cursor:
        # the driver puts the parameters in: COPY takes none from the server's side
        whole = mogrify(statement, params, connection)
        _sending.add(connection)
        try:
            with cursor.cursor.copy(whole) as rows:
                while block := _joined(rows, size):
                    yield block
        finally:
            _sending.discard(connection)


def _joined(rows: Iterable[Any], size: int) -> bytes:
    """Up to `size` rows in one piece, copied one by one: to keep them all first costs more."""
    block = BytesIO()
    deque(map(block.write, islice(rows, size)), maxlen=0)
    return block.getvalue()


def _table(block: bytes, names: list[str], cells: list[Cell], line_kind: str) -> pa.Table:
    columns = [f"{name} ({place})" for place, name in enumerate(names)]
    try:
        raw = csv.read_csv(
            pa.BufferReader(block),
            read_options=csv.ReadOptions(column_names=columns, use_threads=False),
            parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types={
                    name: cell.csv_type for name, cell in zip(columns, cells, strict=True)
                },
                null_values=[""],
                true_values=["t"],
                false_values=["f"],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise BadPurchases(
            f"A value does not fit the purchase log: {error}. "
            "Correct its lookup or expression in your `PurchaseSource`."
        ) from error
    width = names.count(LINE)
    batch = {LINE: lines_of(raw.columns[:width], line_kind)}
    for name, cell, values in zip(names[width:], cells[width:], raw.columns[width:], strict=True):
        batch[name] = cell.finish(values)
    return reading.with_optional(batch, raw.num_rows)
