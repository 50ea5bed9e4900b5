"""One customer has moved: an order or the time that passed, noted by the visit that finds it."""

import logging
from functools import partial

from django.db import Error, IntegrityError, transaction
from django.utils import timezone

from django_clvrec.logs import say
from django_clvrec.models import CurrentTier, SourceState, TierChange, write_database
from django_clvrec.movement.telling import tell


def record(
    source: str,
    snapshot_id: int,
    customer_key: str,
    *,
    before: str,
    after: str,
    cause: str,
    revision: int = 0,
) -> None:
    """Note that a customer has moved since the snapshot; of many at once only one notes it.

    `revision` is that of the source when the visit began: after an erasure nothing is noted.

    Nothing is lost where it fails, such as on a database that is read-only: the next visit tries
    again.
    """
    try:
        with transaction.atomic(using=write_database()):
            # a visit that began before a refresh went live must not undo what that has noted, nor
            # may one that began before its customer was erased
            states = SourceState.objects.using(write_database()).select_for_update()
            mine = states.filter(source=source, live_id=snapshot_id, revision=revision)
            if not mine.exists():
                return
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
            transaction.on_commit(partial(tell, [change]), using=write_database())
    except Error as error:
        message, kind = "A tier change could not be recorded: %s", type(error).__name__
        say(logging.WARNING, "movement.unrecorded", message, kind, source=source)


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
