"""The broker, and who takes refreshes from it."""

import logging
import time

import pytest
from celery.contrib.testing.worker import start_worker
from django.utils import timezone

from django_clvrec import locks
from django_clvrec.doctor import Severity
from example_shop import celery_app
from tests.admin.test_broker_down import SECONDS
from tests.doctor.conftest import CORNER, only, troubles


@pytest.fixture
def memory(broker, db):
    """A broker in this process, without what other tests have sent."""
    broker("memory://")
    with celery_app.connection_for_write() as connection:
        connection.SimpleQueue("clvrec").clear()


def test_tasks_that_run_where_they_are_called_need_no_broker(found):
    [one] = found("broker")
    assert one.severity == Severity.OK
    assert "no broker is needed" in one.text


def test_a_shop_without_a_broker_is_told_what_it_does_without(broker, found):
    broker(None)
    [one] = found("broker")
    assert one.severity == Severity.OK
    assert "by cron" in one.text


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_down_is_an_error_at_once(broker, closed_port, found, scheme):
    broker(f"{scheme}://shop:hunter22@127.0.0.1:{closed_port}//")
    started = time.monotonic()
    [one] = found("broker")
    assert time.monotonic() - started < SECONDS
    assert one.severity == Severity.ERROR
    assert one.text.startswith("Celery's message broker could not be reached")
    assert "hunter22" not in one.text + one.hint


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_does_not_answer_is_told_in_seconds(broker, silent_port, found, scheme):
    broker(f"{scheme}://127.0.0.1:{silent_port}//")
    started = time.monotonic()
    assert found("broker")[0].severity == Severity.ERROR
    assert time.monotonic() - started < SECONDS


def test_an_unknown_kind_of_broker_is_a_finding(broker, found):
    broker("nonsense://127.0.0.1//")
    [one] = found("broker")
    assert one.severity == Severity.ERROR
    assert one.text.startswith("This could not be examined.")


def test_no_worker_is_an_error_with_the_command_that_starts_one(memory, found):
    assert only(found("broker"), "The message broker answers").severity == Severity.OK
    [one] = troubles(found("broker"))
    assert one.severity == Severity.ERROR
    assert one.text == "No worker is running, so refreshes wait."
    assert "worker -Q clvrec --concurrency 1" in one.hint


def test_a_silent_worker_at_work_is_no_trouble(memory, past, found):
    past.live()
    locks.acquire(CORNER, "by hand", timezone.now())
    assert not troubles(found("broker"))


@pytest.fixture
def logs():
    """A worker sets how loud everything is; afterwards it is as before."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers[:] = handlers


@pytest.mark.usefixtures("logs")
@pytest.mark.parametrize(
    ("queues", "severity", "says"),
    [
        (["clvrec"], Severity.OK, "Refreshes in the queue “clvrec” are taken by"),
        (["mails"], Severity.ERROR, "None of the workers"),
    ],
)
def test_a_worker_is_judged_by_its_queues(memory, found, queues, severity, says):
    with start_worker(celery_app, queues=queues, perform_ping_check=False, shutdown_timeout=20):
        one = only(found("broker"), says)
    assert one.severity == severity
