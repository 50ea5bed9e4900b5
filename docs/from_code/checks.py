"""The page of system checks: every message with its hint, and why it matters."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from docs.from_code.causes import CHECKS
from docs.from_code.markdown import linked, sentence, whole
from docs.from_code.source import Call, calls, keywords, texts

LEVELS = {"Error": "Error", "Warning": "Warning", "Info": "Info", "source_error": "Error"}


class Check(NamedTuple):
    """One place of the code that complains."""

    number: str
    level: str
    message: str
    hints: tuple[str, ...]


def found() -> list[Check]:
    """Every check of the package, in the order of their ids."""
    return sorted(one for call in calls(*LEVELS) for one in _of(call))


def _of(call: Call) -> Iterator[Check]:
    name = call.node.func.id  # type: ignore[attr-defined]  # calls finds names
    if name == "source_error":
        _, what, hint, number = call.node.args
        ids, messages = texts(number, call.function), texts(what, call.function)
        ids = [f"clvrec.{one}" for one in ids]
        messages = [f"The purchase source … {one}." for one in messages]
    else:
        named = keywords(call.node)
        if "id" not in named or not call.node.args:
            return
        ids, messages = texts(named["id"], call.function), texts(call.node.args[0], call.function)
        hint = named["hint"]
    if not re.match(r"clvrec(_\w+)?\.[EWI]\d", ids[0]):
        return
    hints = tuple(dict.fromkeys(texts(hint, call.function)))
    yield from (Check(ids[0], LEVELS[name], message, hints) for message in messages)


def page() -> str:
    return whole(
        "System checks",
        "What `manage.py check` says of settings, databases and sources; of the character set of "
        "MySQL and MariaDB with `--database default`. `…` stands for a value of yours. An id in "
        "`SILENCED_SYSTEM_CHECKS` is not told. W002, W003 and W005 are of one machine: silence "
        "them where it never refreshes. Ids of `clvrec_oscar` are those of "
        "[Oscar’s app](../how-to/oscar.md).",
        *(
            _section(number, list(several))
            for number, several in groupby(found(), lambda one: one.number)
        ),
    )


def _hint(text: str) -> str:
    return linked(sentence(text))


def _section(number: str, several: list[Check]) -> str:
    lines = [f"## {number}", f"{several[0].level}. {CHECKS[number]}"]
    rows = [f"- “{one.message}”\n  {' Or: '.join(map(_hint, one.hints))}" for one in several]
    return "\n\n".join((*lines, "\n".join(dict.fromkeys(rows))))
