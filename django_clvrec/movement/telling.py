"""Signals that tell of changes after commit, each change once."""

import logging
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.dispatch import Signal

from django_clvrec.logs import say
from django_clvrec.models import SegmentChange, TierChange, write_database

Change = TierChange | SegmentChange

tier_changed = Signal()
"""Sent after commit with `changes`, a list of TierChange: one after an order or a visit, many in
batches after a refresh. What a receiver raises is logged; it stops nobody."""

segment_changed = Signal()
"""Sent after commit with `changes`, a list of SegmentChange, in batches after a refresh or a
roll-back. What a receiver raises is logged; it stops nobody."""

SIGNALS: dict[type[TierChange] | type[SegmentChange], Signal] = {
    TierChange: tier_changed,
    SegmentChange: segment_changed,
}

EVENTS: dict[str, type[TierChange] | type[SegmentChange]] = {
    "tier_changed": TierChange,
    "segment_changed": SegmentChange,
}
"""What a webhook can be told of."""

BATCH = 1000


def tell_of(source: str, snapshot_id: int, at: datetime) -> None:
    """Tell of all that was noted when the snapshot went live; what nobody hears is not read."""
    for model, signal in SIGNALS.items():
        if not signal.has_listeners(model):
            continue
        # not from a replica, which may be behind
        rows: QuerySet[Any] = model.objects.using(write_database())
        found = rows.filter(source=source, snapshot_id=snapshot_id, changed_at=at)
        changes = found.order_by("pk").iterator(BATCH)
        while batch := list(islice(changes, BATCH)):
            tell(batch)


def tell(changes: Sequence[Change]) -> None:
    """Send changes of one kind."""
    model = type(changes[0])
    for receiver, answer in SIGNALS[model].send_robust(sender=model, changes=changes):
        if isinstance(answer, Exception):
            # its text may name the customer
            name, kind = model._meta.verbose_name_plural, type(answer).__name__
            say(logging.ERROR, "receiver.failed", "%r failed on %s: %s", receiver, name, kind)
