"""Events as browsers report them, judged by their tokens."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django_clvrec.exceptions import BadToken, ExpiredToken
from django_clvrec.feedback.subjects import Subject
from django_clvrec.feedback.tokens import ShownToken, read_token
from django_clvrec.models import KEY_LENGTH, Feedback

SHOWN, CLICKED = "shown", Feedback.Kind.CLICKED.value


class Ignored(StrEnum):
    """Why an event was not counted."""

    NOT_TRACKED = "not_tracked"
    MALFORMED = "malformed"
    BAD_TOKEN = "bad_token"  # noqa: S105 - it is what it says
    EXPIRED = "expired"
    OTHER_VISITOR = "other_visitor"
    UNKNOWN_ITEM = "unknown_item"
    DUPLICATE = "duplicate"
    TOO_MANY = "too_many"


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One event that its token allows."""

    token: ShownToken
    subject: Subject
    item_key: str = ""
    """Of a click; empty where the whole list was shown."""
    rank: int = 0

    @property
    def identity(self) -> tuple[UUID, str]:
        return self.token.list_id, self.item_key


def allowed(
    events: Iterable[Any], subjects: Sequence[Subject], ignored: Counter[str]
) -> list[Event]:
    """The events that are whole and sent by whom their token was made for."""
    read: dict[str, ShownToken | Ignored] = {}
    found = []
    for event in events:
        judged = _judged(event, subjects, read)
        if isinstance(judged, Event):
            found.append(judged)
        else:
            ignored[judged] += 1
    return found


def _judged(
    event: Any, subjects: Sequence[Subject], read: dict[str, ShownToken | Ignored]
) -> Event | Ignored:
    if not _is_whole(event):
        return Ignored.MALFORMED
    text = event["list"]
    if text not in read:
        read[text] = _read(text)
    token = read[text]
    if isinstance(token, Ignored):
        return token
    subject = next((one for one in subjects if one.is_meant_by(token.subject)), None)
    if subject is None:
        return Ignored.OTHER_VISITOR
    if event["kind"] == SHOWN:
        return Event(token=token, subject=subject)
    rank = token.rank_of(event["item"])
    if rank is None or len(event["item"]) > KEY_LENGTH:
        return Ignored.UNKNOWN_ITEM
    return Event(token=token, subject=subject, item_key=event["item"], rank=rank)


def _is_whole(event: Any) -> bool:
    if not isinstance(event, dict) or not isinstance(event.get("list"), str):
        return False
    item = event.get("item")
    is_click = event.get("kind") == CLICKED and isinstance(item, str) and item != ""
    return is_click or event.get("kind") == SHOWN


def _read(text: str) -> ShownToken | Ignored:
    try:
        return read_token(text)
    except ExpiredToken:
        return Ignored.EXPIRED
    except BadToken:
        return Ignored.BAD_TOKEN
