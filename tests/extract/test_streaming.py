"""On MySQL and MariaDB lines come one after another, whatever there is of them."""

import pytest
from django.db import connection

from django_clvrec.extract.iterating import iterate
from django_clvrec.extract.rows import annotated
from django_clvrec.extract.streaming import streamed
from tests.corner_shop.clvrec import CornerShop
from tests.corner_shop.models import Line

pytestmark = pytest.mark.django_db


def lines():
    reading = iterate(CornerShop(), annotated(CornerShop()))
    return [row for block in reading.blocks for row in block.to_pylist()]


def test_every_line_comes_however_small_the_batches(stock, monkeypatch):
    stock.bought(stock.customer(), *[f"p{number}" for number in range(7)])
    whole = lines()
    monkeypatch.setattr("django_clvrec.extract.rows.BATCH_ROWS", 2)
    assert lines() == whole
    assert len(whole) == 7


def test_after_lines_that_nobody_wanted_the_connection_is_free(stock, monkeypatch):
    stock.bought(stock.customer(), *[f"p{number}" for number in range(7)])
    monkeypatch.setattr("django_clvrec.extract.rows.BATCH_ROWS", 2)
    blocks = iterate(CornerShop(), annotated(CornerShop())).blocks
    next(blocks)
    blocks.close()
    assert Line.objects.count() == 7


def test_other_queries_are_as_they_were():
    before = connection.chunked_cursor
    with streamed("default"):
        pass
    assert connection.chunked_cursor == before


@pytest.mark.mariadb
def test_the_server_keeps_what_was_not_read_yet():
    from MySQLdb.cursors import SSCursor

    with streamed("default"), connection.chunked_cursor() as cursor:
        cursor.execute("SELECT seq FROM seq_1_to_10000")
        assert isinstance(cursor.cursor, SSCursor) or isinstance(cursor.cursor.cursor, SSCursor)
        assert cursor.fetchone() == (1,)
