"""Rows of customers in a source's snapshots and history."""

from collections import Counter
from collections.abc import Iterator, Sequence

from django.db.models import Model, QuerySet

from django_clvrec import marks
from django_clvrec.forgetting.arrays import forget_in_arrays
from django_clvrec.models import (
    CurrentTier,
    CustomerScore,
    Recommendation,
    SegmentChange,
    Snapshot,
    TierChange,
    write_database,
)

OF_SNAPSHOTS: tuple[type[Model], ...] = (CustomerScore, Recommendation, CurrentTier)
HISTORY: tuple[type[Model], ...] = (TierChange, SegmentChange)
ARRAYS = "rows of arrays"
KEYS_AT_ONCE = 200
"""So few that every database takes them in one statement."""


def forget_in_snapshots(
    source: str, snapshot_ids: Sequence[int], customer_keys: Sequence[str]
) -> Counter[str]:
    """Remove customers from snapshots; how many rows of what. Within a transaction."""
    found: Counter[str] = Counter()
    for model in OF_SNAPSHOTS:
        for few in _pieces(customer_keys):
            rows = _rows(model).filter(snapshot_id__in=snapshot_ids, customer_key__in=few)
            found[model._meta.object_name or ""] += rows.delete()[0]
    digests = [digest for key in customer_keys for digest in marks.digests_of(source, key)]
    found[ARRAYS] += forget_in_arrays(snapshot_ids, digests)
    return found


def forget_history(source: str, customer_keys: Sequence[str]) -> Counter[str]:
    """Remove their changes of tier and segment; how many of each."""
    found: Counter[str] = Counter()
    for model in HISTORY:
        for few in _pieces(customer_keys):
            rows = _rows(model).filter(source=source, customer_key__in=few)
            found[model._meta.object_name or ""] += rows.delete()[0]
    return found


def forget_erased(snapshot: Snapshot) -> None:
    """Remove from a refresh's snapshot who was erased since it began.

    To be called in the transaction that ends the refresh, after `marks.lock`. Then nobody whom an
    erasure removes is in what is live or held, whatever comes first:

    - The erasure is committed before: its mark is found here, and all that the refresh has written
      is there to be removed, for it writes nothing more.
    - The erasure waits for the lock: it removes the rows itself, of this snapshot as of the others.

    Keys are not kept with marks, so those of the snapshot are compared: two seconds for a million
    customers. A refresh therefore calls this once before, without the lock; under it nothing is
    left to compare but for an erasure of the last moment.
    """
    marked, last = marks.erased_since(snapshot.source, snapshot.revision)
    if marked:
        mine = [snapshot.pk]
        found = sorted({key for key in _keys_in(snapshot) if key in marked})
        forget_in_snapshots(snapshot.source, mine, found)
        # by their marks, for an erasure may have removed their rows meanwhile
        forget_in_arrays(mine, marked.digests)
    snapshot.revision = last


def _keys_in(snapshot: Snapshot) -> Iterator[str]:
    """Also of lists: they are written after scores, which an erasure may have removed by then."""
    for model in (CustomerScore, Recommendation):
        rows = _rows(model).filter(snapshot_id=snapshot.pk).order_by()
        yield from rows.values_list("customer_key", flat=True).distinct().iterator()


def _rows(model: type[Model]) -> QuerySet[Model]:
    return model._default_manager.using(write_database())


def _pieces(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[start : start + KEYS_AT_ONCE] for start in range(0, len(keys), KEYS_AT_ONCE))
