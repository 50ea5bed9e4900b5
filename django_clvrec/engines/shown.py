"""What customers were shown, from a file to arrays: as much of it as was known at a moment."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from django_clvrec.core.evaluation.folds import ShownBy
from django_clvrec.core.histories import Ints, Shown
from django_clvrec.core.purchases import CUSTOMER, UTC_TIME
from django_clvrec.engines.events import EPOCH
from django_clvrec.engines.lines import DAY, NONE, Lines

ITEM, SHOWN_AT, CLICKED_AT, BOUGHT_AT, VALUE = (
    "item_key",
    "shown_at",
    "clicked_at",
    "bought_at",
    "value",
)
SCHEMA = pa.schema(
    [
        (CUSTOMER, pa.string()),
        (ITEM, pa.string()),
        *((name, UTC_TIME) for name in (SHOWN_AT, CLICKED_AT, BOUGHT_AT)),
        (VALUE, pa.float64()),
    ]
)
"""One row for each item of each list; null where it was not clicked, or not bought."""

NOT_YET = np.iinfo(np.int64).max


def shown_to(file: Path, customers: pa.Array, items: pa.Array, end: int) -> Shown:
    """What `customers` were shown of `items`, both keys, seen from the moment `end`.

    What was shown, clicked or bought after it is not known. Rows of others are left out: so are
    those of who is not in the log, because they bought nothing, were erased, or object.
    """
    table = pq.read_table(file)
    owners, places = _places(table[CUSTOMER], customers), _places(table[ITEM], items)
    times = {name: _times(table[name]) for name in (SHOWN_AT, CLICKED_AT, BOUGHT_AT)}
    known = np.flatnonzero((owners != NONE) & (places != NONE) & (times[SHOWN_AT] <= end))
    # stable, so that items of one list stay in its order
    order = known[np.lexsort((times[SHOWN_AT][known], owners[known]))]
    lengths = np.bincount(owners[order], minlength=len(customers))
    values = pc.fill_null(table[VALUE], 0.0).to_numpy()
    return Shown(
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        items=places[order],
        days=((end - times[SHOWN_AT][order]) / DAY).astype(np.float32),
        clicked=(times[CLICKED_AT][order] <= end).astype(np.float32),
        values=np.where(times[BOUGHT_AT][order] <= end, values[order], 0).astype(np.float32),
    )


def shown_by(file: Path, lines: Lines, level: str) -> ShownBy:
    """The same by the numbers that customers and items have in a log."""
    keys, item_keys = lines.customers.keys, lines.items(level).keys

    def find(cut: int, customers: Ints, items: Ints) -> Shown:
        some, kept = (pa.array(numbers) for numbers in (customers, items))
        return shown_to(file, keys.take(some), item_keys.take(kept), cut)

    return find


def moment(at: datetime) -> int:
    """Microseconds since 1970 in UTC."""
    return (at - EPOCH) // timedelta(microseconds=1)


def _places(column: pa.ChunkedArray, keys: pa.Array) -> Ints:
    found: Ints = pc.fill_null(pc.index_in(column, keys), NONE).to_numpy()
    return found


def _times(column: pa.ChunkedArray) -> Ints:
    found: Ints = pc.fill_null(column.cast(pa.int64()), NOT_YET).to_numpy()
    return found
