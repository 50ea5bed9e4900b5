"""How long feedback is kept, and how it goes."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from django_clvrec.conf import get_config
from django_clvrec.exploration import prune_arms
from django_clvrec.logs import say
from django_clvrec.models import Feedback, ShownList, write_database
from django_clvrec.pseudonyms import stored_key

BATCH_LISTS = 500
"""So few that no lock is held long, and that every database takes their ids in one statement."""


def prune_feedback(now: datetime | None = None) -> int:
    """Remove lists that were shown more than FEEDBACK_DAYS ago, with what became of them.

    The number of lists; what was learnt of items that nobody was shown since goes too. What is
    removed stays removed when it is interrupted.
    """
    end = (now or timezone.now()) - timedelta(days=get_config()["FEEDBACK_DAYS"])
    prune_arms(end)
    lists = _remove(_lists().filter(shown_at__lt=end).order_by("shown_at"))
    say(logging.INFO, "feedback.pruned", "%d old lists were removed", lists, rows=lists)
    return lists


def erase(subject_key: str, *, is_customer: bool = True) -> int:
    """Remove all feedback of one customer, or of one visitor; the number of lists."""
    key = stored_key(subject_key) if is_customer else subject_key
    return _remove(_lists().filter(subject_key=key, is_customer=is_customer).order_by("pk"))


def _lists() -> QuerySet[ShownList]:
    return ShownList.objects.using(write_database())


def _remove(lists: QuerySet[ShownList]) -> int:
    return sum(len(ids) for ids in _removed(lists))


def _removed(lists: QuerySet[ShownList]) -> Iterator[list[UUID]]:
    while ids := list(lists.values_list("pk", flat=True)[:BATCH_LISTS]):
        with transaction.atomic(using=write_database()):
            # past a host's signal receivers, for which every row would be loaded
            feedback = Feedback.objects.using(write_database()).filter(shown_list__in=ids)
            feedback._raw_delete(feedback.db)
            few = _lists().filter(pk__in=ids)
            few._raw_delete(few.db)
        yield ids
