"""Rows of MySQL and MariaDB as they come: their driver otherwise takes all of them at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import connections


@contextmanager
def streamed(alias: str) -> Iterator[None]:
    """Within it, querysets iterate with flat memory, and the connection can do nothing else."""
    connection: Any = connections[alias]
    if connection.vendor != "mysql":  # others have cursors for it
        yield
        return
    connection.chunked_cursor = partial(_cursor, connection)
    try:
        yield
    finally:
        del connection.chunked_cursor


def _cursor(connection: Any) -> Any:
    from django.db.backends.mysql.base import CursorWrapper
    from MySQLdb.cursors import SSCursor

    connection.ensure_connection()
    with connection.wrap_database_errors:
        return connection._prepare_cursor(CursorWrapper(connection.connection.cursor(SSCursor)))
