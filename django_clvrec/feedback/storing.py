"""Rows that are stored once, whoever else stores them at the same time."""

import inspect
import uuid
from collections.abc import Iterable

from django.db import Error, OperationalError, ProgrammingError, connections, transaction

from django_clvrec.feedback.learning import feedback_recorded
from django_clvrec.models import Feedback, ShownList, write_database

TRIES = 5
"""How often what is to be stored meets others before that is an error."""
MET_OTHERS: frozenset[str | int] = frozenset({"40001", "40P01", 1020, 1213})
"""Codes of PostgreSQL, and of MySQL and MariaDB: undone because of what another transaction did.

Not 1205: who has waited so long for a lock is not to wait again."""
REFUSED: frozenset[str | int] = frozenset({"42501", 1142, 1143})
"""Codes of a table, or of columns, that the database's user may not write to."""


class MayNotWrite(OperationalError):
    """The database's user may only read: no feedback can be stored.

    Grant INSERT, UPDATE and DELETE on the tables of `clvrec`, or have your policy's `tracks` answer
    False, so that no page reports any.
    """

    def __init__(self) -> None:
        super().__init__(inspect.getdoc(self))


def store(
    shown: Iterable[ShownList], feedback: Iterable[Feedback]
) -> tuple[list[ShownList], list[Feedback]]:
    """Store what is not stored yet, all or nothing, tell who learns, and return what was new.

    The database decides what is new: it ignores a row that is there, and what carries the batch
    of this call afterwards is what this call has stored. That is so on every database, and for
    any number of calls at once. Where it is undone because of another call it is tried again.
    """
    try:
        return _tried(shown, feedback)
    except (OperationalError, ProgrammingError) as error:
        if _has_code(error, REFUSED):
            raise MayNotWrite from error
        raise


def _tried(
    shown: Iterable[ShownList], feedback: Iterable[Feedback]
) -> tuple[list[ShownList], list[Feedback]]:
    # in one order, so that two calls with the same rows wait for each other and not in a ring
    lists = sorted(shown, key=lambda one: one.pk)
    rows = sorted(feedback, key=lambda one: (one.shown_list_id, one.item_key, one.kind))
    # what others began can only be tried again by them
    is_own = not connections[write_database()].in_atomic_block
    for _ in range(TRIES - 1 if is_own else 0):
        try:
            return _stored(lists, rows)
        except OperationalError as error:
            if not _has_code(error, MET_OTHERS):
                raise
    return _stored(lists, rows)


def _has_code(error: Error, wanted: frozenset[str | int]) -> bool:
    cause = error.__cause__
    codes = {getattr(cause, "sqlstate", None), getattr(cause, "pgcode", None), *error.args[:1]}
    return not wanted.isdisjoint(codes)


def _stored(lists: list[ShownList], rows: list[Feedback]) -> tuple[list[ShownList], list[Feedback]]:
    batch = uuid.uuid4()
    for one in lists:
        one.batch = batch
    for row in rows:
        row.batch = batch
    with transaction.atomic(using=write_database()):
        # writes before reads: on SQLite a transaction that begins with a read may not get to write
        ShownList.objects.using(write_database()).bulk_create(lists, ignore_conflicts=True)
        Feedback.objects.using(write_database()).bulk_create(rows, ignore_conflicts=True)
        new = _new_lists(lists, batch), _new_feedback(rows, batch)
        if new[0] or new[1]:
            feedback_recorded.send(sender=Feedback, shown=new[0], feedback=new[1])
    return new


def _new_lists(lists: list[ShownList], batch: uuid.UUID) -> list[ShownList]:
    if not lists:
        return []
    stored = ShownList.objects.using(write_database())
    return list(stored.filter(pk__in=[one.pk for one in lists], batch=batch))


def _new_feedback(rows: list[Feedback], batch: uuid.UUID) -> list[Feedback]:
    if not rows:
        return []
    stored = Feedback.objects.using(write_database()).select_related("shown_list")
    return list(stored.filter(shown_list__in={row.shown_list_id for row in rows}, batch=batch))
