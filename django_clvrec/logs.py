"""Structured logs: what each record of “django_clvrec” says of itself, and a formatter for it.

Records name sources, snapshots, tasks, stages and counts, never customers, items or money. What
another's code raises may name them, so of errors only the kind is logged: no record carries the
text or the traceback of one. docs/how-to/monitoring.md
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from traceback import walk_tb
from types import MappingProxyType
from typing import Any

logger = logging.getLogger("django_clvrec")

FIELDS = (
    "event", "source", "snapshot", "task", "request", "engine", "item_level", "stage", "seconds",
    "rows", "reason",
)  # fmt: skip
"""Attributes of every record, None where it is about something else."""

_about: ContextVar[Mapping[str, Any]] = ContextVar("clvrec_about", default=MappingProxyType({}))


@contextmanager
def about(**fields: Any) -> Iterator[None]:
    """All that is logged meanwhile has these fields too, such as the id of a request."""
    known = {name: value for name, value in fields.items() if value is not None}
    token = _about.set({**_about.get(), **known})
    try:
        yield
    finally:
        _about.reset(token)


def say(severity: int, event: str, message: str, *args: Any, **fields: Any) -> None:
    """Log what happened, for people in words and for machines in fields."""
    logger.log(severity, message, *args, extra={"event": event, **fields}, stacklevel=2)


class Context(logging.Filter):
    """Adds to each record what it is about; it lets all of them pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        known = _about.get()
        for name in FIELDS:
            if not hasattr(record, name):
                setattr(record, name, known.get(name))
        return True


# on the logger and not on a handler, so that every handler of the shop finds the fields
logger.addFilter(Context("django_clvrec.context"))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and the fields that are known.

    Of an error it tells kind and place, not the text, which may hold what it was about.
    """

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, tz=UTC)
        said = {
            "time": at.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        fields = {name: getattr(record, name, None) for name in FIELDS}
        known = {name: value for name, value in fields.items() if value is not None}
        return json.dumps({**said, **known, **_error(record)}, default=str)


def _error(record: logging.LogRecord) -> dict[str, Any]:
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return {}
    places = [
        f"{frame.f_code.co_filename}:{line} {frame.f_code.co_name}"
        for frame, line in walk_tb(error.__traceback__)
    ]
    return {"error": type(error).__name__, "trace": places}
