"""Alternating least squares in one process: exact solutions, many small systems at a time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import sposv
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

from django_clvrec.core.recommenders.als import AlsParameters

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

CELLS = 1 << 14
"""Interactions in one piece of work, so that its arrays stay in the cache."""

CHOLESKY_SIZE = 24
"""From this size on a Cholesky solver for one system beats numpy's LU for many (measured)."""

SMALLEST = 1e-9
"""A penalty relative to the largest eigenvalue: without any, a system may have no solution."""


def factorise(
    weights: csr_array, parameters: AlsParameters, *, is_explicit: bool, threads: int = 1
) -> tuple[Floats, Floats]:
    """Customer factors and item factors of a customers × items matrix of positive weights.

    Minimises what `fold_in` and `fold_in_ratings` solve for one customer, first over items,
    then over customers, `iterations` times from random unit vectors. Rows without weights get
    zeros. The result depends on the matrix, the parameters and the seed alone, not on `threads`.
    """
    by_item = csr_array(weights.T.tocsr())
    random = np.random.default_rng(parameters.seed)
    customers = random.standard_normal((weights.shape[0], parameters.factors), dtype=np.float32)
    customers /= np.linalg.norm(customers, axis=1, keepdims=True)
    items = np.zeros((weights.shape[1], parameters.factors), dtype=np.float32)
    # one BLAS thread for each of ours: sums come in the same order whatever their number
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(threads) as pool:
        sides = [_Side(matrix, parameters, is_explicit, pool) for matrix in (by_item, weights)]
        for _ in range(parameters.iterations):
            items = sides[0].solve(customers)
            customers = sides[1].solve(items)
    return customers, items


def fold_in_rows(
    weights: csr_array, items: Floats, parameters: AlsParameters, *, is_explicit: bool
) -> Floats:
    """Customer factors of a customers × items matrix, given the factors of the items.

    `fold_in` or `fold_in_ratings` of every row: the last step of `factorise`.
    """
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(1) as pool:
        return _Side(weights, parameters, is_explicit, pool).solve(items)


@dataclass(frozen=True)
class _Side:
    """One half of an iteration: the rows of a matrix, given the factors of its columns."""

    matrix: csr_array
    parameters: AlsParameters
    is_explicit: bool
    pool: ThreadPoolExecutor

    def solve(self, columns: Floats) -> Floats:
        """Factors of all rows. A row's system is solved in the smaller of its two forms."""
        found = np.zeros((self.matrix.shape[0], columns.shape[1]), dtype=np.float32)
        base = self._base(columns)
        turned = columns if self.is_explicit else columns @ base.axes

        def work(rows: Ints) -> None:
            found[rows] = self._solve_rows(rows, turned, base)

        list(self.pool.map(work, self._pieces()))
        return found if self.is_explicit else found @ base.axes.T

    def _base(self, columns: Floats) -> "_Base":
        """What all rows share, YᵀY, in the axes in which it is diagonal."""
        width = columns.shape[1]
        if self.is_explicit:
            return _Base(np.zeros(width, np.float32), np.eye(width, dtype=np.float32))
        gram = sum(piece.T @ piece for piece in (c.astype(np.float64) for c in _chunks(columns)))
        squares, axes = np.linalg.eigh(gram)
        return _Base(squares.clip(min=0).astype(np.float32), axes.astype(np.float32))

    def _pieces(self) -> Iterator[Ints]:
        """Rows of about the same length together, the longest first."""
        lengths = np.diff(self.matrix.indptr)
        order = np.argsort(-lengths, kind="stable")
        order = order[: int(np.count_nonzero(lengths))]
        start = 0
        while start < len(order):
            longest = int(lengths[order[start]])
            stop = start + max(1, CELLS // longest)
            # much shorter rows are another piece, so that little is filled up with zeros
            stop = min(stop, start + int(np.searchsorted(-lengths[order[start:]], -longest * 0.8)))
            yield order[start : max(stop, start + 1)]
            start = max(stop, start + 1)

    def _solve_rows(self, rows: Ints, columns: Floats, base: "_Base") -> Floats:
        places, weights, taken = self._padded(rows)
        penalty = self.parameters.regularization * np.count_nonzero(taken, axis=1)
        shared = (
            base.squares
            + (penalty + SMALLEST * (1 + base.squares.max())).astype(np.float32)[:, None]
        )
        if self.is_explicit:
            roots, target = taken.astype(np.float32), weights
        else:
            roots = np.sqrt(self.parameters.alpha * weights)
            target = np.where(taken, 1 + self.parameters.alpha * weights, 0).astype(np.float32)
        chosen = columns[places]
        is_short = places.shape[1] < columns.shape[1]
        return (_solve_dual if is_short else _solve_primal)(chosen, roots, target, shared)

    def _padded(self, rows: Ints) -> tuple[Ints, Floats, NDArray[np.bool_]]:
        """Columns and weights of the rows, filled up with weight 0 to the longest of them."""
        starts = self.matrix.indptr[rows].astype(np.int64)
        lengths = self.matrix.indptr[rows + 1] - starts
        steps = np.arange(lengths.max())
        taken = steps < lengths[:, None]
        cells = np.where(taken, starts[:, None] + steps, starts[:, None])
        weights = np.where(taken, self.matrix.data[cells], 0).astype(np.float32)
        return self.matrix.indices[cells], weights, taken


@dataclass(frozen=True)
class _Base:
    """Eigenvalues and eigenvectors of what all rows share."""

    squares: Floats
    axes: Floats


def _chunks(rows: Floats, size: int = 1 << 16) -> Iterator[Floats]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _solve_primal(chosen: Floats, roots: Floats, target: Floats, shared: Floats) -> Floats:
    """(D + ZᵀCZ) x = Zᵀt for every row, D = diag(shared), C = diag(roots²): factors × factors."""
    weighted = chosen * roots[:, :, None]
    gram = weighted.transpose(0, 2, 1) @ weighted
    _add_to_diagonals(gram, shared)
    return _solve(gram, (target[:, None, :] @ chosen)[:, 0])


def _solve_dual(chosen: Floats, roots: Floats, target: Floats, shared: Floats) -> Floats:
    """The same x by the Woodbury identity, length × length for every row.

    x = D⁻¹Zᵀv, where v = Ry, (I + RZD⁻¹ZᵀR) y = R⁻¹t and R = diag(roots).
    """
    scaled = chosen / shared[:, None, :]
    if roots.any():
        system = (scaled * roots[:, :, None]) @ (chosen * roots[:, :, None]).transpose(0, 2, 1)
        _add_to_diagonals(system, np.float32(1))
        safe = np.where(roots > 0, roots, 1)
        target = _solve(system, (target / safe).astype(np.float32)) * roots
    return (target[:, None, :] @ scaled)[:, 0]


def _add_to_diagonals(matrices: Floats, values: Floats | np.float32) -> None:
    place = np.arange(matrices.shape[1])
    matrices[:, place, place] += values


def _solve(systems: Floats, targets: Floats) -> Floats:
    """Solutions of symmetric positive definite systems; larger ones by Cholesky, one by one."""
    if systems.shape[1] < CHOLESKY_SIZE:
        return np.linalg.solve(systems, targets[:, :, None])[:, :, 0]
    solved = (sposv(a, b, lower=True) for a, b in zip(systems, targets, strict=True))
    return np.array([x for _, x, _ in solved])
