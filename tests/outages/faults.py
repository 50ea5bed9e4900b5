"""What can be wrong with what a page is served from, and how it is put right again."""

import signal
from contextlib import contextmanager

import psycopg

from tests.outages.proxy import GONE, SILENT, SLOW

LISTS = "clvrec_recommendation, clvrec_popularitems, clvrec_sourcestate"
FAULTS = {}
"""Each a context manager that is given the shop; by name."""


def fault(function):
    FAULTS[function.__name__] = contextmanager(function)
    return function


def network(mode):
    def of(shop):
        shop.network.be(mode)
        yield
        shop.network.be("pass")

    return of


@fault
def database_gone(shop):
    yield from network(GONE)(shop)


@fault
def database_silent(shop):
    yield from network(SILENT)(shop)


@fault
def database_slow(shop):
    yield from network(SLOW)(shop)


@fault
def tables_locked(shop):
    with psycopg.connect(shop.url) as connection:
        connection.execute(f"LOCK TABLE {LISTS} IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


@fault
def feedback_locked(shop):
    with psycopg.connect(shop.url) as connection:
        connection.execute("LOCK TABLE clvrec_shownlist IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


@fault
def sessions_locked(shop):
    with psycopg.connect(shop.url) as connection:
        connection.execute("LOCK TABLE django_session IN ACCESS EXCLUSIVE MODE")
        yield
        connection.rollback()


@fault
def connections_lost(shop):
    """The server was started again between two requests: nobody is to notice."""
    shop.network.hang_up()
    yield


@fault
def nothing_published(shop):
    [[live]] = shop.query("SELECT live_id FROM clvrec_sourcestate")
    shop.query("DELETE FROM clvrec_sourcestate")
    yield
    shop.query(f"INSERT INTO clvrec_sourcestate VALUES ('ShopPurchases', {live}, NULL)")


@fault
def half_removed(shop):
    """The rows that removal takes first, under a pointer that is still there and in the cache."""
    tables = ("clvrec_recommendation", "clvrec_popularitems", "clvrec_snapshotarray")
    for table in tables:
        shop.query(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
        shop.query(f"DELETE FROM {table}")
    yield
    for table in tables:
        shop.query(f"INSERT INTO {table} SELECT * FROM kept_{table}")
        shop.query(f"DROP TABLE kept_{table}")


@fault
def cache_gone(shop):
    shop.cache.kill()
    yield
    shop.cache.start()


@fault
def cache_silent(shop):
    shop.cache.send(signal.SIGSTOP)
    yield
    shop.cache.send(signal.SIGCONT)


@fault
def cache_and_database_gone(shop):
    shop.cache.kill()
    shop.network.be(GONE)
    yield
    shop.network.be("pass")
    shop.cache.start()
