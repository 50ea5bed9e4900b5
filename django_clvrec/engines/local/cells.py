"""Customer × item cells of one level: what was bought, and what a model learns from it."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_array

from django_clvrec.engines.local.lines import NONE, Encoded, Lines, grouped


@dataclass(frozen=True)
class Cells:
    """Customers × items with at least MIN_BUYERS buyers, as sparse matrices of one shape."""

    keys: pa.Array
    """Of the items, in ascending order."""
    bought: csr_array
    learnt: csr_array
    """Weights: distinct orders, or mean ratings; then a purchase without one has no cell here."""


def cells_of(lines: Lines, items: Encoded, min_buyers: int, is_explicit: bool) -> Cells:
    """The cells of `items`, as `core.interactions` defines them."""
    has_item = items.numbers != NONE
    order, item = lines.orders[has_item], items.numbers[has_item].astype(np.int64)
    width = max(1, len(items))
    once, _ = grouped(order * width + item)
    customer = lines.owners[once // width].astype(np.int64)
    pairs, orders = grouped(customer * width + once % width)
    del once
    buyers = np.bincount(pairs % width, minlength=len(items))
    kept = np.flatnonzero(buyers >= min_buyers)
    rank = np.full(width, NONE)
    rank[kept] = np.arange(len(kept))
    is_kept = rank[pairs % width] != NONE
    weights = _mean_ratings(lines, items, pairs) if is_explicit else orders
    pairs, weights = pairs[is_kept], weights[is_kept].astype(np.float32)
    shape = (len(lines.customers), len(kept))
    bought = _matrix(pairs // width, rank[pairs % width], weights, shape)
    rated = ~np.isnan(weights)
    if rated.all():
        return Cells(items.keys.take(pa.array(kept)), bought, bought)
    pairs, weights = pairs[rated], weights[rated]
    learnt = _matrix(pairs // width, rank[pairs % width], weights, shape)
    return Cells(items.keys.take(pa.array(kept)), bought, learnt)


def _mean_ratings(lines: Lines, items: Encoded, pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """The mean rating of each of the ascending `pairs`; NaN where it has none."""
    if not len(lines.ratings):
        return np.full(len(pairs), np.nan)
    rated = (items.numbers != NONE) & ~np.isnan(lines.ratings)
    customer = lines.customers.numbers[rated].astype(np.int64)
    place = np.searchsorted(pairs, customer * len(items) + items.numbers[rated])
    sums = np.bincount(place, lines.ratings[rated], minlength=len(pairs))
    counts = np.bincount(place, minlength=len(pairs))
    means = np.full(len(pairs), np.nan)
    np.divide(sums, counts, where=counts > 0, out=means)
    return means


def _matrix(
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    values: NDArray[np.float32],
    shape: tuple[int, int],
) -> csr_array:
    """Cells in ascending order as a matrix."""
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=shape[0]))])
    return csr_array((values, columns.astype(np.int32), starts), shape)
