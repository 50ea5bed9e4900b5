"""Functions that ask the database, for views that run in an event loop."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async

P = ParamSpec("P")
T = TypeVar("T")


def in_thread(function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The same to be awaited: it runs in the thread that Django has for this request.

    Django has no asynchronous driver of databases, and a connection belongs to a thread. Another
    thread would open a connection of its own, which the end of the request does not close.
    """

    @wraps(function)
    async def awaited(*args: P.args, **kwargs: P.kwargs) -> T:
        return await sync_to_async(function, thread_sensitive=True)(*args, **kwargs)

    return awaited
