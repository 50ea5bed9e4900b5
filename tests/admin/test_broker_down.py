"""The button “Refresh now” where the message broker does not do its part."""

import socket
import time

import pytest
from django.urls import reverse

from example_shop import celery_app
from tests.shelf import person

REFRESH = reverse("admin:clvrec_snapshot_refresh")
SECONDS = 6
"""More than any page may take that only has to say no."""


@pytest.fixture
def boss(db, client):
    client.force_login(person("boss", ["view_snapshot", "run_refresh"], is_staff=True))
    return client


@pytest.fixture
def broker():
    """Sets the address of the broker, and that tasks are handed to it."""
    conf = celery_app.conf
    before = conf.task_always_eager, conf.broker_url
    conf.task_always_eager = False
    forget_connections()
    yield lambda url: setattr(conf, "broker_url", url)
    conf.task_always_eager, conf.broker_url = before
    forget_connections()


def forget_connections():
    """Have Celery connect anew: it keeps connections to a broker that a test has named."""
    celery_app._pool = celery_app.amqp._producer_pool = None


@pytest.fixture
def silent_port():
    """A port that takes a connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
    return address[1]


def press(client):
    """What the page says, and after how many seconds."""
    started = time.monotonic()
    response = client.post(REFRESH, follow=True)
    [message] = response.context["messages"]
    return str(message), time.monotonic() - started


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_down_is_told_at_once(boss, broker, closed_port, scheme):
    broker(f"{scheme}://127.0.0.1:{closed_port}//")
    message, seconds = press(boss)
    assert message.startswith("Celery's message broker could not be reached")
    assert "Connection refused" in message
    assert "manage.py clvrec_refresh" in message
    assert seconds < SECONDS


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_does_not_answer_is_told_in_seconds(boss, broker, silent_port, scheme):
    broker(f"{scheme}://127.0.0.1:{silent_port}//")
    message, seconds = press(boss)
    assert message.startswith("Celery's message broker could not be reached")
    assert seconds < SECONDS
