"""From stage outputs to rows of a snapshot, and rows away again, in short transactions."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset as ds
from django.db import models

from django_clvrec.arrays import factors_name, save_arrays
from django_clvrec.engines.base import RECOMMENDATIONS, SCORES, Model, Outputs
from django_clvrec.models import (
    CustomerScore,
    PopularItems,
    Recommendation,
    Snapshot,
    SnapshotArray,
)

BATCH_ROWS = 2000
OnRows = Callable[[int, int], None]


def write(snapshot: Snapshot, folder: Path, outputs: Outputs, on_rows: OnRows) -> int:
    """Store all of a run under `snapshot`; the number of lists written."""
    write_popular(snapshot, outputs)
    for model in outputs.models:
        if model.is_trained:
            save_model(snapshot, model)
    scores = ((CustomerScore(snapshot=snapshot, **row)) for row in _rows(folder / SCORES))
    _create(CustomerScore, scores, sum(outputs.tier_sizes.values()), on_rows)
    lists = folder / RECOMMENDATIONS
    total = ds.dataset(lists).count_rows() if lists.exists() else 0
    rows = (_recommendation(snapshot, row) for row in _rows(lists)) if total else ()
    _create(Recommendation, rows, total, on_rows)
    return total


def write_popular(snapshot: Snapshot, outputs: Outputs) -> None:
    PopularItems.objects.bulk_create(
        PopularItems(
            snapshot=snapshot,
            level=popular.level,
            tier=popular.tier,
            items=_pairs(popular.item_keys, popular.scores),
        )
        for popular in outputs.popular
    )


def save_model(snapshot: Snapshot, model: Model) -> None:
    """Item factors, their keys, and what is needed to solve a customer's factors by them."""
    arrays = {
        "item_keys": np.array(model.item_keys, dtype=str),
        "item_factors": np.asarray(model.item_factors),
        "alpha": np.array(model.parameters.alpha),
        "regularization": np.array(model.parameters.regularization),
        "is_explicit": np.array(model.is_explicit),
    }
    save_arrays(snapshot, factors_name(model.level, model.tier), arrays)


def delete_rows(snapshot_id: int) -> None:
    """Remove everything stored under a snapshot, in batches, so that no lock is held long."""
    for model in (Recommendation, CustomerScore, PopularItems, SnapshotArray):
        rows: models.QuerySet[Any] = model._default_manager.filter(snapshot_id=snapshot_id)
        while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH_ROWS]):
            rows.filter(pk__lte=keys[-1]).delete()


def _recommendation(snapshot: Snapshot, row: dict[str, Any]) -> Recommendation:
    items = _pairs(row.pop("items"), row.pop("scores"))
    return Recommendation(snapshot=snapshot, items=items, **row)


def _pairs(keys: Iterable[str], scores: Iterable[float]) -> list[list[Any]]:
    return [[key, round(float(score), 6)] for key, score in zip(keys, scores, strict=True)]


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    data = ds.dataset(folder)
    columns = [name for name in data.schema.names if name != "customer_id"]
    for batch in data.to_batches(columns=columns, batch_size=BATCH_ROWS):
        yield from batch.to_pylist()


def _create(
    model: type[models.Model], rows: Iterable[models.Model], total: int, on_rows: OnRows
) -> None:
    stream, done = iter(rows), 0
    while chunk := list(islice(stream, BATCH_ROWS)):
        model._default_manager.bulk_create(chunk)
        done += len(chunk)
        on_rows(done, total)
