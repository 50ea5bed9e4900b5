"""A purchase log as events for an evaluation: all customers, or a sample of them."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from numpy.typing import NDArray

from django_clvrec.core.clusters import fit_clusters
from django_clvrec.core.dimensions import DIMENSIONS, VALUE_COLUMNS
from django_clvrec.core.evaluation.folds import Events, TiersAt
from django_clvrec.core.purchases import CUSTOMER, as_floats
from django_clvrec.core.tiers import NEW, Scale
from django_clvrec.engines.base import Parameters
from django_clvrec.engines.batches import score_batch
from django_clvrec.engines.lines import Lines, encode
from django_clvrec.engines.rfm import rfm_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sampled_lines(log: Path, most: int) -> tuple[Lines, int]:
    """The lines of at most about `most` customers of a log, and how many customers it has.

    The same customers every time: a sample does not change because others join.
    """
    data = ds.dataset(log)

    def read(name: str) -> Any:
        return data.to_table(columns=[name])[name]

    customers = encode(read(CUSTOMER))
    if len(customers) <= most:
        return Lines(read), len(customers)
    chosen = sample(customers.keys, most)
    belongs = pc.field(CUSTOMER).isin(customers.keys.filter(pa.array(chosen)))
    # lines of others are left out while files are read, so that a large log needs no memory
    return Lines(lambda name: data.to_table(columns=[name], filter=belongs)[name]), len(customers)


def sample(keys: pa.Array, most: int) -> NDArray[np.bool_]:
    """Which customers belong to a sample of about `most`: those with the lowest checksums."""
    if len(keys) <= most:
        return np.ones(len(keys), dtype=bool)
    below = threshold(len(keys), most)
    found = np.fromiter((crc32(key.encode()) for key in keys.to_pylist()), np.int64, len(keys))
    return np.asarray(found < below)


def threshold(size: int, most: int) -> int:
    """Customers whose CRC-32 is below it are about `most` of `size`."""
    return 2**32 if size <= most else 2**32 * most // size


def events_of(lines: Lines, level: str, *, with_values: bool = False) -> Events:
    items = lines.items(level)
    return Events(
        customers=lines.customers.numbers,
        orders=lines.orders,
        items=items.numbers,
        times=lines.times,
        customer_count=len(lines.customers),
        item_count=len(items),
        values=lines.amounts() if with_values else None,
    )


def tiers_by_time(lines: Lines, parameters: Parameters) -> TiersAt:
    """The tier of each customer at a moment, by what was known of all of them at that moment.

    Customers without an order by then are `new`.
    """

    @cache
    def tiers_at(cut: int) -> NDArray[Any]:
        before = pa.array(lines.times <= cut)
        known = Lines(lambda name: lines.read(name).filter(before))
        table = rfm_of(known, EPOCH + timedelta(microseconds=cut))
        clusters = {}
        for dimension in DIMENSIONS:
            values = as_floats(table[VALUE_COLUMNS[dimension]])
            found, counts = np.unique(values, return_counts=True)
            clusters[dimension] = fit_clusters(found, counts, k=parameters.clusters[dimension])
        scale = Scale(**clusters, tiers=parameters.tiers, min_orders=parameters.min_orders)
        scored = score_batch(table.combine_chunks().to_batches()[0], scale)
        tiers = np.full(len(lines.customers), NEW, dtype=object)
        places = pc.index_in(scored[CUSTOMER], lines.customers.keys)
        tiers[places.to_numpy()] = scored["tier"].to_numpy(zero_copy_only=False)
        return tiers

    return tiers_at
