"""Hands tasks to Celery's broker, or says within seconds that it cannot."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kombu.exceptions import OperationalError

from django_clvrec.exceptions import NoBroker

if TYPE_CHECKING:  # takes a tenth of a second to import, in every web process
    from celery import Celery, Task
    from celery.result import AsyncResult

PATIENCE_SECONDS = 2
"""How long a page waits for a broker that does not answer."""
REPLY_SECONDS = 1
"""How long workers have to say that they are there."""


def send(task: "Task", *arguments: Any) -> "AsyncResult":
    """Send a task to the broker. Where tasks run at once, the result is that of the task.

    Raises NoBroker.
    """
    app = task.app
    if app.conf.task_always_eager:
        return task.apply_async(arguments)
    with _connection(app) as connection:
        # a result that nobody reads is not worth waiting for another server
        return task.apply_async(arguments, connection=connection, retry=False, ignore_result=True)


def queues_of_workers(app: "Celery") -> dict[str, set[str]]:
    """The queues that each worker takes from, by the worker's name. Raises NoBroker."""
    with _connection(app) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=PATIENCE_SECONDS)
        asked = app.control.inspect(timeout=REPLY_SECONDS, connection=connection)
        answers = asked.active_queues() or {}
    return {name: {queue["name"] for queue in queues} for name, queues in answers.items()}


@contextmanager
def _connection(app: "Celery") -> Iterator[Any]:
    limits = {
        "max_retries": 1,
        "interval_start": 0,
        # what Redis has in place of a timeout of the connection
        "socket_timeout": PATIENCE_SECONDS,
        "socket_connect_timeout": PATIENCE_SECONDS,
    }
    try:
        with app.connection_for_write(
            connect_timeout=PATIENCE_SECONDS, transport_options=limits
        ) as connection:
            yield connection
    except (OperationalError, OSError) as error:
        why = str(error).rstrip(".")
        raise NoBroker(
            f"Celery's message broker could not be reached: {why}. Start it, look at "
            "CELERY_BROKER_URL, or run `manage.py clvrec_refresh`."
        ) from error
