"""How far a new snapshot is from the live one, and the alarm where that is far.

Customers are compared by the population stability index of recency, frequency, monetary value and
tiers, lists by how many items they hold and how many they share. An alarm holds nothing back, for
what is unlike may be right; with `"hold": True` in DRIFT it does. docs/how-to/monitoring.md
"""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.dispatch import Signal

from django_clvrec.conf import get_config
from django_clvrec.core.drift import by_chance, likeness, overlap, psi, psi_of_quantiles
from django_clvrec.core.ranking import DISCOVER
from django_clvrec.core.tiers import NEW, TIERS
from django_clvrec.logs import say
from django_clvrec.models import Recommendation, Snapshot, write_database

PSI, COVERAGE, OVERLAP, HOLD = "psi", "coverage", "overlap", "hold"
BOUNDS = (PSI, COVERAGE, OVERLAP)
"""What may be bounded: psi from above, the others from below."""
MEASURED = ("recency_days", "frequency", "monetary_value")
SAMPLE, TOP = 200, 10
"""So many customers' lists are compared, and so many items of each."""

drifted = Signal()
"""Sent with `snapshot` and `drift`, what its report says of it, when a refresh has ended whose
snapshot is far from the one that was live. What a receiver raises is logged; it stops nobody."""

Report = Mapping[str, Any]


def measure(snapshot: Snapshot) -> list[str]:
    """Put into the snapshot's report how far it is from what is live; why to hold it back.

    Two queries for each level, and one.
    """
    live = Snapshot.objects.live(snapshot.source).first()
    if live is None:
        return []
    shared = dict(_overlaps(live.pk, snapshot.pk, snapshot.report.get("items_listed", {})))
    found = compared(live.report, snapshot.report) | {OVERLAP: shared, "against": live.pk}
    bounds = get_config()["DRIFT"]
    found["alarms"] = list(alarms(found, bounds))
    snapshot.report["drift"] = found
    return [told(alarm) for alarm in found["alarms"]] if bounds.get(HOLD) else []


def compared(before: Report, now: Report) -> dict[str, Any]:
    """What two reports tell. What one of them does not know is left out."""
    old, new = before.get("spread", {}), now.get("spread", {})
    indices = {
        name: psi_of_quantiles(old[name], new[name])
        for name in MEASURED
        if name in old and name in new
    }
    if "tiers" in before and "tiers" in now:
        indices["tiers"] = psi(_tiers(before), _tiers(now))
    listed, lists = before.get("items_listed", {}), now.get("items_listed", {})
    levels = listed.keys() | lists.keys() if listed else ()
    chance = by_chance(before.get("customers", 0), now.get("customers", 0))
    return {
        PSI: {name: round(value, 4) for name, value in indices.items()},
        "chance": round(min(chance, 1e6), 4),
        COVERAGE: {
            level: round(likeness(listed.get(level, 0), lists.get(level, 0)), 4)
            for level in sorted(levels)
        },
    }


def _tiers(report: Report) -> list[float]:
    return [report["tiers"].get(tier, 0) for tier in (NEW, *TIERS)]


def alarms(found: Report, bounds: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What is beyond its bound. An index that chance gives to so few customers is none."""
    if (most := bounds.get(PSI)) is not None:
        for name, value in found[PSI].items():
            if value > most and value > found["chance"]:
                yield {"index": PSI, "of": name, "value": value, "bound": most}
    for index in (COVERAGE, OVERLAP):
        if (least := bounds.get(index)) is not None:
            for name, value in found[index].items():
                if value < least:
                    yield {"index": index, "of": name, "value": value, "bound": least}


def told(alarm: Mapping[str, Any]) -> str:
    """An alarm in words, for logs and for what is held back."""
    words = {
        PSI: "the population stability index of {of} is {value:.2f}",
        COVERAGE: "the number of different items listed at {of} is unlike, {value:.0%}",
        OVERLAP: "lists at {of} share {value:.0%} of their items with those before",
    }
    text = words[alarm["index"]].format(**alarm).replace("_", " ")
    return f"{text}, and DRIFT allows {alarm['bound']}"


def tell(snapshot: Snapshot) -> None:
    """Log an alarm and send the signal, where there is one."""
    drift = snapshot.report.get("drift", {})
    if not drift.get("alarms"):
        return
    said = "; ".join(told(alarm) for alarm in drift["alarms"])
    message = "Snapshot %s is far from snapshot %s: %s"
    say(logging.WARNING, "refresh.drifted", message, snapshot.pk, drift["against"], said)
    for _, answer in drifted.send_robust(sender=Snapshot, snapshot=snapshot, drift=drift):
        if isinstance(answer, Exception):
            reason = type(answer).__name__
            say(logging.ERROR, "receiver.failed", "A receiver of `drifted` failed: %s", reason)


def _overlaps(before: int, now: int, levels: Mapping[str, int]) -> Iterator[tuple[str, float]]:
    for level in levels:
        new = _tops(now, level)
        shared = overlap(_tops(before, level, [*new]), new)
        if shared is not None:
            yield level, round(shared, 4)


def _tops(snapshot_id: int, level: str, keys: list[str] | None = None) -> dict[str, list[str]]:
    """The first items of the lists of some customers, by customer. One query."""
    rows = Recommendation.objects.using(write_database()).filter(
        snapshot_id=snapshot_id, level=level, intent=DISCOVER
    )
    if keys is not None:
        rows = rows.filter(customer_key__in=keys)
    few = rows.order_by("customer_key")[:SAMPLE]
    return {row.customer_key: [key for key, _ in row.pairs()[:TOP]] for row in few}
