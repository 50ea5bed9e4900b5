"""A shop in which only the order of baskets tells what comes next, and a clock that counts."""

from itertools import count
from types import SimpleNamespace

import numpy as np

from tests.core.recommenders.made_up import histories_of

A, D, B, C = range(4)


def ordered(customers, seed, *, is_over=True):
    """Everybody buys A and D, half a day apart. Who bought A last buys B next, who D, C."""
    random = np.random.default_rng(seed)
    rows, is_a_last = [], random.random(customers) < 0.5
    for is_a, begun in zip(is_a_last.tolist(), random.uniform(2, 100, customers), strict=True):
        baskets = [D, A, B] if is_a else [A, D, C]
        rows.append([(item, begun - place / 2) for place, item in enumerate(baskets)])
    rows = rows if is_over else [row[:2] for row in rows]
    return histories_of(*rows, size=4), is_a_last


def ticking():
    """In place of the module `time`: a second goes by with each look at the clock."""
    seconds = count()
    return SimpleNamespace(monotonic=lambda: float(next(seconds)))
