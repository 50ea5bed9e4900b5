"""What counts of customers, each combination once, so that a fit grows with these only."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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
        order = np.lexsort((T, t_x, x))
        rows = np.stack([x, t_x, T])[:, order]
        starts = np.flatnonzero(np.append(True, (np.diff(rows) != 0).any(axis=0))[: len(order)])
        sums = np.add.reduceat(counts[order], starts) if len(order) else counts
        first = rows[:, starts]
        return cls(x=first[0].astype(int), t_x=first[1], T=first[2], customers=sums)

    def __len__(self) -> int:
        return len(self.x)
