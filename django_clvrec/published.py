"""The signal that tells of a snapshot that went live, for what a shop fills from it."""

import logging
from functools import partial

from django.db import transaction
from django.dispatch import Signal

from django_clvrec.logs import say
from django_clvrec.models import Snapshot, write_database

snapshot_published = Signal()
"""Sent with `snapshot` after the commit that made it live: by a refresh, or by hand, as to roll
back. It is sent where that was done, so a receiver that takes long is the refresh's time, or the
admin's. What a receiver raises is logged; it stops nobody."""


def tell_published(snapshot: Snapshot) -> None:
    """Send the signal once the transaction that flips the pointer is committed."""
    transaction.on_commit(partial(_tell, snapshot), using=write_database(), robust=True)


def _tell(snapshot: Snapshot) -> None:
    for receiver, answer in snapshot_published.send_robust(sender=Snapshot, snapshot=snapshot):
        if isinstance(answer, Exception):
            kind = type(answer).__name__  # its text may name a customer
            message = "%r failed on snapshot %s: %s"
            say(logging.ERROR, "receiver.failed", message, receiver, snapshot.pk, kind)
