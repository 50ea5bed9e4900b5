"""Counts shows and clicks of popular lists, in the transaction that stores the feedback.

Old counts fade: half of them is left after POPULARITY_DAYS, the days that popularity looks back.
They are faded by their own age whenever they are read or added to, so no task has to run, and none
that runs twice can halve them twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from django_clvrec.conf import get_config
from django_clvrec.core.bandit import examined
from django_clvrec.exploration.repeats import first_clicks
from django_clvrec.models import KEY_LENGTH, BanditArm, Feedback, ShownList, write_database

POPULAR = "popular"
"""Source of the lists that teach, as visitors are told it."""

ArmKey = tuple[str, str, str]
"""Level, context, item."""


@dataclass(kw_only=True, slots=True)
class Told:
    """What a batch of feedback says of one arm."""

    shown: float = 0.0
    clicked: float = 0.0


def share_of(tier: str) -> float:
    """The share of slots that explore in the popular lists of a tier."""
    return float(get_config()["EXPLORATION"].get(tier, 0))


def learn(shown: Iterable[ShownList], feedback: Iterable[Feedback], **_: Any) -> None:
    """Receive `feedback_recorded`: popular lists of tiers that explore, and clicks in them.

    Three queries, four where an item is new, one more for clicks, none where nothing of it teaches.
    """
    told: dict[ArmKey, Told] = defaultdict(Told)
    moments: set[datetime] = set()
    for one in filter(_teaches, shown):
        moments.add(one.shown_at)
        for rank, (item_key, _propensity) in enumerate(one.items, 1):
            for arm in _arms(one, item_key):
                told[arm].shown += float(examined(rank))
    clicks = [row for row in feedback if row.kind == Feedback.Kind.CLICKED]
    for row in first_clicks([row for row in clicks if _teaches(row.shown_list)]):
        moments.add(row.at)
        for arm in _arms(row.shown_list, row.item_key):
            told[arm].clicked += 1
    if told:
        _add(told, max(moments))


def _teaches(shown: ShownList) -> bool:
    return shown.answer_source == POPULAR and share_of(shown.tier) > 0


def _arms(shown: ShownList, item_key: str) -> set[ArmKey]:
    """The arm of the list's context, and the one of all contexts."""
    if len(item_key) > KEY_LENGTH:
        return set()
    return {(shown.level, context, item_key) for context in ("", shown.context)}


def _add(told: Mapping[ArmKey, Told], now: datetime) -> None:
    """All rows are made before any is locked, and both in one order, so on PostgreSQL nobody waits
    in a ring. On MySQL and MariaDB two who find that a third has just made a row hold it shared
    and then each want it alone: one of them is undone, and `feedback.storing` tries again."""
    known = set(_rows(told).values_list("level", "context", "item_key"))
    if new := sorted(told.keys() - known):
        made = [
            BanditArm(level=level, context=context, item_key=item_key, updated_at=now)
            for level, context, item_key in new
        ]
        BanditArm.objects.using(write_database()).bulk_create(made, ignore_conflicts=True)
    locked = [arm for arm in _rows(told).select_for_update().order_by("pk") if _key(arm) in told]
    for arm in locked:
        more, left = told[_key(arm)], remaining(arm.updated_at, now)
        arm.shown = arm.shown * left + more.shown
        arm.clicked = arm.clicked * left + more.clicked
        arm.updated_at = max(arm.updated_at, now)
    BanditArm.objects.using(write_database()).bulk_update(
        locked, ["shown", "clicked", "updated_at"]
    )


def _rows(told: Iterable[ArmKey]) -> QuerySet[BanditArm]:
    """At least the rows of `told`: with several levels and contexts, also some between them."""
    levels, contexts, keys = (set(part) for part in zip(*told, strict=True))
    rows = BanditArm.objects.using(write_database())
    return rows.filter(level__in=levels, context__in=contexts, item_key__in=keys)


def _key(arm: BanditArm) -> ArmKey:
    return arm.level, arm.context, arm.item_key


def remaining(since: datetime, now: datetime) -> float:
    """What is left of a count by now: half after POPULARITY_DAYS."""
    age = max(timedelta(), now - since)
    return float(0.5 ** (age / timedelta(days=get_config()["POPULARITY_DAYS"])))


def prune_arms(end: datetime) -> int:
    """Remove what nobody was shown since `end`; the number of arms."""
    removed, _ = BanditArm.objects.using(write_database()).filter(updated_at__lt=end).delete()
    return removed
