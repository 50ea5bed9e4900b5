"""Answers while the database does not: what this process showed last to everybody, or nothing."""

import time
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import wraps
from typing import Any, ParamSpec

from django_clvrec.core.ranking import AGAIN, DISCOVER, MIXED
from django_clvrec.outages import served
from django_clvrec.serving.answers import DEFAULT_N, Answer, AnswerSource, checked_n
from django_clvrec.sources import get_source

P = ParamSpec("P")

UNAVAILABLE = "Recommendations are unavailable for a moment: the database does not answer."
OLDEST_SECONDS = 600.0
"""What was popular longer ago may be sold out by now: then nothing is shown."""
FRESH_SECONDS = 60.0
"""For so long a longer list is worth more than a newer one."""
FOR_ALL = frozenset({AnswerSource.POPULAR, AnswerSource.CATALOGUE})

_popular: dict[tuple[str, str], tuple[float, Answer]] = {}
"""By source and level, with the time of it. It holds the shop's objects, and nobody's own list."""


def standing_by(
    otherwise: Callable[..., Answer],
) -> Callable[[Callable[P, Answer]], Callable[P, Answer]]:
    """Have `otherwise`, called with the same arguments, answer while the database does not."""

    def decorate(ask: Callable[P, Answer]) -> Callable[P, Answer]:
        @wraps(ask)
        def answer(*args: P.args, **kwargs: P.kwargs) -> Answer:
            return served(
                lambda: _noticed(ask(*args, **kwargs), kwargs),
                lambda: otherwise(*args, **kwargs),
            )

        return answer

    return decorate


def popular_standby(
    customer_key: str | None = None,  # noqa: ARG001 - it is called as `recommend` is
    level: str | None = None,
    n: int = DEFAULT_N,
    intent: str = DISCOVER,
    *,
    exclude: Collection[str] = (),
    source: str | None = None,
    interests: Collection[str] = (),
    **_: Any,
) -> Answer:
    """What `recommend` answers without a database: the popular items that were shown last.

    None for who wants to buy again: that they bought it would be a lie.
    """
    shop = get_source(source)
    level = shop.check_level(level or shop.levels[0])
    at, found = _popular.get((shop.name, level), (0.0, None))
    is_old = time.monotonic() - at > OLDEST_SECONDS
    if found is None or is_old or intent == AGAIN:
        return _nothing(level, intent)
    hidden = {*exclude, *interests}
    kept = [item for item in found if item.key not in hidden][: checked_n(n)]
    items = tuple(replace(item, rank=rank) for rank, item in enumerate(kept, 1))
    return replace(found, items=items, intent=intent)


def nothing_standby(
    items: Collection[str] = (),  # noqa: ARG001 - it is called as `related` is
    level: str | None = None,
    *_: Any,
    source: str | None = None,
    **__: Any,
) -> Answer:
    """What `related` answers without a database."""
    shop = get_source(source)
    return _nothing(shop.check_level(level or shop.levels[0]), MIXED)


def emptied(answer: Answer) -> Answer:
    """For where even the objects of what is kept want the database."""
    return _nothing(answer.level, answer.intent)


def _nothing(level: str, intent: str) -> Answer:
    return Answer(source=AnswerSource.NONE, level=level, intent=intent, reason=UNAVAILABLE,
                  is_standby=True)  # fmt: skip


def _noticed(answer: Answer, asked: dict[str, Any]) -> Answer:
    """Keep a list that is anybody's, as it would be shown without a database."""
    is_for_all = answer.customer_key is None and answer.source in FOR_ALL and answer.items
    # what one visitor has excluded or chosen is no other's affair
    is_plain = not asked.get("interests") and not asked.get("exclude")
    if is_for_all and is_plain and asked.get("with_objects"):
        name, now = (get_source(asked.get("source")).name, answer.level), time.monotonic()
        at, before = _popular.get(name, (0.0, None))
        if before is None or now - at > FRESH_SECONDS or len(answer) >= len(before):
            _popular[name] = now, replace(
                answer, reason=UNAVAILABLE, is_standby=True, context="", propensities=None,
                variant="", template="",
            )  # fmt: skip
    return answer
