"""BG/NBD: how often customers buy, and when they stop (Fader, Hardie and Lee 2005).

A customer orders at a rate λ ~ Gamma(r, alpha) and stops after each repeat order with a
probability p ~ Beta(a, b). Of each customer only three numbers count: `x` repeat orders, `t_x`
from the first order to the last, and `T` from the first order to the end of observation.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, gammaln, psi

from django_clvrec.core.clv.estimate import Estimate
from django_clvrec.core.clv.maximise import maximise, weighed
from django_clvrec.core.clv.statistics import Floats, Statistics, distinct
from django_clvrec.exceptions import NoForecast

MIN_REPEATERS = 30
"""Customers with a repeat order that a fit needs."""
STARTS = ((0.5, 0.5, 0.5, 2.0), (1.0, 1.0, 1.0, 1.0), (2.0, 2.0, 0.1, 1.0))
"""With time in units of its mean."""
SAMPLE = 1000
"""Histories on which starts are tried."""
NEVER = -745.0
"""The logarithm of odds that are as good as none."""


@dataclass(frozen=True, kw_only=True)
class BgNbd(Estimate):
    """Fitted parameters. Rates are per unit of the time they were fitted on.

    Where nobody ever stops, a is not told.
    """

    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")

    r: float
    alpha: float
    a: float
    b: float

    def p_alive(self, x: Any, t_x: Any, T: Any) -> Floats:
        """The probability that a customer has not stopped; 1 without a repeat order.

        Fader, Hardie and Lee (2008), “Computing P(alive) using the BG/NBD model”, equation 1.
        """
        x, t_x, T = (np.asarray(one, dtype=float) for one in (x, t_x, T))
        odds = (
            np.log(self.a / (self.b + np.maximum(x, 1) - 1))
            + (self.r + x) * (np.log(self.alpha + T) - np.log(self.alpha + t_x))
        )  # fmt: skip
        found: Floats = np.where(x > 0, expit(-odds), 1.0)
        return found


def fit_bg_nbd(
    x: Any,
    t_x: Any,
    T: Any,
    customers: Any = None,
) -> BgNbd:
    """Maximum likelihood from arrays of equal length, in any one unit of time.

    `customers` says how many share each row; by default each row is one. Raises ValueError for
    what cannot be (negative numbers, t_x > T), NoForecast where these orders tell no rhythm: too
    few repeat orders, no time between them, or a likelihood without a maximum.
    """
    return fit(Statistics.of(x, t_x, T, customers))


def fit(found: Statistics) -> BgNbd:
    """The same for statistics that are counted already."""
    repeaters = int(found.customers[found.x > 0].sum())
    if repeaters < MIN_REPEATERS:
        raise NoForecast(
            f"{repeaters} customers have ordered again; at least {MIN_REPEATERS} are needed to "
            "tell a rhythm."
        )
    total = int(found.customers.sum())
    unit = float(found.T @ found.customers) / total
    columns: list[Any] = [found.x, found.t_x, found.T, found.customers]
    step = -(-len(found) // SAMPLE)
    rough = _Likelihood(*[column[::step] for column in columns], unit=unit) if step > 1 else None
    starts = [np.log(start) for start in STARTS]
    best = maximise(_Likelihood(*columns, unit=unit), starts, total, rough)
    r, alpha, a, b = np.exp(best.logs).tolist()
    model = BgNbd(
        r=r, alpha=alpha * unit, a=a, b=b, log_likelihood=np.nan, customers=total,
        covariance=best.covariance, untold=tuple(BgNbd.names[place] for place in best.untold),
    )  # fmt: skip
    plain = _Likelihood(found.x, found.t_x, found.T, found.customers)
    value = plain(np.log(model.parameters))[0] * total
    return BgNbd(**{**vars(model), "log_likelihood": float(value)})


class _Likelihood:
    """The mean log-likelihood and its gradient; special functions of distinct values only."""

    def __init__(self, x: Any, t_x: Any, T: Any, customers: Any, *, unit: float = 1.0) -> None:
        self.x, self.at_x = distinct(x)
        self.t_x, self.at_t_x = distinct(t_x)
        self.T, self.at_T = distinct(T)
        self.t_x, self.T = self.t_x / unit, self.T / unit
        self.share = np.asarray(customers) / np.sum(customers)
        self.repeats: NDArray[np.bool_] = np.asarray(x) > 0

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        r, alpha, a, b = np.exp(logs)
        x, at_x = self.x, self.at_x
        log_t, log_x = np.log(alpha + self.T)[self.at_T], np.log(alpha + self.t_x)[self.at_t_x]
        before = np.maximum(b + x - 1, np.finfo(float).tiny)
        alive = -(r + x)[at_x] * log_t
        stopped = (np.log(a) - np.log(before))[at_x] - (r + x)[at_x] * log_x
        odds = np.where(self.repeats, stopped - alive, NEVER)
        share_stopped = expit(odds)
        per_x = (
            gammaln(r + x) - gammaln(r) + r * np.log(alpha)
            + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        )  # fmt: skip
        # the logarithm of 1 + e^odds, which numpy's own takes longer for
        either = np.maximum(odds, 0) + np.log1p(np.exp(-np.abs(odds)))
        value = per_x[at_x] + alive + either
        mean_log = log_t + share_stopped * (log_x - log_t)
        over_t, over_x = 1 / (alpha + self.T), 1 / (alpha + self.t_x)
        mean_over = (1 - share_stopped) * over_t[self.at_T] + share_stopped * over_x[self.at_t_x]
        both = psi(a + b) - psi(a + b + x)
        slopes = (
            (psi(r + x) - psi(r) + np.log(alpha))[at_x] - mean_log,
            r / alpha - (r + x)[at_x] * mean_over,
            both[at_x] + share_stopped / a,
            (both + psi(b + x) - psi(b))[at_x] - share_stopped / before[at_x],
        )
        gradient = np.array([weighed(self.share, slope) for slope in slopes]) * np.exp(logs)
        return weighed(self.share, value), gradient
