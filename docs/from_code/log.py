"""The page of the log: every event, with its level and its words."""

import ast
from typing import NamedTuple

from django_clvrec.logs import FIELDS
from docs.from_code.causes import EVENTS
from docs.from_code.markdown import code, codes, table, whole
from docs.from_code.source import Call, calls, keywords, texts

MADE = {"refresh.…": ("refresh.held",)}
"""Events whose name is put together, by what the code says of them."""
GENERAL = "serving.…"
"""What `degraded` says of each reason; its callers are listed instead."""


class Event(NamedTuple):
    """What one place of the code logs."""

    name: str
    level: str
    message: str
    fields: tuple[str, ...]


def found() -> list[Event]:
    """Every event, by name."""
    said = [one for call in calls("say") for one in _of(call)]
    worse = [_degraded(call) for call in calls("degraded")]
    return sorted({*said, *worse})


def _of(call: Call) -> list[Event]:
    if len(call.node.args) < 3:
        return []
    level, name, message, *_ = call.node.args
    names = [one for text in texts(name, call.function) for one in MADE.get(text, (text,))]
    words = " / ".join(dict.fromkeys(texts(message, call.function)))
    fields = tuple(one for one in FIELDS if one in keywords(call.node))
    return [
        Event(one, ast.unparse(level).rpartition(".")[2], words, fields)
        for one in names
        if one != GENERAL
    ]


def _degraded(call: Call) -> Event:
    reason, message = (texts(one, call.function)[0] for one in call.node.args[:2])
    return Event(f"serving.{reason}", "WARNING", message, ("reason",))


def _words(one: Event) -> str:
    return f"“{one.message}”" + (f", with {codes(one.fields)}" if one.fields else "")


def page() -> str:
    rows = [[code(one.name), one.level, _words(one), EVENTS.get(one.name, "")] for one in found()]
    return whole(
        "Events of the log",
        "Records of the logger `django_clvrec`. Each has these fields, None where it is about "
        f"something else: {codes(FIELDS)}. Those of a refresh have its source, snapshot, engine "
        "and task. As JSON, and what is never in them: "
        "[monitoring](../how-to/monitoring.md#logs).",
        table(("Event", "Level", "Message", "What to do"), rows),
    )
