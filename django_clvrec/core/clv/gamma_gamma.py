"""Gamma-Gamma: what an order is worth (Fader and Hardie 2013, “The Gamma-Gamma Model”).

A customer's orders are Gamma(p, ν) around a mean of their own, and ν ~ Gamma(q, v) differs between
customers. The model assumes that values do not depend on how often somebody buys: see
`dependence`.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, psi
from scipy.stats import rankdata

from django_clvrec.core.clv.estimate import Estimate
from django_clvrec.core.clv.maximise import maximise, weighed
from django_clvrec.core.clv.statistics import Floats, distinct
from django_clvrec.exceptions import NoForecast

MIN_CUSTOMERS = 30
STARTS = ((2.0, 3.0, 1.0), (6.0, 4.0, 3.0), (1.0, 1.5, 1.0), (20.0, 20.0, 1.0))
"""With money in units of the mean order."""
SAMPLE = 1000
"""Customers on whom starts are tried."""


@dataclass(frozen=True, kw_only=True)
class GammaGamma(Estimate):
    """Fitted parameters; v is an amount of money. Where all values are the same, p is not told."""

    names: ClassVar[tuple[str, ...]] = ("p", "q", "v")

    p: float
    q: float
    v: float

    def order_value(self, x: Any, mean_order_value: Any) -> Floats:
        """What a customer's next order is expected to be worth (equation 5 there).

        `x` orders of `mean_order_value` were seen. NaN where it is infinite (px + q <= 1).
        """
        x = np.asarray(x, dtype=float)
        below = self.p * x + self.q - 1
        worth = self.p * (self.v + x * np.asarray(mean_order_value, dtype=float))
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Floats = np.where(below > 0, worth / below, np.nan)
        return found


def fit_gamma_gamma(x: Any, mean_order_value: Any, customers: Any = None) -> GammaGamma:
    """Maximum likelihood from `x` orders, at least one, of `mean_order_value` each.

    Raises ValueError for what cannot be, NoForecast for too few customers or a likelihood without
    a maximum.
    """
    x, mean = np.asarray(x, dtype=float), np.asarray(mean_order_value, dtype=float)
    counts = np.ones(len(x)) if customers is None else np.asarray(customers, dtype=float)
    if not len(x) == len(mean) == len(counts):
        raise ValueError(f"x and mean_order_value differ in length: {len(x)}, {len(mean)}.")
    if (x < 1).any() or not np.isfinite(x).all():
        raise ValueError("x must be at least 1: who has no order has no order value.")
    if not (np.isfinite(mean).all() and (mean > 0).all()):
        raise ValueError("mean_order_value must be finite and above 0; leave the others out.")
    total = int(counts.sum())
    if total < MIN_CUSTOMERS:
        raise NoForecast(
            f"{total} customers have orders with a value; at least {MIN_CUSTOMERS} are needed to "
            "tell what orders are worth."
        )
    unit = float(mean @ counts) / total
    columns: list[Any] = [x, mean / unit, counts]
    step = -(-len(x) // SAMPLE)
    rough = _Likelihood(*(column[::step] for column in columns)) if step > 1 else None
    best = maximise(_Likelihood(*columns), [np.log(start) for start in STARTS], total, rough)
    p, q, v = np.exp(best.logs).tolist()
    model = GammaGamma(
        p=p, q=q, v=v * unit, log_likelihood=np.nan, customers=total,
        covariance=best.covariance, untold=tuple(GammaGamma.names[place] for place in best.untold),
    )  # fmt: skip
    value = _Likelihood(x, mean, counts)(np.log(model.parameters))[0] * total
    return GammaGamma(**{**vars(model), "log_likelihood": float(value)})


def dependence(x: Any, mean_order_value: Any) -> float:
    """Spearman's rank correlation between the number of orders and their mean value.

    Of customers with at least two orders; 0 where all are alike. Gamma-Gamma assumes 0.
    """
    several = np.asarray(x) > 1
    ranks = [rankdata(np.asarray(one)[several]) for one in (x, mean_order_value)]
    if several.sum() < 2 or any(np.ptp(one) == 0 for one in ranks):
        return 0.0
    return float(np.corrcoef(*ranks)[0, 1])


class _Likelihood:
    """The mean log-likelihood and its gradient (equation 1a there)."""

    def __init__(self, x: Floats, mean: Floats, customers: NDArray[Any]) -> None:
        self.x, self.at_x = distinct(x)
        self.all_x, self.total, self.log_mean = x, x * mean, np.log(mean)
        self.share = customers / customers.sum()

    def __call__(self, logs: Floats) -> tuple[float, Floats]:
        p, q, v = np.exp(logs)
        x, at_x = self.x, self.at_x
        log_all = np.log(v + self.total)
        per_x = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
        per_x += p * x * np.log(x)
        value = per_x[at_x] + (p * x - 1)[at_x] * self.log_mean - (p * x + q)[at_x] * log_all
        digamma = psi(p * x + q)
        slopes = (
            (x * (digamma - psi(p * x) + np.log(x)))[at_x] + self.all_x * (self.log_mean - log_all),
            (digamma - psi(q) + np.log(v))[at_x] - log_all,
            q / v - (p * x + q)[at_x] / (v + self.total),
        )
        gradient = np.array([weighed(self.share, slope) for slope in slopes]) * np.exp(logs)
        return weighed(self.share, value), gradient
