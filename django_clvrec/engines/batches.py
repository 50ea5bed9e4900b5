"""Scores and lists for batches of customers in Arrow form: the same code for every engine."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_array

from django_clvrec.core.histories import Histories
from django_clvrec.core.purchases import CUSTOMER, as_floats
from django_clvrec.core.ranking import Lists, lists_of_rows
from django_clvrec.core.recommenders.factorise import fold_in_rows
from django_clvrec.core.recommenders.lists import lists_by_intent
from django_clvrec.core.tiers import Scale
from django_clvrec.engines.base import Model
from django_clvrec.engines.samples import Rankers

CELLS = 1 << 21
"""Customer × item scores in one piece of work, so that its arrays stay small."""

CELLS_AT_ONCE = 1 << 18
"""Customer × item cells that are folded in at once."""

RFM_COLUMNS = (
    CUSTOMER,
    "recency_days",
    "frequency",
    "monetary_value",
    "age_days",
    "order_days",
)
SCORE_COLUMNS = ("recency_score", "frequency_score", "monetary_score", "overall_score")
TIER = "tier"
SCORED_COLUMNS = (*RFM_COLUMNS, *SCORE_COLUMNS, TIER)
"""What is published of a customer; engines may keep further columns beside it."""
LIST_COLUMNS = (CUSTOMER, "level", "intent", "model", "items", "scores")
LIST_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in LIST_COLUMNS[:4]),
        ("items", pa.list_(pa.string())),
        ("scores", pa.list_(pa.float64())),
    ]
)


def matrix(features: Any) -> np.ndarray[Any, np.dtype[np.float32]]:
    """An Arrow column of lists of equal length as rows of a matrix."""
    rows = features.combine_chunks() if isinstance(features, pa.ChunkedArray) else features
    flat = rows.flatten().to_numpy(zero_copy_only=False).astype(np.float32)
    table: NDArray[np.float32] = flat.reshape(len(rows), -1)
    return table


def score_batch(batch: pa.RecordBatch, scale: Scale) -> pa.RecordBatch:
    """The batch (RFM_COLUMNS and others) with the scores and the tier of each customer."""
    scores = scale.score(
        batch["recency_days"].to_numpy(),
        batch["frequency"].to_numpy(),
        as_floats(batch["monetary_value"]),
    )
    for name in SCORE_COLUMNS:
        batch = batch.append_column(name, pa.array(getattr(scores, name), pa.int32()))
    return batch.append_column(TIER, pa.array(scores.tier, pa.string()))


def pieces(size: int, items: int) -> Iterator[slice]:
    """`size` customers cut so that no piece has more than CELLS scores of so many items."""
    step = max(1, CELLS // max(1, items))
    return (slice(start, min(start + step, size)) for start in range(0, size, step))


def list_batches(
    batch: pa.RecordBatch, level: str, model: Model, place: NDArray[np.int64], n: int
) -> Iterator[pa.RecordBatch]:
    """The lists of a batch of customers, a small piece after another.

    The batch holds `customer_key`, and in lists of equal lengths `items`, by number, and their
    `weights`; `place[number]` is the item's row in the model's factors, or -1 where the model
    does not know it. Customers of whom the model has nothing to learn get no list.
    """
    keys = pa.array(model.item_keys, pa.string())
    for part in _with_few_cells(batch):
        yield from _lists_of(part, level, model, keys=keys, place=place, n=n)


def _with_few_cells(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The batch in parts of about CELLS_AT_ONCE items bought, or of one customer."""
    ends = np.cumsum(batch["items"].value_lengths().to_numpy())
    starts = np.flatnonzero(np.diff(ends // CELLS_AT_ONCE, prepend=-1))
    for start, stop in pairwise([*starts, len(batch)]):
        yield batch.slice(start, stop - start)


def _lists_of(
    batch: pa.RecordBatch,
    level: str,
    model: Model,
    *,
    keys: pa.Array,
    place: NDArray[np.int64],
    n: int,
) -> Iterator[pa.RecordBatch]:
    assert model.item_factors is not None  # noqa: S101 - only trained models come here
    bought, weights = batch["items"], batch["weights"].flatten().to_numpy(zero_copy_only=False)
    rows = np.repeat(np.arange(len(bought)), bought.value_lengths().to_numpy())
    places = place[bought.flatten().to_numpy()]
    learnt = (places >= 0) & ~np.isnan(weights)
    cells = csr_array(
        (weights[learnt], (rows[learnt], places[learnt])), (len(batch), len(keys)), np.float32
    )
    factors = fold_in_rows(
        cells, model.item_factors, model.parameters, is_explicit=model.is_explicit
    )
    served = np.flatnonzero(np.diff(cells.indptr))
    for piece in pieces(len(served), len(keys)):
        few = served[piece]
        begin, end = np.searchsorted(rows, [few[0], few[-1] + 1])
        owner = np.searchsorted(few, rows[begin:end])
        mine = few[owner.clip(max=len(few) - 1)] == rows[begin:end]
        scores = factors[few] @ model.item_factors.T
        found = lists_of_known(scores, owner[mine], places[begin:end][mine], n)
        yield arrow_lists(batch[CUSTOMER].take(pa.array(few)), level, model.name, keys, found)


def ranked_batches(
    customers: pa.Array,
    histories: Histories,
    level: str,
    rankers: Rankers,
    *,
    keys: pa.Array,
    n: int,
) -> Iterator[pa.RecordBatch]:
    """Lists of `customers`, whose histories over the items of `keys` are given, by every ranker.

    Customers without any of these items get none.
    """
    known = np.flatnonzero(np.diff(histories.starts))
    for name, (fitted, intents) in rankers.items():
        for piece in histories.take(known).pieces(CELLS):
            some = known[piece]
            found = lists_by_intent(fitted, histories.take(some), n, intents)
            yield arrow_lists(customers.take(pa.array(some)), level, name, keys, found)


def histories_of_lists(batch: pa.RecordBatch, place: NDArray[np.int64], size: int) -> Histories:
    """The histories of a batch: `frequency`, `tier`, and lists of equal lengths in `items`, by
    number, and in `days`; also in `values`, where there are any.

    `place[number]` is the item's position among `size`, or -1 for one that is left out.
    """
    items = batch["items"]
    owners = np.repeat(np.arange(len(batch)), items.value_lengths().to_numpy())
    places = place[items.flatten().to_numpy()]
    kept = places >= 0
    starts = np.concatenate([[0], np.cumsum(np.bincount(owners[kept], minlength=len(batch)))])

    def flat(name: str) -> NDArray[np.float32]:
        found: NDArray[np.float32] = batch[name].flatten().to_numpy()[kept].astype(np.float32)
        return found

    return Histories(
        starts=starts,
        items=places[kept].astype(np.int32),
        days=flat("days"),
        orders=batch["frequency"].to_numpy().astype(np.int64),
        tiers=batch[TIER].to_numpy(zero_copy_only=False),
        size=size,
        values=flat("values") if "values" in batch.schema.names else None,
    )


def lists_of_known(
    scores: NDArray[np.float32], rows: NDArray[np.int64], places: NDArray[np.int64], n: int
) -> dict[str, Lists]:
    """`lists_of_rows`, where -1 in `places` is an item that the model does not know."""
    known = places >= 0
    return lists_of_rows(scores, rows[known], places[known], n)


def arrow_lists(
    customers: pa.Array, level: str, model: str, keys: pa.Array, found: Mapping[str, Lists]
) -> pa.RecordBatch:
    """Lists by intent in the columns that are published; empty ones are left out."""
    batches = []
    for intent, lists in found.items():
        counts = lists.counts[lists.counts > 0]
        offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32())
        items = keys.take(pa.array(lists.positions))
        values = pa.array(lists.scores.astype(np.float64))
        columns = [
            customers.filter(pa.array(lists.counts > 0)),
            *(
                pa.repeat(pa.scalar(name, pa.string()), len(counts))
                for name in (level, intent, model)
            ),
            pa.ListArray.from_arrays(offsets, items),
            pa.ListArray.from_arrays(offsets, values),
        ]
        batches.append(pa.RecordBatch.from_arrays(columns, names=list(LIST_COLUMNS)))
    return pa.concat_batches(batches)
