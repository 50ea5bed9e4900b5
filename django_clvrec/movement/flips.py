"""Everybody who moves when another snapshot goes live: a statement for tiers, one for segments."""

from datetime import datetime
from functools import partial

from django.db import connections, transaction

from django_clvrec.core.tiers import NEW
from django_clvrec.models import (
    CurrentTier,
    CustomerScore,
    SegmentChange,
    Snapshot,
    TierChange,
    write_database,
)
from django_clvrec.movement.telling import tell_of
from django_clvrec.pseudonyms import REPORTED

SCORES = CustomerScore._meta.db_table
KEYS = f"report__{REPORTED}"
PAST = (
    f"FROM {SCORES} now LEFT JOIN {SCORES} past "
    "ON past.snapshot_id = %s AND past.customer_key = now.customer_key "
)
"""Customers of one snapshot beside what another one says of them."""


def record_flip(source: str, before: int | None, after: int, cause: str, at: datetime) -> None:
    """Note who stands elsewhere in the snapshot `after` than at the end of `before`.

    To be called in the transaction that makes `after` the live one. Moves that `after` saw when it
    was live before are void. The first snapshot of a shop moves nobody, nor does the
    first one under another PSEUDONYM_KEY.
    """
    if before == after:  # it is live already: who has moved since stays moved
        return
    CurrentTier.objects.using(write_database()).filter(snapshot_id=after).delete()
    if before is None:
        return
    has_same_keys, has_same_segments = _in_common(before, after)
    if not has_same_keys:
        return
    _note_tiers(source, before, after, cause, at)
    if has_same_segments:
        _note_segments(source, before, after, at)
    tell = partial(tell_of, source, after, at)
    transaction.on_commit(tell, using=write_database(), robust=True)


def _note_tiers(source: str, before: int, after: int, cause: str, at: datetime) -> None:
    """Who was not known before was `new`."""
    _execute(
        f"INSERT INTO {TierChange._meta.db_table} "
        "(source, customer_key, from_tier, to_tier, cause, changed_at, snapshot_id) "
        "SELECT %s, now.customer_key, COALESCE(moved.tier, past.tier, %s), now.tier, %s, %s, %s "
        f"{PAST} LEFT JOIN {CurrentTier._meta.db_table} moved "
        "ON moved.snapshot_id = %s AND moved.customer_key = now.customer_key "
        "WHERE now.snapshot_id = %s AND now.tier <> COALESCE(moved.tier, past.tier, %s)",
        [source, NEW, cause, at, after, before, before, after, NEW],
    )


def _in_common(before: int, after: int) -> tuple[bool, bool]:
    """Whether both know customers by the same keys, and follow one table of segments.

    Under another key all would have gone and others come, and where an admin has changed the table,
    nobody has moved.
    """
    snapshots = Snapshot.objects.using(write_database()).filter(pk__in=(before, after))
    reports = list(snapshots.values_list(KEYS, "report__segment_rules"))
    keys, rules = zip(*reports, strict=True)
    return len({one or "" for one in keys}) == 1, all(one == rules[0] for one in rules)


def _note_segments(source: str, before: int, after: int, at: datetime) -> None:
    """Who was not known before comes from "".

    Nobody comes from a snapshot without any segments, which is older than they are: the refresh
    after an upgrade would note every customer of the shop.
    """
    _execute(
        f"INSERT INTO {SegmentChange._meta.db_table} "  # noqa: S608 - names of our own tables  # nosec B608
        "(source, customer_key, from_segment, to_segment, changed_at, snapshot_id) "
        "SELECT %s, now.customer_key, COALESCE(past.segment, ''), now.segment, %s, %s "
        f"{PAST} WHERE now.snapshot_id = %s "
        "AND now.segment <> '' AND now.segment <> COALESCE(past.segment, '') "
        f"AND EXISTS (SELECT 1 FROM {SCORES} WHERE snapshot_id = %s AND segment <> '')",
        [source, at, after, before, after, before],
    )


def _execute(statement: str, parameters: list[str | int | datetime]) -> None:
    database = connections[write_database()]
    times = database.ops.adapt_datetimefield_value
    with database.cursor() as cursor:
        cursor.execute(
            statement, [times(one) if isinstance(one, datetime) else one for one in parameters]
        )
