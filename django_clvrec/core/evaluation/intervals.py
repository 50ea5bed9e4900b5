"""How sure a mean over customers is: bootstrap by customer (Efron, 1979)."""

import numpy as np

from django_clvrec.core.histories import Floats

DRAWS = 1000
CELLS = 1 << 13
"""Customers drawn at once, of one sample or of several."""
LEVEL = 0.9
"""Of the intervals that are reported."""
ONE_ERROR = 0.1587
"""Share of a normal distribution below one standard error under the mean."""


def means(values: Floats, seed: int = 1, draws: int = DRAWS) -> Floats:
    """Means of `draws` samples of as many customers, drawn with replacement."""
    random = np.random.default_rng(seed)
    size = len(values)
    if not size:
        return np.zeros(draws)
    step = max(1, CELLS // size)
    drawn = (
        values[random.integers(0, size, (min(step, draws - start), size))].mean(axis=1)
        for start in range(0, draws, step)
    )
    return np.concatenate([*drawn])


def interval(values: Floats, seed: int = 1) -> tuple[float, float]:
    """Bounds of the mean at LEVEL; 0 and 0 without any value."""
    low, high = np.quantile(means(values, seed), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def beats(values: Floats, others: Floats, seed: int = 1) -> bool:
    """Whether the mean of `values` is higher than that of `others` by one standard error.

    The two are of the same customers in the same order, so what makes a customer hard to serve
    cancels out.
    """
    if not len(values):
        return False
    return bool(np.quantile(means(values - others, seed), ONE_ERROR) > 0)
