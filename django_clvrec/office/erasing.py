"""Removes what is kept of one customer, for somebody who asked for it."""

from django.db import transaction

from django_clvrec.feedback import erase as erase_feedback
from django_clvrec.models import (
    CurrentTier,
    CustomerScore,
    Recommendation,
    SegmentChange,
    TierChange,
    write_database,
)
from django_clvrec.pseudonyms import stored_key


def erase(source: str, customer_key: str) -> int:
    """Scores, lists and history of all snapshots, and feedback; the number of rows and lists.

    The next refresh reads the shop's orders again: erase the customer there too.
    """
    customer_key = stored_key(customer_key)
    database = write_database()
    with transaction.atomic(using=database):
        rows = 0
        for model in (CustomerScore, Recommendation, CurrentTier):
            mine = model.objects.using(database).filter(
                snapshot__source=source, customer_key=customer_key
            )
            rows += mine.delete()[0]
        for history in (TierChange, SegmentChange):
            old = history.objects.using(database).filter(source=source, customer_key=customer_key)
            rows += old.delete()[0]
    return rows + erase_feedback(customer_key)
