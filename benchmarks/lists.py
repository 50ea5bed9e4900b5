"""Synthetic lists as an engine leaves them: zipf-like items, the same for the same seed."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FILE_ROWS = 100_000
CATALOGUE = 10_000


def write_lists(folder: Path, customers: int, items: int, seed: int = 1) -> None:
    """One list of `items` items for each of `customers`, at one level and for one intent."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    for first in range(0, customers, FILE_ROWS):
        rows = min(FILE_ROWS, customers - first)
        bought = rng.zipf(1.3, rows * items) % CATALOGUE
        ends = pa.array(np.arange(0, rows * items + 1, items), pa.int32())
        scores = -np.sort(-rng.random((rows, items)), axis=1).ravel()
        columns = {
            "customer_key": pa.array([f"customer-{first + row}" for row in range(rows)]),
            "level": pa.repeat("product", rows),
            "intent": pa.repeat("discover", rows),
            "model": pa.repeat("als:high", rows),
            "items": pa.ListArray.from_arrays(ends, pa.array(bought).cast(pa.string())),
            "scores": pa.ListArray.from_arrays(ends, pa.array(scores)),
        }
        pq.write_table(pa.table(columns), folder / f"{first:09}.parquet")
