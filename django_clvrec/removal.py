"""Rows of a snapshot away again, in batches, so that no lock is held long."""

from typing import Any

from django.db import models
from django.db.models import Max, Min

from django_clvrec.models import (
    CurrentTier,
    CustomerScore,
    PopularItems,
    Recommendation,
    SnapshotArray,
    write_database,
)

BATCH_ROWS = 5000


def delete_rows(snapshot_id: int) -> None:
    """Remove everything stored under a snapshot.

    Batches are ranges of primary keys: a run writes its rows one after another, so each
    statement reads little more than it deletes, whatever else the table holds.
    """
    for model in (Recommendation, CustomerScore, PopularItems, SnapshotArray, CurrentTier):
        rows: models.QuerySet[Any] = model._default_manager.using(write_database())
        rows = rows.filter(snapshot_id=snapshot_id)
        ends = rows.aggregate(first=Min("pk"), last=Max("pk"))
        if ends["first"] is None:
            continue
        for start in range(ends["first"], ends["last"] + 1, BATCH_ROWS):
            few = rows.filter(pk__gte=start, pk__lt=start + BATCH_ROWS)
            few._raw_delete(few.db)  # a host's signal receivers would have every row loaded
