"""A purchase log as arrays: customers, orders and items by number instead of by key."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from django_clvrec.core.purchases import (
    CUSTOMER,
    ITEM_PREFIX,
    ORDER,
    RATING,
    REVENUE,
    TIME,
    as_floats,
)
from django_clvrec.exceptions import BadPurchases

Ints = NDArray[np.integer]
NONE = -1
"""The number of what has no key."""

DAY = 86_400_000_000
"""Microseconds."""


@dataclass(frozen=True)
class Encoded:
    """A column of keys by number: a smaller key has a smaller number."""

    keys: pa.Array
    """Distinct keys in ascending order, by their bytes in UTF-8 as Spark orders them."""
    numbers: NDArray[np.int32]
    """One per line; NONE where the line has no key."""

    def __len__(self) -> int:
        return len(self.keys)

    def among(self, keys: pa.Array) -> "Encoded":
        """The same column numbered as `keys` are, which hold all of its own and ascend too."""
        places = pc.index_in(self.keys, keys).to_numpy(zero_copy_only=False)
        return Encoded(keys, np.append(places, NONE).astype(np.int32)[self.numbers])


class Lines:
    """Columns of a log, each read when it is first asked for; one number per line and column.

    `read` gives a column by its name. With the log of one part of a shop's customers, numbers
    are those of the part.
    """

    def __init__(self, read: Callable[[str], pa.ChunkedArray]) -> None:
        self.read = read

    @cached_property
    def customers(self) -> Encoded:
        return encode(self.read(CUSTOMER))

    @cached_property
    def orders(self) -> NDArray[np.int64]:
        """A number for each distinct pair of customer and order, per line.

        It counts from 0; numbers of a customer's orders need not be neighbours.
        """
        customer, order = self.customers.numbers, encode(self.read(ORDER))
        owner = np.zeros(len(order), dtype=np.int32)
        owner[order.numbers] = customer
        if (owner[order.numbers] == customer).all():
            return order.numbers.astype(np.int64)
        pairs = customer.astype(np.int64) * len(order) + order.numbers
        return np.asarray(np.unique(pairs, return_inverse=True)[1], dtype=np.int64)

    @cached_property
    def owners(self) -> NDArray[np.int32]:
        """The customer of each order number."""
        owners = np.zeros(int(self.orders.max(initial=NONE)) + 1, dtype=np.int32)
        owners[self.orders] = self.customers.numbers
        return owners

    @cached_property
    def times(self) -> NDArray[np.int64]:
        """Microseconds since 1970 in UTC."""
        return np.asarray(self.read(TIME).cast(pa.int64()).to_numpy(), dtype=np.int64)

    @cached_property
    def ratings(self) -> NDArray[np.float64]:
        """NaN where the line is not rated; no array at all where no line is."""
        column = self.read(RATING)
        if column.null_count == len(column):
            return np.empty(0)
        return np.asarray(column.to_numpy(), dtype=np.float64)

    def items(self, level: str) -> Encoded:
        return encode(self.read(ITEM_PREFIX + level))

    def amounts(self) -> NDArray[np.float64]:
        """Revenue of each line, for what need not be exact."""
        return np.asarray(as_floats(self.read(REVENUE)), dtype=np.float64)

    def revenue(self) -> pa.Array:
        """Total revenue of each customer: exact decimals, in the order of their numbers."""
        numbers = pa.array(self.customers.numbers)
        lines = pa.table({CUSTOMER: numbers, REVENUE: self.read(REVENUE)})
        sums = lines.group_by(CUSTOMER).aggregate([(REVENUE, "sum")]).sort_by(CUSTOMER)
        try:
            return sums[f"{REVENUE}_sum"].cast(pa.decimal128(24, 4)).combine_chunks()
        except pa.ArrowInvalid as error:
            raise BadPurchases(
                "The revenue of a customer has more than 20 digits before the point. Correct "
                "`revenue` in your `PurchaseSource`, or leave such lines out of its queryset."
            ) from error


def encode(column: pa.ChunkedArray) -> Encoded:
    """Numbers for the keys of a column, in the order of the keys."""
    coded = column.dictionary_encode().chunks
    keys = coded[0].dictionary if coded else pa.array([], pa.string())
    order = pc.sort_indices(keys).to_numpy()
    # one more place at the end, which is where -1 points to
    rank = np.full(len(keys) + 1, NONE, dtype=np.int32)
    rank[order] = np.arange(len(keys), dtype=np.int32)
    found = [rank[pc.fill_null(chunk.indices, NONE).to_numpy()] for chunk in coded]
    numbers = np.concatenate(found) if found else np.empty(0, dtype=np.int32)
    return Encoded(keys.take(pa.array(order)), numbers)


def grouped(keys: Ints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct keys in ascending order, and how often each occurs: no more than a sort."""
    ordered = np.sort(np.asarray(keys, dtype=np.int64))
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)])
    return ordered[starts], np.diff(np.append(starts, len(ordered)))


def last_and_first(values: NDArray[np.int64], groups: Ints, size: int) -> tuple[Any, Any]:
    """The largest and the smallest value of each group 0, 1, …, size - 1."""
    largest = np.full(size, np.iinfo(np.int64).min)
    smallest = np.full(size, np.iinfo(np.int64).max)
    np.maximum.at(largest, groups, values)
    np.minimum.at(smallest, groups, values)
    return largest, smallest
