"""One shop for all faults."""

import os

import pytest

from tests.outages.shop import Shop


@pytest.fixture(scope="session")
def served_shop(tmp_path_factory):
    """Served by two processes of gunicorn, from a database of its own."""
    os.environ.setdefault(
        "CLVREC_TEST_POSTGRES_URL", os.environ.get("CLVREC_TEST_DATABASE_URL", "")
    )
    from benchmarks.postgres import database

    with database() as url:
        shop = Shop(url, tmp_path_factory.mktemp("shop"))
        yield shop
        shop.close()
