"""What one request's answers are made of, told to who looks at that request; else to nobody.

A context variable goes along where Django and asgiref run a view's parts in other threads, so what
is looked at is one request and no other, whichever thread answers it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol


class Looker(Protocol):
    """Who wants to know. What it raises would break the page."""

    def begins(self, call: str, asked: Mapping[str, Any]) -> None:
        """An answer is looked for; `asked` are the arguments by name."""

    def removed(self, why: str, keys: Sequence[str]) -> None:
        """Items that are not shown in the answer that was begun last."""

    def filled(self, origins: Mapping[str, str]) -> None:
        """Which way each item of that answer was found."""

    def cached(self, hits: int, misses: int) -> None:
        """Facts that the cache knew and did not know for that answer."""

    def ends(self, answer: Any) -> None:
        """The answer; None where an error was raised."""


_looker: ContextVar[Looker | None] = ContextVar("clvrec_looker", default=None)


def looker() -> Looker | None:
    """Who looks at what is done now."""
    return _looker.get()


def look(one: Looker | None) -> None:
    """From now on `one` is told; None: nobody."""
    _looker.set(one)


@contextmanager
def unseen() -> Iterator[None]:
    """What is done meanwhile is told to nobody."""
    one = looker()
    look(None)
    try:
        yield
    finally:
        look(one)
