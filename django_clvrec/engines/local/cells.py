"""Customer × item cells of one level as matrices: what was bought, and what a model learns from."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_array

from django_clvrec.engines.lines import NONE
from django_clvrec.engines.pairs import Pairs


@dataclass(frozen=True)
class Cells:
    """Customers × items that enough customers bought, as sparse matrices of one shape."""

    keys: pa.Array
    """Of the items, in ascending order."""
    bought: csr_array
    learnt: csr_array
    """Weights; a purchase without one has no cell here."""


def cells_of(pairs: Pairs, keys: pa.Array, kept: NDArray[np.int64], customers: int) -> Cells:
    """The cells of the items numbered `kept`, as `core.interactions` defines them."""
    rank = np.full(len(keys), NONE)
    rank[kept] = np.arange(len(kept))
    places = rank[pairs.items]
    shape = (customers, len(kept))
    known = places != NONE
    bought = _matrix(pairs.customers[known], places[known], pairs.weights[known], shape)
    learnt = bought
    rated = known & ~np.isnan(pairs.weights)
    if np.count_nonzero(rated) < np.count_nonzero(known):
        learnt = _matrix(pairs.customers[rated], places[rated], pairs.weights[rated], shape)
    return Cells(keys.take(pa.array(kept)), bought, learnt)


def _matrix(
    rows: NDArray[np.int32],
    columns: NDArray[np.int64],
    values: NDArray[np.float32],
    shape: tuple[int, int],
) -> csr_array:
    """Cells in ascending order as a matrix."""
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=shape[0]))])
    return csr_array((values, columns.astype(np.int32), starts), shape)
