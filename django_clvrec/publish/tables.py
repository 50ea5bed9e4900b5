"""Batches of rows into a table: by COPY on PostgreSQL, by `executemany` elsewhere."""

import io
from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa
from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from pyarrow import csv

from django_clvrec.models import write_database

OnRows = Callable[[int, int], None]


def store(
    model: type[models.Model], batches: Iterable[pa.RecordBatch], total: int, on_rows: OnRows
) -> None:
    """Add `batches`, whose columns are called like the fields; tells how many are done.

    Each batch is committed by itself: nobody reads a snapshot that is not live, so nothing is
    won by one long transaction. Values must be as the database takes them; JSON is text.
    """
    connection = connections[write_database()]
    add = copy if connection.vendor == "postgresql" else insert
    done = 0
    for batch in batches:
        if batch.num_rows:
            add(connection, model, batch)
            done += batch.num_rows
            on_rows(done, total)


def copy(connection: BaseDatabaseWrapper, model: type[models.Model], batch: pa.RecordBatch) -> None:
    """By COPY from CSV, which Arrow writes and escapes: every text is quoted."""
    table, columns = _names(connection, model, batch)
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN WITH (FORMAT csv)"
    rows = pa.BufferOutputStream()
    csv.write_csv(batch, rows, csv.WriteOptions(include_header=False))
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if hasattr(cursor, "copy"):  # psycopg 3
            with cursor.copy(statement) as stream:
                stream.write(rows.getvalue())
        else:
            cursor.copy_expert(statement, io.BytesIO(rows.getvalue()))


def insert(
    connection: BaseDatabaseWrapper, model: type[models.Model], batch: pa.RecordBatch
) -> None:
    """By `executemany`: SQLite prepares once, drivers of MySQL join rows up to a safe length."""
    table, columns = _names(connection, model, batch)
    marks = ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  # nosec B608
    values = [
        _prepared(connection, model._meta.get_field(name), batch[name])
        for name in batch.schema.names
    ]
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.executemany(statement, list(zip(*values, strict=True)))


def _names(
    connection: BaseDatabaseWrapper, model: type[models.Model], batch: pa.RecordBatch
) -> tuple[str, list[str]]:
    quote = connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in batch.schema.names]
    return quote(model._meta.db_table), [quote(field.column) for field in fields]


def _prepared(connection: BaseDatabaseWrapper, field: Any, column: pa.Array) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if not isinstance(field, models.DecimalField):
        return values
    return [field.get_db_prep_save(value, connection) for value in values]
