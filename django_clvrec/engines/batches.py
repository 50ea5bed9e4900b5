"""Scores and lists for batches of customers in Arrow form: the same code for every engine."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from django_clvrec.core.purchases import CUSTOMER, as_floats
from django_clvrec.core.ranking import lists_by_intent
from django_clvrec.core.tiers import Scale
from django_clvrec.engines.base import Model

CUSTOMER_ID, ITEM_ID = "customer_id", "item_id"
"""Customers and items by number, as matrices count them."""

RFM_COLUMNS = (
    CUSTOMER_ID,
    CUSTOMER,
    "recency_days",
    "frequency",
    "monetary_value",
    "age_days",
)
SCORE_COLUMNS = ("recency_score", "frequency_score", "monetary_score", "overall_score")
LIST_COLUMNS = (CUSTOMER, "level", "intent", "model", "items", "scores")
LIST_TYPES = (*[pa.string()] * 4, pa.list_(pa.string()), pa.list_(pa.float64()))


def matrix(features: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
    """An Arrow column of lists of equal length as rows of a matrix."""
    rows = features.combine_chunks() if isinstance(features, pa.ChunkedArray) else features
    flat = rows.flatten().to_numpy(zero_copy_only=False).astype(np.float32)
    table: NDArray[np.float32] = flat.reshape(len(rows), -1)
    return table


def score_batch(batch: pa.RecordBatch, scale: Scale) -> pa.RecordBatch:
    """The batch (RFM_COLUMNS) with the scores and the tier of each customer."""
    scores = scale.score(
        batch["recency_days"].to_numpy(),
        batch["frequency"].to_numpy(),
        as_floats(batch["monetary_value"]),
    )
    columns = {name: batch[name] for name in RFM_COLUMNS}
    columns |= {name: pa.array(getattr(scores, name), pa.int32()) for name in SCORE_COLUMNS}
    columns["tier"] = pa.array(scores.tier, pa.string())
    return pa.RecordBatch.from_pydict(columns)


def list_batch(
    batch: pa.RecordBatch, level: str, model: Model, place: NDArray[np.int64], n: int
) -> pa.RecordBatch:
    """The lists of a batch of customers: one matrix product, then the best n of each row.

    The batch holds `customer_key, features, bought`, the latter by item id; `place[item id]`
    is the item's row in the model's factors, or -1 where the model does not know it.
    """
    assert model.item_factors is not None  # noqa: S101 - only trained models come here
    keys = np.array(model.item_keys, dtype=object)
    scores = matrix(batch["features"]) @ model.item_factors.T
    customers, bought = batch[CUSTOMER].to_pylist(), batch["bought"].to_pylist()
    rows = []
    for customer, items, row in zip(customers, bought, scores, strict=True):
        known = place[items]
        for intent, (top, values) in lists_by_intent(row, known[known >= 0], n).items():
            if len(top):
                rows.append(
                    (customer, level, intent, model.name, keys[top].tolist(), values.tolist())
                )
    columns = zip(*rows, strict=True) if rows else [()] * len(LIST_TYPES)
    arrays = [pa.array(cells, kind) for cells, kind in zip(columns, LIST_TYPES, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=list(LIST_COLUMNS))
