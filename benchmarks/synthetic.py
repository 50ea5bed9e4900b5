"""A made-up shop of any size: zipf-like, with planted tastes, the same for the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from django_clvrec.core.purchases import MONEY, log_schema

Ints = NDArray[np.int64]

AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
DAYS = 730
DAY = 86_400_000_000
"""Microseconds."""
LINES_PER_CUSTOMER = 10
LINES_PER_ORDER = 3
TASTES = 25
OWN_TASTE = 0.8
"""Share of lines that come from the customer's own two tastes; the others from all items."""
CHUNK = 100_000
"""Customers made at a time, so that memory stays flat."""


@dataclass(frozen=True)
class Shop:
    """How large the shop is."""

    lines: int
    items: int = 10_000
    """The same for every number of lines: a shop that grows wins customers before products."""
    seed: int = 1

    @property
    def customers(self) -> int:
        return max(1, self.lines // LINES_PER_CUSTOMER)


def write_log(shop: Shop, path: Path) -> int:
    """A purchase log of the shop as one Parquet file; the number of lines."""
    schema = log_schema(["product"])
    written = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches(shop):
            written += batch.num_rows
            writer.write_table(batch.select(schema.names).cast(schema))
    return written


def batches(shop: Shop) -> Iterator[pa.Table]:
    """The lines of a chunk of customers after the other, in the order of their orders."""
    catalogue = Catalogue(shop)
    for start in range(0, shop.customers, CHUNK):
        random = np.random.default_rng([shop.seed, start])
        yield catalogue.lines(np.arange(start, min(start + CHUNK, shop.customers)), random)


class Catalogue:
    """Items with prices, each of one taste, the first of a taste the most popular."""

    def __init__(self, shop: Shop) -> None:
        random = np.random.default_rng(shop.seed)
        self.shop = shop
        self.cents = np.maximum(50, random.lognormal(6.5, 0.8, shop.items)).astype(np.int64)
        self.keys = pa.array([f"p{number:06}" for number in range(shop.items)])
        places = np.arange(shop.items // TASTES)
        self.within = np.cumsum(1 / (places + 3.0))
        self.within /= self.within[-1]

    def lines(self, customers: Ints, random: np.random.Generator) -> pa.Table:
        tastes = random.integers(0, TASTES, (len(customers), 2))
        # a few buy much: gamma-distributed rates give the long tail that shops see
        mean = LINES_PER_CUSTOMER / LINES_PER_ORDER - 1
        orders = 1 + random.poisson(random.gamma(0.6, mean / 0.6, len(customers)))
        of_order = np.repeat(np.arange(len(customers)), orders)
        sizes = 1 + random.poisson(LINES_PER_ORDER - 1, len(of_order))
        order = np.repeat(np.arange(len(of_order)), sizes)
        customer = of_order[order]
        items = self._items(tastes[customer], random)
        days_ago = DAYS * (1 - random.beta(1.2, 1.0, len(of_order)))[order]
        micros = int(AS_OF.timestamp() * 1_000_000) - (days_ago * DAY).astype(np.int64)
        names = pa.array([f"c{number:08}" for number in customers])
        orders_of_chunk = pa.array([f"{customers[0]}-{number}" for number in range(len(of_order))])
        return pa.table(
            {
                "customer_key": names.take(pa.array(customer)),
                "order_key": orders_of_chunk.take(pa.array(order)),
                "purchased_at": pa.array(micros, pa.timestamp("us", tz="UTC")),
                "revenue": _money(self.cents[items] * (1 + random.poisson(0.3, len(items)))),
                "rating": pa.nulls(len(items), pa.float64()),
                "item_product": self.keys.take(pa.array(items)),
            }
        )

    def _items(self, tastes: Ints, random: np.random.Generator) -> Ints:
        count = len(tastes)
        own = tastes[np.arange(count), random.integers(0, 2, count)]
        taste = np.where(random.random(count) < OWN_TASTE, own, random.integers(0, TASTES, count))
        return np.searchsorted(self.within, random.random(count)) * TASTES + taste


def _money(cents: Ints) -> pa.Array:
    """Whole cents as decimals with four places, without a Python object for each."""
    low = (cents * 100).astype("<i8")
    both = np.stack([low, np.zeros_like(low)], axis=1)
    return pa.Array.from_buffers(MONEY, len(cents), [None, pa.py_buffer(both)])
