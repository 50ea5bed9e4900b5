"""Why an item is recommended: the purchase that speaks for it most, where there is one."""

from dataclasses import replace
from typing import Any

from django_clvrec.core.histories import Histories
from django_clvrec.core.recommenders.base import Fitted
from django_clvrec.core.recommenders.visits import history_of
from django_clvrec.serving.answers import Answer, AnswerSource, RecommendedItem
from django_clvrec.serving.room import Room
from django_clvrec.serving.visit import Visit

EXPLAINED = frozenset({AnswerSource.STORED, AnswerSource.FOLD_IN})
"""What is popular, or follows an interest, is shown for no purchase."""


def with_reasons(answer: Answer, visit: Visit, room: Room, *, with_objects: bool) -> Answer:
    """The answer, whose items say because of what. A query for the purchases, one for objects."""
    fitted = room.serving(answer.intent, visit.tier)
    if fitted is None or answer.source not in EXPLAINED:
        return answer
    history = history_of(visit.history(answer.level, room.places), len(room.keys), visit.tier)
    reasons = {item.key: _reason(item, fitted, history, room) for item in answer}
    named = sorted({key for key in reasons.values() if key})
    objects: dict[str, Any] = {}
    if with_objects and named:
        # also what is not sold any more may be named by who bought it, if the shop still shows it
        objects = visit.shop.items_in_bulk(answer.level, named)
    items = tuple(
        replace(item, because=key, because_object=objects.get(key or ""))
        if not with_objects or key in objects
        else item
        for item, key in ((item, reasons[item.key]) for item in answer)
    )
    return replace(answer, items=items)


def _reason(item: RecommendedItem, fitted: Fitted, history: Histories, room: Room) -> str | None:
    """Another item than itself: that it was bought before is no reason to tell."""
    place = room.places.get(item.key)
    if place is None or not len(history.items):
        return None
    for reason in fitted.explain(history, place):
        if int(reason) != place:
            return str(room.keys[int(reason)])
    return None
