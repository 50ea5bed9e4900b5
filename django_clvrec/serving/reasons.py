"""Why an item is recommended: the purchase that speaks for it most, where there is one."""

from collections import Counter
from dataclasses import replace
from typing import Any

from django_clvrec.core.histories import Histories
from django_clvrec.core.recommenders.base import Fitted
from django_clvrec.core.recommenders.visits import history_of
from django_clvrec.serving.answers import Answer, AnswerSource, RecommendedItem
from django_clvrec.serving.room import Room
from django_clvrec.serving.visit import Visit

NEARLY, OFTEN = 5, 2
"""Of so many strongest reasons one is told, each at most so often while there is another: what
everybody buys would else be the reason for everything."""
EXPLAINED = frozenset({AnswerSource.STORED, AnswerSource.FOLD_IN})
"""What is popular, or follows an interest, is shown for no purchase."""


def with_reasons(
    answer: Answer, visit: Visit, room: Room, fitted: Fitted | None, *, with_objects: bool
) -> Answer:
    """The answer of `fitted`, whose items say because of what. A query for the purchases, one for
    objects."""
    if fitted is None or answer.source not in EXPLAINED:
        return answer
    history = history_of(visit.history(answer.level, room.places), len(room.keys), visit.tier)
    told: Counter[int] = Counter()
    reasons = {item.key: _reason(item, fitted, history, room, told) for item in answer}
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


def _reason(
    item: RecommendedItem, fitted: Fitted, history: Histories, room: Room, told: Counter[int]
) -> str | None:
    """The strongest, or one nearly as strong where that was told of other items of the list.

    What was bought before needs none.
    """
    place = room.places.get(item.key)
    if place is None or place in history.items:
        return None
    strongest = [int(reason) for reason in fitted.explain(history, place)[:NEARLY]]
    if not strongest:
        return None
    chosen = min(strongest, key=lambda reason: told[reason] // OFTEN)
    told[chosen] += 1
    return str(room.keys[chosen])
