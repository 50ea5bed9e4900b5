"""What counts of customers, each combination once, so that a fit grows with these only."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MOST_WHOLE = 1 << 22
"""Up to such numbers, places of whole ones are looked up and not searched."""


def distinct(values: Any) -> tuple[Floats, NDArray[np.int64]]:
    """Distinct values in ascending order, and where each of `values` is among them."""
    values = np.asarray(values)
    whole = values.astype(np.int64)
    if not len(values) or (whole != values).any() or whole.min() < 0 or whole.max() >= MOST_WHOLE:
        found, places = np.unique(values, return_inverse=True)
        return found.astype(float), places
    is_there = np.zeros(whole.max() + 1, dtype=bool)
    is_there[whole] = True
    return np.flatnonzero(is_there).astype(float), (np.cumsum(is_there) - 1)[whole]


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """Arrays of equal length; row i stands for `customers[i]` customers."""

    x: NDArray[np.int64]
    """Repeat orders."""
    t_x: Floats
    """From the first order to the last."""
    T: Floats
    """From the first order to the end of observation."""
    customers: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        x: Any,
        t_x: Any,
        T: Any,
        customers: Any = None,
    ) -> "Statistics":
        """Counted from arrays of equal length. Raises ValueError for what cannot be."""
        x, t_x, T = (np.asarray(one, dtype=float) for one in (x, t_x, T))
        if not len(x) == len(t_x) == len(T):
            raise ValueError(f"x, t_x and T differ in length: {len(x)}, {len(t_x)}, {len(T)}.")
        if not all(np.isfinite(one).all() and (one >= 0).all() for one in (x, t_x, T)):
            raise ValueError("x, t_x and T must be finite and not negative.")
        if (x != np.floor(x)).any():
            raise ValueError("x must be whole numbers of repeat orders.")
        if (t_x > T).any():
            raise ValueError("t_x is beyond T: the last order lies after the end of observation.")
        counts = np.ones(len(x), int) if customers is None else np.asarray(customers, int)
        columns = [distinct(one) for one in (x, t_x, T)]
        codes = np.zeros(len(x), dtype=np.int64)
        for values, places in columns:
            codes = codes * max(len(values), 1) + places
        order = np.argsort(codes, kind="stable")
        starts = np.flatnonzero(np.append(True, np.diff(codes[order]) != 0)[: len(order)])
        sums = np.add.reduceat(counts[order], starts) if len(order) else counts
        first = order[starts]
        return cls(x=x[first].astype(int), t_x=t_x[first], T=T[first], customers=sums)

    def __len__(self) -> int:
        return len(self.x)
