"""How many orders a customer who has not stopped will place: the distribution, exactly.

Until a customer stops, orders come at a rate with posterior Gamma(r + x, alpha + T); each is the
last with a probability with posterior Beta(a, b + x). So within a time there are at least n orders
where a negative binomial and a beta-geometric number both are at least n, and for a customer who is
alive these two are independent. The mean is that of Fader, Hardie and Lee (2005), equation 10.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import betainc

from django_clvrec.core.clv.bg_nbd import BgNbd
from django_clvrec.core.clv.statistics import Floats

NEGLIGIBLE = 1e-12
MOST_ORDERS = 100_000


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Of the orders of customers who are alive, one entry for each pair of x and T."""

    mean: Floats
    mean_square: Floats


def moments(model: BgNbd, x: Any, T: Any, days: float, *, gap: float = 0.0) -> Moments:
    """Mean and mean square of the orders within `days` from arrays of equal length."""
    mean, square = np.zeros(len(x)), np.zeros(len(x))
    for n, places, share in at_least(model, x, T, days, gap=gap):
        mean[places] += share
        square[places] += (2 * n - 1) * share
    return Moments(mean=mean, mean_square=square)


def at_least(model: BgNbd, x: Any, T: Any, days: float, *, gap: float = 0.0) -> Any:
    """For n = 1, 2, …: n, the customers of whom so many orders are not out of the question, and
    the probability that there are n or more. With a shortest time between orders, `gap`, there are
    no more than fit into `days`."""
    x, T = np.asarray(x, dtype=float), np.asarray(T, dtype=float)
    places = np.arange(len(x))
    going = days / (model.alpha + T + days)
    keeps_on = np.ones(len(x))
    most = min(MOST_ORDERS, math.ceil(days / gap)) if gap else MOST_ORDERS
    for n in range(1, most + 1):
        share = betainc(n, model.r + x[places], going[places]) * keeps_on[places]
        kept = share > NEGLIGIBLE
        places, share = places[kept], share[kept]
        if not len(places):
            return
        yield n, places, share
        keeps_on[places] *= (model.b + x[places] + n - 1) / (model.a + model.b + x[places] + n - 1)
