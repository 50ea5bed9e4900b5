"""Parquet to batches of rows as tables have them: whole columns at a time, with flat memory."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from django_clvrec.engines.batches import LIST_COLUMNS, SCORED_COLUMNS

BATCH_ROWS = 5000
"""Rows read, turned into columns and committed at once."""
DECIMALS = 6
"""Scores are stored with so many places."""

READ_BYTES = 1 << 20

_quoted = json.JSONEncoder().encode


def count_rows(folder: Path) -> int:
    """The rows in the Parquet files of `folder`; 0 where there is no such folder."""
    return sum(file.metadata.num_rows for file in _files(folder))


def count_items(folder: Path) -> dict[str, int]:
    """Different items in the lists of each level."""
    found: dict[str, set[str]] = {}
    for batch in _batches(folder, ("level", "items")):
        for level in pc.unique(batch["level"]).to_pylist():
            mine = batch["items"].filter(pc.equal(batch["level"], level))
            found.setdefault(level, set()).update(pc.unique(mine.flatten()).to_pylist())
    return {level: len(items) for level, items in found.items()}


def score_rows(
    folder: Path, snapshot_id: int, tell: Callable[[pa.RecordBatch], pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Rows of CustomerScore; `tell` adds the columns that no engine writes."""
    for batch in _batches(folder, SCORED_COLUMNS):
        yield _of_snapshot(snapshot_id, tell(batch))


def list_rows(folder: Path, snapshot_id: int) -> Iterator[pa.RecordBatch]:
    """Rows of Recommendation; items as JSON text."""
    for batch in _batches(folder, LIST_COLUMNS):
        items = items_json(batch["items"], batch["scores"])
        names = [name for name in batch.schema.names if name not in {"items", "scores"}]
        yield _of_snapshot(snapshot_id, batch.select(names).append_column("items", items))


def items_json(items: pa.Array, scores: pa.Array) -> pa.Array:
    """`[["key", score], …]` for each row of two list columns of equal lengths.

    The text is that of `json.dumps` with rounded scores, without a Python object per item: only
    distinct keys are quoted one by one.
    """
    items, scores = items.cast(pa.list_(pa.string())), scores.cast(pa.list_(pa.float64()))
    lengths = pc.list_value_length(items)
    if not lengths.equals(pc.list_value_length(scores)):
        raise ValueError("A list has more items than scores, or fewer.")
    keys = pc.dictionary_encode(items.flatten())
    quoted = pa.array([_quoted(key) for key in keys.dictionary.to_pylist()], pa.string())
    numbers = _numbers(scores.flatten())
    pairs = pc.binary_join_element_wise("[", quoted.take(keys.indices), ", ", numbers, "]", "")
    ends = np.concatenate([[0], np.cumsum(lengths.to_numpy(zero_copy_only=False))])
    lists = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), pairs)
    return pc.binary_join_element_wise("[", pc.binary_join(lists, ", "), "]", "")


def _numbers(scores: pa.Array) -> pa.Array:
    """Rounded floats as JSON. Whole ones get a `.0`, so that they are read back as floats."""
    rounded = pc.round(scores, DECIMALS)
    text = rounded.cast(pa.string())
    if pc.any(pc.equal(rounded, pc.floor(rounded))).as_py():
        text = pc.replace_substring_regex(text, r"^(-?[0-9]+)$", r"\1.0")
    return text


def _of_snapshot(snapshot_id: int, batch: pa.RecordBatch) -> pa.RecordBatch:
    same = pa.repeat(pa.scalar(snapshot_id, pa.int64()), batch.num_rows)
    return batch.append_column("snapshot", same)


def _batches(folder: Path, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Batches of BATCH_ROWS and more, for engines leave many small files."""
    pending: list[pa.RecordBatch] = []
    for file in _files(folder):
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=columns):
            pending.append(batch)
            if sum(part.num_rows for part in pending) >= BATCH_ROWS:
                yield from _joined(pending)
                pending = []
    yield from _joined(pending)


def _joined(batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    if len(batches) < 2:
        return batches
    return list(pa.Table.from_batches(batches).combine_chunks().to_batches())


def _files(folder: Path) -> Iterator[Any]:
    """One after another and in small reads: a scanner reads ahead, and memory grows with that."""
    if not folder.exists():
        return
    for fragment in ds.dataset(folder, format="parquet").get_fragments():
        with pq.ParquetFile(fragment.path, buffer_size=READ_BYTES, pre_buffer=False) as file:
            yield file
