"""Sparse rows in NumPy alone: what scores a visit, so that web servers need no SciPy.

Products of many rows are SciPy's, which is imported where they are asked for.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class SparseRows:
    """A matrix by its rows: the cells that are not 0, as SciPy's `csr_array` has them."""

    data: Floats
    indices: Ints
    """The column of each cell, ascending in a row."""
    indptr: Ints
    """The cells of row i are those from `indptr[i]` up to `indptr[i + 1]`."""
    shape: tuple[int, int]

    @classmethod
    def of(cls, matrix: "csr_array") -> "SparseRows":
        """The same cells as SciPy's, not copied."""
        return cls(matrix.data, matrix.indices, matrix.indptr, matrix.shape)

    @classmethod
    def summed(cls, values: Floats, columns: Ints, starts: Ints, width: int) -> "SparseRows":
        """From cells in any order, of which some may be the same: these are added up."""
        size = len(starts) - 1
        owners = np.repeat(np.arange(size), np.diff(starts))
        places = owners * width + columns
        order = np.argsort(places, kind="stable")
        places = places[order]
        first = np.flatnonzero(np.diff(places, prepend=-1))
        data = np.add.reduceat(values[order], first) if len(first) else values[:0]
        kept = order[first]
        counts = np.bincount(owners[kept], minlength=size)
        indptr = np.concatenate([[0], np.cumsum(counts)])
        return cls(data, columns[kept].astype(np.int32), indptr, (size, width))

    def scipy(self) -> "csr_array":
        """For what only SciPy does; the cells are not copied."""
        from scipy.sparse import csr_array

        return csr_array((self.data, self.indices, self.indptr), shape=self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.data.dtype

    @property
    def lengths(self) -> Ints:
        """How many cells each row has."""
        return np.diff(self.indptr)

    @property
    def owners(self) -> Ints:
        """The row of each cell."""
        return np.repeat(np.arange(self.shape[0]), self.lengths)

    def toarray(self) -> Floats:
        found = np.zeros(self.shape, dtype=self.dtype)
        found[self.owners, self.indices] = self.data
        return found

    def sums(self) -> Floats:
        """Of each column."""
        return np.bincount(self.indices, self.data, minlength=self.shape[1]).astype(np.float64)

    def scaled(self, factors: Floats) -> "SparseRows":
        """Each row times its factor."""
        return replace(self, data=self.data * np.repeat(factors, self.lengths))

    def directed(self) -> "SparseRows":
        """Each row with length 1, but for those that are empty."""
        squares = np.bincount(self.owners, self.data**2, minlength=self.shape[0])
        lengths = np.sqrt(squares).astype(self.dtype)
        return self.scaled(1 / np.where(lengths > 0, lengths, 1))

    def rows(self, start: int, stop: int) -> "SparseRows":
        """Those from `start` up to `stop`."""
        indptr = self.indptr[start : stop + 1]
        cells = slice(indptr[0], indptr[-1])
        shape = (len(indptr) - 1, self.shape[1])
        return SparseRows(self.data[cells], self.indices[cells], indptr - indptr[0], shape)

    def columns(self, wanted: Ints) -> "SparseRows":
        """Those columns only, which are ascending, in this order."""
        place = np.full(self.shape[1], -1, dtype=np.int32)
        place[wanted] = np.arange(len(wanted))
        places = place[self.indices]
        kept = places >= 0
        counts = np.concatenate([[0], np.cumsum(kept)])
        shape = (self.shape[0], len(wanted))
        return SparseRows(self.data[kept], places[kept], counts[self.indptr], shape)

    def column(self, wanted: int) -> Floats:
        """One of them, its zeros included."""
        found = np.zeros(self.shape[0], dtype=self.dtype)
        cells = np.flatnonzero(self.indices == wanted)
        found[np.searchsorted(self.indptr, cells, side="right") - 1] = self.data[cells]
        return found

    def transposed(self) -> "SparseRows":
        order = np.argsort(self.indices, kind="stable")
        counts = np.bincount(self.indices, minlength=self.shape[1])
        indptr = np.concatenate([[0], np.cumsum(counts)])
        owners = self.owners[order].astype(np.int32)
        return SparseRows(self.data[order], owners, indptr, self.shape[::-1])

    def __matmul__(self, other: "SparseRows | Floats") -> Floats:
        """Dense. One row's sums are in the order of SciPy's: a visit has the scores of a refresh,
        to the bit."""
        if self.shape[0] != 1:
            right = other.scipy() if isinstance(other, SparseRows) else other
            found = self.scipy() @ right
            return np.asarray(found.toarray() if isinstance(other, SparseRows) else found)
        if isinstance(other, SparseRows):
            return self._times(other)
        found = np.zeros((1, other.shape[1]), dtype=np.result_type(self.dtype, other.dtype))
        for value, column in zip(self.data.tolist(), self.indices.tolist(), strict=True):
            found[0] += value * other[column]
        return found

    def _times(self, other: "SparseRows") -> Floats:
        starts, counts = other.indptr[self.indices], other.lengths[self.indices]
        ends = np.cumsum(counts)
        cells = np.arange(ends[-1] if len(ends) else 0) + np.repeat(
            starts - (ends - counts), counts
        )
        found = np.zeros((1, other.shape[1]), dtype=np.result_type(self.dtype, other.dtype))
        np.add.at(found[0], other.indices[cells], np.repeat(self.data, counts) * other.data[cells])
        return found
