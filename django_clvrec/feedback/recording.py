"""What a browser reports, stored in one transaction."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Value
from django.utils import timezone

from django_clvrec.conf import get_config
from django_clvrec.feedback.judging import CLICKED, Event, Ignored, allowed
from django_clvrec.feedback.storing import store
from django_clvrec.feedback.subjects import Subject, kept
from django_clvrec.models import (
    CurrentTier,
    CustomerScore,
    Feedback,
    ShownList,
    Tier,
    write_database,
)
from django_clvrec.tally import note

DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """How many events were counted, and why the others were not."""

    accepted: int = 0
    ignored: Mapping[str, int] = field(default_factory=dict)


def record(
    events: Sequence[Any], subjects: Sequence[Subject], *, now: datetime | None = None
) -> Recorded:
    """Store what is new of `events`, as `POST events/` takes them; a click implies shown.

    All that is accepted is committed when this returns. Of one list each item counts one click,
    and of one visitor LISTS_PER_DAY lists; what goes beyond is ignored. The number of queries
    does not depend on that of events.
    """
    ignored: Counter[str] = Counter()
    now = now or timezone.now()
    subjects = kept(subjects, now)
    if not subjects:
        ignored[Ignored.NOT_TRACKED] = len(events)
        return _recorded(0, ignored)
    found = allowed(events, subjects, ignored)
    known = _known_lists(found)
    fits = _room(found, known, now)
    countable = known | fits
    first: dict[tuple[UUID, str], Event] = {}
    for event in found:
        if event.token.list_id not in countable:
            ignored[Ignored.TOO_MANY] += 1
        else:
            first.setdefault(event.identity, event)
    shown, clicks = _rows(first.values(), known, now)
    new_lists, new_clicks = store(shown, clicks)
    new = {(one.pk, "") for one in new_lists} & first.keys()
    new |= {(one.shown_list_id, one.item_key) for one in new_clicks}
    ignored[Ignored.DUPLICATE] = len(found) - ignored[Ignored.TOO_MANY] - len(new)
    return _recorded(len(new), ignored)


def _recorded(accepted: int, ignored: Counter[str]) -> Recorded:
    note("feedback", accepted, outcome="recorded")
    for why, number in ignored.items():
        note("feedback", number, outcome=str(why))
    return Recorded(
        accepted=accepted, ignored={str(why): number for why, number in ignored.items() if number}
    )


def _known_lists(events: Iterable[Event]) -> set[UUID]:
    """Those of the events' lists that are stored already. One query."""
    ids = {event.token.list_id for event in events}
    rows = ShownList.objects.using(write_database()).filter(pk__in=ids)
    return set(rows.values_list("pk", flat=True))


def _room(events: Iterable[Event], known: set[UUID], now: datetime) -> set[UUID]:
    """New lists that their visitors may still have counted today, the first first. One query.

    It is asked before anything is written and without a lock, so of requests at the very same
    time each may fill what is left: the limit is against floods and need not be exact.
    """
    wanted = {e.token.list_id: e.subject for e in events if e.token.list_id not in known}
    rows = ShownList.objects.using(write_database()).filter(
        subject_key__in={subject.key for subject in wanted.values()}, shown_at__gt=now - DAY
    )
    counted = rows.values("subject_key", "is_customer").annotate(number=Count("pk"))
    taken: Counter[Subject] = Counter()
    for row in counted:
        subject = Subject(key=row["subject_key"], is_customer=row["is_customer"])
        taken[subject] = row["number"]
    found = set()
    for list_id, subject in wanted.items():
        taken[subject] += 1
        if taken[subject] <= get_config()["LISTS_PER_DAY"]:
            found.add(list_id)
    return found


def _rows(
    events: Iterable[Event], known: set[UUID], now: datetime
) -> tuple[list[ShownList], list[Feedback]]:
    new = {event.token.list_id: event for event in events if event.token.list_id not in known}
    tiers = _tiers(new.values())
    shown = [_shown(event, tiers, now) for event in new.values()]
    clicks = [_click(event, now) for event in events if event.item_key]
    return shown, clicks


def _shown(event: Event, tiers: Mapping[tuple[int, str], str], now: datetime) -> ShownList:
    token, subject = event.token, event.subject
    tier = tiers.get((token.snapshot_id, subject.key)) if _has_tier(event) else None
    return ShownList(
        pk=token.list_id,
        subject_key=subject.key,
        is_customer=subject.is_customer,
        level=token.level,
        intent=token.intent,
        answer_source=token.source,
        snapshot_id=token.snapshot_id,
        tier=tier or Tier.NEW,
        variant=token.variant,
        context=token.context,
        items=[list(pair) for pair in token.items],
        shown_at=now,
    )


def _click(event: Event, now: datetime) -> Feedback:
    return Feedback(
        shown_list_id=event.token.list_id,
        item_key=event.item_key,
        kind=CLICKED,
        rank=event.rank,
        at=now,
    )


def _has_tier(event: Event) -> bool:
    return event.subject.is_customer and event.token.is_personalised


def _tiers(events: Iterable[Event]) -> dict[tuple[int, str], str]:
    """Where customers stand in the snapshots that their lists come from, moves included. One
    query; none for visitors, nor where lists were as newcomers see them."""
    wanted = {(e.token.snapshot_id, e.subject.key) for e in events if _has_tier(e)}
    if not wanted:
        return {}
    of_these = {
        "snapshot_id__in": {snapshot_id for snapshot_id, _ in wanted},
        "customer_key__in": {key for _, key in wanted},
    }
    columns = ("snapshot_id", "customer_key", "tier", "has_moved")
    database = write_database()  # what was noted just now counts
    scores = CustomerScore.objects.using(database).order_by()
    placed = scores.filter(**of_these).annotate(has_moved=Value(0))
    moved = CurrentTier.objects.using(database).filter(**of_these).annotate(has_moved=Value(1))
    both = placed.values_list(*columns).union(moved.values_list(*columns), all=True)
    rows = both.order_by()  # the order of customers is by a column that is not here
    found: dict[tuple[int, str], str] = {}
    for snapshot_id, key, tier, _ in sorted(rows, key=lambda row: row[3]):
        found[snapshot_id, key] = tier
    return found
