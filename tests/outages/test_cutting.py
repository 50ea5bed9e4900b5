"""What waits too long for PostgreSQL is cut off, and the server stops too."""

import time

import pytest
from django.db import OperationalError, connection, transaction

from django_clvrec.outages import READING, budget, served
from tests.project import wait

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

SECONDS = 0.3


@pytest.fixture(autouse=True)
def short(settings):
    settings.CLVREC = settings.CLVREC | {"SERVING_SECONDS": SECONDS}
    yield
    READING.succeeded()


def sleep(seconds):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])
    return "slept"


def test_a_query_that_takes_too_long_is_cut_off():
    started = time.monotonic()
    assert served(lambda: sleep(20), lambda: "instead") == "instead"
    assert time.monotonic() - started < SECONDS + 1


def test_the_next_query_works_on_another_connection():
    served(lambda: sleep(20), str)
    READING.succeeded()
    assert served(lambda: sleep(0), str) == "slept"


def test_the_server_does_not_go_on():
    served(lambda: sleep(20), str)

    def sleepers():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND state = 'active' AND query LIKE '%%pg_sleep%%' AND pid <> pg_backend_pid()"
            )
            return cursor.fetchone()[0]

    wait(lambda: sleepers() == 0, "the server sleeps on", 5)


def test_what_takes_long_beside_the_database_is_let_be():
    def compute():
        sleep(0)
        time.sleep(SECONDS * 2)
        return sleep(0)

    assert served(compute, str) == "slept"


def test_what_a_process_reads_once_has_its_own_time():
    def read():
        with budget.unhurried():
            return sleep(SECONDS * 2)

    assert served(read, str) == "slept"


def test_within_a_transaction_nothing_is_cut():
    with transaction.atomic():
        assert served(lambda: sleep(SECONDS * 2), str) == "slept"


def test_a_statement_timeout_of_the_server_is_an_outage_too():
    def ask():
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 50")
        try:
            return sleep(0.2)
        finally:
            connection.close()

    assert served(ask, lambda: "instead") == "instead"


def test_without_a_limit_nothing_is_cut_but_errors_are_answered(settings):
    settings.CLVREC = settings.CLVREC | {"SERVING_SECONDS": None}
    assert served(lambda: sleep(SECONDS * 2), str) == "slept"

    def fail():
        raise OperationalError

    assert served(fail, lambda: "instead") == "instead"


def test_the_thread_that_looks_after_it_ends_when_nobody_asks(monkeypatch):
    monkeypatch.setattr(budget, "IDLE_SECONDS", 0.1)
    served(lambda: sleep(0), str)
    wait(lambda: budget._watch._thread is None, "the thread goes on", 5)
    assert served(lambda: sleep(0), str) == "slept"
