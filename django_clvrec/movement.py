"""Moving through the tiers: every change is recorded once, and told by a signal after commit."""

import logging
from datetime import datetime
from functools import partial
from itertools import islice

from django.db import Error, IntegrityError, connections, transaction
from django.dispatch import Signal
from django.utils import timezone

from django_clvrec.core.tiers import NEW
from django_clvrec.models import CurrentTier, CustomerScore, TierChange, write_database

logger = logging.getLogger("django_clvrec")

tier_changed = Signal()
"""Sent after commit with `changes`, a list of TierChange: one after an order or a visit, many in
batches after a refresh. What a receiver raises is logged; it stops nobody."""

BATCH = 1000


def record(
    source: str, snapshot_id: int, customer_key: str, *, before: str, after: str, cause: str
) -> None:
    """Note that a customer has moved since the snapshot; of many at once only one notes it.

    Nothing is lost where it fails, such as on a database that is read-only: the next visit tries
    again.
    """
    try:
        with transaction.atomic(using=write_database()):
            if not _moved(snapshot_id, customer_key, before, after):
                return
            change = TierChange(
                source=source,
                customer_key=customer_key,
                from_tier=before,
                to_tier=after,
                cause=cause,
                changed_at=timezone.now(),
                snapshot_id=snapshot_id,
            )
            change.save(using=write_database())
            transaction.on_commit(partial(_tell, [change]), using=write_database())
    except Error as error:
        logger.warning("A tier change could not be recorded: %s", type(error).__name__)


def _moved(snapshot_id: int, customer_key: str, before: str, after: str) -> bool:
    """Set where the customer stands; False if another process did."""
    rows = CurrentTier.objects.using(write_database())
    mine = rows.filter(snapshot_id=snapshot_id, customer_key=customer_key)
    if mine.filter(tier=before).update(tier=after):
        return True
    if mine.exists():
        return False
    try:
        with transaction.atomic(using=write_database()):
            rows.create(snapshot_id=snapshot_id, customer_key=customer_key, tier=after)
    except IntegrityError:
        return False
    return True


def record_flip(source: str, before: int | None, after: int, cause: str, at: datetime) -> None:
    """Note who stands elsewhere in the snapshot `after` than at the end of `before`.

    Who was not known before was `new`; moves that `after` saw when it was live before are void.
    One statement, to be called in the transaction that makes `after` the live one. The first
    snapshot of a shop moves nobody.
    """
    if before == after:  # it is live already: who has moved since stays moved
        return
    CurrentTier.objects.using(write_database()).filter(snapshot_id=after).delete()
    if before is None:
        return
    database = connections[write_database()]
    scores = CustomerScore._meta.db_table
    with database.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {TierChange._meta.db_table} "  # noqa: S608 - names of our own tables
            "(source, customer_key, from_tier, to_tier, cause, changed_at, snapshot_id) "
            "SELECT %s, now.customer_key, COALESCE(moved.tier, past.tier, %s), now.tier, "
            "%s, %s, %s "
            f"FROM {scores} now "
            f"LEFT JOIN {scores} past "
            "ON past.snapshot_id = %s AND past.customer_key = now.customer_key "
            f"LEFT JOIN {CurrentTier._meta.db_table} moved "
            "ON moved.snapshot_id = %s AND moved.customer_key = now.customer_key "
            "WHERE now.snapshot_id = %s AND now.tier <> COALESCE(moved.tier, past.tier, %s)",
            [
                source, NEW, cause, database.ops.adapt_datetimefield_value(at), after,
                before, before, after, NEW,
            ],
        )  # fmt: skip
    transaction.on_commit(partial(_tell_of, source, after, at), using=write_database())


def _tell_of(source: str, snapshot_id: int, at: datetime) -> None:
    if not tier_changed.receivers:
        return
    found = TierChange.objects.filter(source=source, snapshot_id=snapshot_id, changed_at=at)
    rows = found.order_by("pk").iterator(BATCH)
    while batch := list(islice(rows, BATCH)):
        _tell(batch)


def _tell(changes: list[TierChange]) -> None:
    for receiver, answer in tier_changed.send_robust(sender=TierChange, changes=changes):
        if isinstance(answer, Exception):
            logger.error("%r failed on tier changes: %r", receiver, answer)


__all__ = ["BATCH", "record", "record_flip", "tier_changed"]
