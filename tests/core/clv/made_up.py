"""Customers who buy as the models assume, with parameters that are known."""

import numpy as np

from django_clvrec.core.clv.forecast import Known

BUYING = {"r": 0.6, "alpha": 60.0, "a": 0.8, "b": 3.0}
SPENDING = {"p": 6.0, "q": 4.0, "v": 120.0}


def customers(n, rng, *, longest=400, ahead=0, buying=BUYING, spending=SPENDING):
    """What is known of n customers, and their orders and revenue in the `ahead` days after."""
    rate = rng.gamma(buying["r"], 1 / buying["alpha"], n)
    stops = rng.beta(buying["a"], buying["b"], n)
    T = rng.integers(30, longest + 1, n).astype(float)
    x, t_x, later, at = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    alive = np.ones(n, dtype=bool)
    while alive.any():
        rows = np.flatnonzero(alive)
        at[rows] += rng.exponential(1 / rate[rows])
        seen, beyond = rows[at[rows] <= T[rows]], rows[at[rows] > T[rows] + ahead]
        x[seen] += 1
        t_x[seen] = at[seen]
        later[rows[(at[rows] > T[rows]) & (at[rows] <= T[rows] + ahead)]] += 1
        alive[beyond] = False
        alive[rows[rng.random(len(rows)) < stops[rows]]] = False
    scale = rng.gamma(spending["q"], 1 / spending["v"], n)
    mean = rng.gamma(spending["p"] * (x + 1)) / scale / (x + 1)
    revenue = np.where(later > 0, rng.gamma(np.maximum(spending["p"] * later, 1e-9)) / scale, 0)
    known = Known(x=x, t_x=t_x, T=T, orders=x + 1, mean_order_value=mean)
    return known, later, revenue
