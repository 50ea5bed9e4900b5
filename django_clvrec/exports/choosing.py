"""Which snapshot is exported, and whether what is asked of it exists."""

from collections.abc import Collection

from django_clvrec.conf import get_config
from django_clvrec.core.ranking import INTENTS
from django_clvrec.exceptions import (
    BadListLength,
    NoLiveSnapshot,
    SnapshotRemoved,
    UnknownIntent,
    UnknownSegment,
    UnknownSnapshot,
    UnknownTier,
)
from django_clvrec.models import CustomerScore, Snapshot, Tier
from django_clvrec.parameters import segment_rules
from django_clvrec.sources import get_source

FINISHED = (Snapshot.State.READY, Snapshot.State.HELD)
"""Others lack rows, or lose them."""


def chosen_snapshot(source: str | None, number: int | None) -> Snapshot:
    """The snapshot of that number, or the live one of the source.

    Raises NoSource, NoLiveSnapshot and UnknownSnapshot.
    """
    if number is None:
        name = get_source(source).name
        live = Snapshot.objects.live(name).first()
        if live is None:
            raise NoLiveSnapshot(
                f"No snapshot of {name} is live. Run `manage.py clvrec_refresh`, or wait for the "
                "scheduled task."
            )
        return live
    found = Snapshot.objects.filter(pk=number, state__in=FINISHED)
    if source is not None:
        found = found.filter(source=get_source(source).name)
    snapshot = found.first()
    if snapshot is None:
        raise UnknownSnapshot(
            f"There is no finished snapshot {number}{f' of {source}' if source else ''}. Choose "
            "one that the admin lists as “ready” or “held back”."
        )
    return snapshot


def check_kept(snapshot: Snapshot) -> None:
    """Raises SnapshotRemoved if rows may have gone while they were read."""
    if not Snapshot.objects.filter(pk=snapshot.pk, state__in=FINISHED).exists():
        raise SnapshotRemoved


def check_lists(snapshot: Snapshot, level: str | None, intent: str, n: int) -> str:
    """The level, by default the source's first one.

    Raises UnknownLevel, UnknownIntent and BadListLength.
    """
    shop = get_source(snapshot.source)
    if intent not in INTENTS:
        raise UnknownIntent(f"There is no intent {intent!r}. Use one of {', '.join(INTENTS)}.")
    longest = get_config()["LIST_LENGTH"]
    if not 1 <= n <= longest:
        raise BadListLength(
            f"A list cannot have {n} items, for {longest} are stored. Ask for 1 to {longest}, or "
            'raise CLVREC["LIST_LENGTH"] and refresh.'
        )
    return shop.check_level(level or shop.levels[0])


def check_tiers(tiers: Collection[str]) -> None:
    """Raises UnknownTier."""
    for tier in tiers:
        if tier not in Tier.values:
            raise UnknownTier(f"There is no tier {tier!r}. Use {', '.join(Tier.values)}.")


def check_segments(snapshot: Snapshot, segments: Collection[str]) -> None:
    """A segment is known that the table has now, or that the snapshot was made with.

    Raises UnknownSegment.
    """
    if not segments:
        return
    named = list(dict.fromkeys(rule.name for rule in segment_rules(snapshot.source)))
    rows = CustomerScore.objects.filter(snapshot=snapshot)
    for segment in segments:
        if segment not in named and not rows.in_segment(segment).exists():
            raise UnknownSegment(f"There is no segment {segment!r}. Use one of {', '.join(named)}.")
