"""What customers are expected to order and to spend within a horizon, with intervals.

The interval of a customer is one of what will be spent, not of the parameters: it follows from the
customer's own posterior, at the fitted parameters. The interval of a total adds to the spread of
all customers the uncertainty of the parameters, from their Fisher information by the delta method;
it takes the sum of many for normal.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import ndtri

from django_clvrec.core.clv.bg_nbd import BgNbd
from django_clvrec.core.clv.counts import moments
from django_clvrec.core.clv.gamma_gamma import GammaGamma
from django_clvrec.core.clv.spending import Outlook
from django_clvrec.core.clv.statistics import Floats

LEVEL = 0.9
"""Of all intervals."""
DAYS_PER_YEAR = 365.25
STEP = 1e-3


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of customers: arrays of equal length."""

    x: Any
    """Repeat orders."""
    t_x: Any
    T: Any
    orders: Any
    """Orders behind the mean value."""
    mean_order_value: Any

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Of each customer, within the horizon."""

    orders: Floats
    p_alive: Floats
    clv: Floats
    """Expected revenue, discounted to the end of observation."""
    clv_low: Floats
    clv_high: Floats


@dataclass(frozen=True, kw_only=True)
class Total:
    """Of all customers, and between which bounds it lies at LEVEL."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Forecaster:
    """Both models, and how far ahead they look."""

    buying: BgNbd
    spending: GammaGamma | None
    """None where it is not told what orders are worth: then there are orders only."""
    days: float
    """In the unit of time of the fit, as all times are."""
    longest: float
    """The largest T of all customers."""
    least_gap: float = 0.0
    """The shortest time between two orders, such as 1 where days with an order are counted."""
    discount_rate: float = 0.0
    """A year, compounded continuously over `days_per_year` units of time."""
    days_per_year: float = DAYS_PER_YEAR

    def expected(self, known: Known) -> Expected:
        """One row for each customer; the same whatever else is in `known`."""
        p_alive = self.buying.p_alive(known.x, known.t_x, known.T)
        orders = self._mean_orders(self.buying, known)
        if self.spending is None:
            nothing = np.full(len(orders), np.nan)
            return Expected(
                orders=orders, p_alive=p_alive, clv=nothing, clv_low=nothing, clv_high=nothing
            )
        shares = ((1 + LEVEL) / 2, (1 - LEVEL) / 2)
        discount, low, high = self._outlook.read(known, p_alive, shares)
        scale = discount * (self.spending.v + known.orders * known.mean_order_value)
        value = self.spending.order_value(known.orders, known.mean_order_value)
        return Expected(
            orders=orders,
            p_alive=p_alive,
            clv=orders * discount * value,
            clv_low=scale * low,
            clv_high=scale * high,
        )

    def total_orders(self, known: Known) -> Total:
        """Of all customers together."""
        orders, squares = self._order_moments(known)
        spread = float((squares - orders**2).sum())
        model = self.buying

        def mean(logs: Floats) -> float:
            return float(self._mean_orders(model.moved(logs), known).sum())

        return _total(float(orders.sum()), spread + _uncertainty(mean, model.covariance))

    def total_revenue(self, known: Known) -> Total:
        """Of all customers together, not discounted; endless where values have no variance."""
        buying, spending = self.buying, self.spending
        assert spending is not None  # noqa: S101 - who asks has looked
        orders, squares = self._order_moments(known)
        value = spending.order_value(known.orders, known.mean_order_value)
        shape = spending.q + spending.p * known.orders
        scale = spending.v + known.orders * known.mean_order_value
        with np.errstate(divide="ignore", invalid="ignore"):
            square = (spending.p**2 * squares + spending.p * orders) / ((shape - 1) * (shape - 2))
        square = np.where(shape > 2, scale**2 * square, np.inf)
        spread = float((square - (orders * value) ** 2).sum())

        def by_buying(logs: Floats) -> float:
            return float(self._mean_orders(buying.moved(logs), known) @ value)

        def by_spending(logs: Floats) -> float:
            moved = spending.moved(logs)
            return float(orders @ moved.order_value(known.orders, known.mean_order_value))

        spread += _uncertainty(by_buying, buying.covariance)
        spread += _uncertainty(by_spending, spending.covariance)
        return _total(float(orders @ value), spread)

    # parts

    @cached_property
    def _outlook(self) -> Outlook:
        assert self.spending is not None  # noqa: S101 - asked for where there is one only
        force = float(np.log1p(self.discount_rate)) / self.days_per_year
        return Outlook(
            self.buying, self.spending, self.days,
            force=force, longest=self.longest, least=(1 - LEVEL) / 2, gap=self.least_gap,
        )  # fmt: skip

    def _mean_orders(self, buying: BgNbd, known: Known) -> Floats:
        pairs, place = _distinct(known.x, known.T)
        alive = buying.p_alive(known.x, known.t_x, known.T)
        found: Floats = (
            alive * moments(buying, *pairs, days=self.days, gap=self.least_gap).mean[place]
        )
        return found

    def _order_moments(self, known: Known) -> tuple[Floats, Floats]:
        pairs, place = _distinct(known.x, known.T)
        found = moments(self.buying, *pairs, days=self.days, gap=self.least_gap)
        alive = self.buying.p_alive(known.x, known.t_x, known.T)
        return alive * found.mean[place], alive * found.mean_square[place]


def _uncertainty(mean: Callable[[Floats], float], covariance: Floats) -> float:
    """The variance of a total that comes from parameters, by the slope at their logarithms."""
    slope = np.zeros(len(covariance))
    for number in np.flatnonzero(np.diag(covariance) > 0):
        logs = np.zeros(len(covariance))
        logs[number] = STEP
        slope[number] = (mean(logs) - mean(-logs)) / (2 * STEP)
    return float(slope @ covariance @ slope)


def _total(expected: float, variance: float) -> Total:
    reach = float(ndtri((1 + LEVEL) / 2) * np.sqrt(variance))
    return Total(expected=expected, low=max(0.0, expected - reach), high=expected + reach)


def _distinct(x: Any, T: Any) -> tuple[tuple[Floats, Floats], Any]:
    """Distinct pairs, and where each customer's is."""
    x, T = np.asarray(x, float), np.asarray(T, float)
    order = np.lexsort((T, x))
    change = (np.diff(x[order]) != 0) | (np.diff(T[order]) != 0)
    new = np.append(True, change)[: len(order)]
    place = np.empty(len(order), int)
    place[order] = np.cumsum(new) - 1
    starts = order[new]
    return (x[starts], T[starts]), place
