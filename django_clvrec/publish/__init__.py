"""From stage outputs to rows of a snapshot, in short transactions."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from django_clvrec.arrays import (
    customers_name,
    factors_name,
    learnt_name,
    neighbours_name,
    save_arrays,
    text_array,
)
from django_clvrec.core.recommenders.keeping import kept_all
from django_clvrec.engines.base import RECOMMENDATIONS, SCORES, Learnt, Model, Outputs
from django_clvrec.forgetting import has_customers, without_keys
from django_clvrec.models import CustomerScore, PopularItems, Recommendation, Snapshot
from django_clvrec.publish.rows import DECIMALS, count_items, count_rows, list_rows, score_rows
from django_clvrec.publish.tables import OnRows, store

__all__ = [
    "OnRows",
    "listed_items",
    "save_learnt",
    "save_model",
    "save_neighbours",
    "write",
    "write_popular",
]


def write(
    snapshot: Snapshot,
    folder: Path,
    outputs: Outputs,
    tell: Callable[[pa.RecordBatch], pa.RecordBatch],
    on_rows: OnRows,
) -> int:
    """Store all of a run under `snapshot`; the number of lists written.

    `tell` adds to a batch of scores what no engine writes: segments and forecasts.
    """
    write_popular(snapshot, outputs)
    for model in outputs.models:
        if model.is_trained:
            save_model(snapshot, model)
    for learnt in outputs.learnt:
        save_learnt(snapshot, learnt)
    scores, lists = folder / SCORES, folder / RECOMMENDATIONS
    store(CustomerScore, score_rows(scores, snapshot.pk, tell), count_rows(scores), on_rows)
    total = count_rows(lists)
    store(Recommendation, list_rows(lists, snapshot.pk), total, on_rows)
    return total


def listed_items(folder: Path) -> dict[str, int]:
    """How many different items the lists of a run hold, by level."""
    return count_items(folder / RECOMMENDATIONS)


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


def save_learnt(snapshot: Snapshot, learnt: Learnt) -> None:
    """What visitors are answered by between refreshes, beside factorisations."""
    specs, arrays = kept_all(learnt.fitted)
    head = {"served": {intent: dict(by) for intent, by in learnt.served.items()}, "specs": specs}
    keys = np.array(learnt.item_keys, dtype=str)
    of_customers = {name: one for name, one in arrays.items() if has_customers(name)}
    rest = {name: one for name, one in arrays.items() if name not in of_customers}
    named = {"head": text_array(head), "item_keys": keys, **rest}
    save_arrays(snapshot, learnt_name(learnt.level), named)
    # apart and also where there are none: so an erasure need not read the others, which are large
    save_arrays(snapshot, customers_name(learnt.level), without_keys(snapshot.source, of_customers))


def save_neighbours(snapshot: Snapshot, found: Mapping[str, Any]) -> None:
    """What goes with an item, by level and relation."""
    for level, (keys, relations) in found.items():
        arrays = {"item_keys": np.array(keys, dtype=str)}
        for relation, near in relations.items():
            arrays |= {f"{relation}.places": near.places, f"{relation}.scores": near.scores}
        save_arrays(snapshot, neighbours_name(level), arrays)


def _pairs(keys: Iterable[str], scores: Iterable[float]) -> list[list[Any]]:
    return [[key, round(float(score), DECIMALS)] for key, score in zip(keys, scores, strict=True)]
