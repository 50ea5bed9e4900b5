"""Many requests at once under ASGI: each has a thread and a connection, and none waits for another.

Against a server, with a transaction for none of them.
"""

import asyncio
import time

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.db.backends.signals import connection_created
from django.http import JsonResponse
from django.test import override_settings
from django.urls import include, path

from django_clvrec import serving
from django_clvrec.outages import READING
from tests.shelf import Shelf, product

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]
AT_ONCE, SLOW_SECONDS = 10, 0.2


async def view(request):
    """A page of the shop's own: two answers, one after the other."""
    found = await serving.arecommend_for(request, "product", 1)
    await serving.arecommend(None, "product", 1, explore=False)
    return JsonResponse({"results": [item.key for item in found]})


urlpatterns = [
    path("page/", view),
    path("clvrec/", include("django_clvrec.api.urls")),
]


@pytest.fixture
def shelf(transactional_db):
    shelf = Shelf()
    shelf.popular(product("Oats"))
    serving.recommend(None, "product", 1)
    return shelf


@pytest.fixture
def made(shelf, settings):
    """Connections that threads of requests open; each waits in front of every query."""
    found = []
    # however busy the machine is, everybody is answered by the database
    settings.CLVREC = settings.CLVREC | {"SERVING_SECONDS": None}
    READING.succeeded()

    def slow(execute, *args):
        time.sleep(SLOW_SECONDS)
        return execute(*args)

    def opened(connection, **_):
        connection.execute_wrappers.append(slow)
        found.append(connection)

    connection_created.connect(opened)
    # the test client of other tests takes these away
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)
    yield found
    connection_created.disconnect(opened)


async def asked(application, address):
    """The body of an answer, as an ASGI server gets it."""
    at, _, query = address.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "path": at, "query_string": query.encode(), "headers": [(b"host", b"localhost")],
    }  # fmt: skip
    server = ApplicationCommunicator(application, scope)
    await server.send_input({"type": "http.request"})
    start = await server.receive_output(timeout=60)
    body = await server.receive_output(timeout=60)
    await server.wait(timeout=60)
    return start["status"], body["body"]


def at_once(address):
    """All answers, and how long they took together."""

    async def run():
        application = get_asgi_application()
        return await asyncio.gather(*[asked(application, address) for _ in range(AT_ONCE)])

    started = time.perf_counter()
    with override_settings(ROOT_URLCONF=__name__):
        found = asyncio.run(run())
    return found, time.perf_counter() - started


@pytest.mark.parametrize(
    ("address", "queries"),
    [("/page/", 6), ("/clvrec/v1/popular/?level=product&n=1", 3)],
    ids=["own view", "api"],
)
def test_slow_answers_wait_for_the_database_and_not_for_each_other(made, address, queries):
    found, seconds = at_once(address)
    assert {status for status, _ in found} == {200}
    assert all(b"results" in body for _, body in found)
    one_by_one = AT_ONCE * queries * SLOW_SECONDS
    assert seconds < one_by_one / 3, (seconds, one_by_one)


def test_no_connection_is_left_over(made):
    at_once("/page/")
    assert len(made) >= AT_ONCE
    assert [one for one in made if one.connection is not None] == []
