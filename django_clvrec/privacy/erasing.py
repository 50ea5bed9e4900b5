"""Erases customers: from rows, arrays, history, feedback, groups, the admin's history, caches."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from django_clvrec import marks
from django_clvrec.feedback import erase as erase_feedback
from django_clvrec.forgetting import forget_history, forget_in_snapshots
from django_clvrec.logs import say
from django_clvrec.models import KEY_LENGTH, CustomerGroup, CustomerScore, Snapshot, write_database
from django_clvrec.pseudonyms import StoredKey, marked_keys
from django_clvrec.serving.erased import forget_customers
from django_clvrec.sources import get_source

BATCH_CUSTOMERS = 200
"""Erased in one transaction: nothing goes live meanwhile, and nobody's move is noted."""
REPR_LENGTH = 200
"""So much of a key the admin's history keeps."""
LISTS, GROUPS, ENTRIES = "ShownList", "CustomerGroup", "LogEntry"


@dataclass(frozen=True, kw_only=True)
class Erased:
    """How many customers were asked for, and how many rows of what there were."""

    customers: int = 0
    rows: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.rows.total()


def erase(customer_key: str, source: str | None = None, *, stays_out: bool = False) -> Erased:
    """Remove all that is kept of one customer, at once; how many rows of what.

    A refresh at work does not bring them back. The next one reads the shop's orders again: erase
    the customer there first. With `stays_out`, orders may stay for the books: they are not learnt
    from, and the customer sees what a visitor sees, until `let_in`. It does no harm to erase
    somebody twice, or of whom nothing is known.
    """
    return erase_many([customer_key], source, stays_out=stays_out)


def erase_many(
    customer_keys: Iterable[str], source: str | None = None, *, stays_out: bool = False
) -> Erased:
    """The same for many, a few at a time. What is erased stays erased when it is interrupted."""
    name = get_source(source).name
    found = Erased()
    for few in _batches(customer_keys):
        rows = _erase(name, _all_keys(few), stays_out=stays_out)
        found = Erased(customers=found.customers + len(few), rows=found.rows + rows)
    message = "Customers were erased: %d rows and lists"
    say(logging.INFO, "customer.erased", message, found.total, source=name, rows=found.total)
    return found


def let_in(customer_keys: Iterable[str], source: str | None = None) -> int:
    """Undo `stays_out`: the next refresh learns from their orders; how many stayed out."""
    name = get_source(source).name
    count = 0
    for few in _batches(customer_keys):
        with transaction.atomic(using=write_database()):
            marks.next_revision(name)
            keys = _all_keys(few)
            found = marks.unmark(name, keys)
            count += sum(any(one in found for one in marked_keys(key)) for key in few)
            _then_forget(name, keys)
    return count


def _batches(customer_keys: Iterable[str]) -> Iterator[list[str]]:
    """What cannot be a key is that of nobody."""
    keys = iter(dict.fromkeys(customer_keys))
    while few := list(islice(keys, BATCH_CUSTOMERS)):
        yield [key for key in few if key and "\0" not in key and len(key) <= KEY_LENGTH]


def _all_keys(customer_keys: Iterable[str]) -> list[StoredKey]:
    """Under which there may be rows and marks, also from before PSEUDONYM_KEY."""
    return [*dict.fromkeys(one for key in customer_keys for one in marked_keys(key))]


def _erase(source: str, keys: Sequence[StoredKey], *, stays_out: bool) -> Counter[str]:
    if not keys:
        return Counter()
    database = write_database()
    with transaction.atomic(using=database):
        # first of all: from here on nothing goes live before this is committed
        revision = marks.next_revision(source)
        marks.mark(source, keys, revision, timezone.now(), stays_out=stays_out)
        snapshots = Snapshot.objects.using(database).filter(source=source)
        ids = [*snapshots.order_by().values_list("pk", flat=True)]
        rows = forget_in_snapshots(source, ids, keys)
        rows += forget_history(source, keys)
        rows[LISTS] += _erase_feedback(keys)
        # a group that is this one customer, by name
        groups = CustomerGroup.objects.using(database).filter(source=source)
        rows[GROUPS] += groups.filter(conditions__q__in=keys).delete()[0]
        _then_forget(source, keys)
    # what a browser reported in between was judged before the mark was there
    rows[LISTS] += _erase_feedback(keys)
    rows[ENTRIES] += _forget_in_history(keys)
    return +rows


def _erase_feedback(keys: Sequence[str]) -> int:
    return sum(erase_feedback(key) for key in keys)


def _then_forget(source: str, keys: Sequence[StoredKey]) -> None:
    forget = partial(forget_customers, source, keys)
    transaction.on_commit(forget, using=write_database(), robust=True)


def _forget_in_history(keys: Sequence[str]) -> int:
    """Take the keys out of the admin's history, which keeps who did what."""
    if not apps.is_installed("django.contrib.admin"):
        return 0
    from django.contrib.admin.models import LogEntry
    from django.contrib.contenttypes.models import ContentType

    kind = ContentType.objects.get_for_model(CustomerScore)
    told = [key[:REPR_LENGTH] for key in keys]
    entries = LogEntry.objects.filter(content_type=kind, object_repr__in=told)
    return entries.update(object_repr="–")
