"""What a refresh learns from: by the settings, and by what was decided of items in quarantine.

`engines.counting` does the arithmetic. Arrow is no matter of web processes, so they leave this
module alone.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from django_clvrec.conf import DEFAULTS, get_config
from django_clvrec.core.bursts import BurstRules, Newcomers
from django_clvrec.core.caps import WeightCaps
from django_clvrec.engines.counting import Counted, Decision, Found, counted
from django_clvrec.logs import say
from django_clvrec.models import KEY_LENGTH, Quarantine, Snapshot, write_database

QUARANTINE = "quarantine"
"""The stage of a refresh."""
EPOCH = date(1970, 1, 1)
BATCH_ROWS = 1000
OnStep = Callable[[int, int], None]


def learnt_from(
    source: str, log: Path, out: Path, levels: Iterable[str], on_step: OnStep = lambda *_: None
) -> Counted:
    """The part of a source's log that is learnt from, by the settings and by what was decided."""
    rules = burst_rules()
    rows = Quarantine.objects.using(write_database()).filter(source=source)
    if rules is None:  # then what nobody has decided on counts
        rows = rows.exclude(state=Quarantine.State.OPEN)
    return counted(
        log,
        out,
        tuple(levels),
        caps=weight_caps(),
        rules=rules,
        decisions=[_decision(row) for row in rows],
        on_step=on_step,
    )


def weight_caps() -> WeightCaps:
    caps = get_config()["WEIGHT_CAPS"] or {}
    return WeightCaps(per_day=caps.get("per_day"), in_all=caps.get("in_all"))


def burst_rules() -> BurstRules | None:
    given = get_config()["QUARANTINE"]
    return None if given is None else BurstRules(**DEFAULTS["QUARANTINE"] | dict(given))


def keep(snapshot: Snapshot, found: Iterable[Found]) -> dict[str, int]:
    """Store what a refresh found, for somebody to decide; how many rows by state.

    An item that was found before keeps its row, with the figures of now and the days of both. It
    waits for a decision even where it has become less conspicuous: who pushes an item may go on
    more slowly.
    """
    with transaction.atomic(using=write_database()):
        rows = Quarantine.objects.using(write_database()).filter(source=snapshot.source)
        pending: dict[tuple[str, str], list[Quarantine]] = {}
        for row in rows.exclude(state=Quarantine.State.RELEASED):
            pending.setdefault((row.level, row.item_key), []).append(row)
        new = []
        for one in found:
            if len(one.item_key) > KEY_LENGTH:
                continue
            before = _row_of(one, pending.get((one.level, one.item_key), []))
            row = _tell(before or Quarantine(source=snapshot.source), one, snapshot)
            if before is None:
                new.append(row)
            else:
                row.save(using=write_database())
        Quarantine.objects.using(write_database()).bulk_create(new, batch_size=BATCH_ROWS)
        states = list(rows.values_list("state", flat=True))
    if waiting := states.count(Quarantine.State.OPEN):
        message = "Refresh %s: %s items in quarantine are undecided"
        say(logging.WARNING, "quarantine.undecided", message, snapshot.pk, waiting)
    return {state: states.count(state) for state in Quarantine.State.values}


def _row_of(found: Found, rows: Iterable[Quarantine]) -> Quarantine | None:
    first, last = _day(found.burst.first), _day(found.burst.last)
    return next((row for row in rows if row.first_day <= last and first <= row.last_day), None)


def _tell(row: Quarantine, found: Found, snapshot: Snapshot) -> Quarantine:
    burst = found.burst
    first, last = _day(burst.first), _day(burst.last)
    if row.pk is not None:  # what was decided of days that are not conspicuous any more holds
        first, last = min(first, row.first_day), max(last, row.last_day)
    values: dict[str, Any] = {
        "level": found.level,
        "item_key": found.item_key,
        "first_day": first,
        "last_day": last,
        "days": burst.who.days,
        "orders_before": burst.who.before,
        "buyers": burst.buyers,
        "newcomers": burst.newcomers,
        "usual": burst.usual,
        "chance": burst.chance,
        "snapshot_id": snapshot.pk,
    }
    for name, value in values.items():
        setattr(row, name, value)
    return row


def _decision(row: Quarantine) -> Decision:
    return Decision(
        level=row.level,
        item_key=row.item_key,
        first=(row.first_day - EPOCH).days,
        last=(row.last_day - EPOCH).days,
        who=Newcomers(days=row.days, before=row.orders_before),
        counts=row.state == Quarantine.State.RELEASED,
    )


def _day(number: int) -> date:
    return EPOCH + timedelta(days=number)
