"""What a customer will spend: its quantiles, and how much discounting takes off.

Of n orders the sum is (v + orders × mean) times a beta prime number with parameters pn and
q + p × orders; how many orders there will be depends on x and T alone, for who is alive. So in
units of v + orders × mean there is one distribution for each x and T. It is tabulated for some T of
each x, evenly apart in log(alpha + T), and read off for each customer in between.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import betainc

from django_clvrec.core.clv.bg_nbd import BgNbd
from django_clvrec.core.clv.counts import at_least, moments
from django_clvrec.core.clv.gamma_gamma import GammaGamma
from django_clvrec.core.clv.statistics import Floats

KNOTS = 32
PLACES = 128
"""Amounts in a table, evenly apart on a logarithmic scale."""
SMALLEST = 1e-4
"""The least amount in a table but 0, as a share of the largest."""
NODES, WEIGHTS = np.polynomial.legendre.leggauss(6)


@dataclass(frozen=True, kw_only=True)
class Table:
    """Of customers with one x, one row for each knot."""

    discount: Floats
    """What expected orders are worth at the end of observation, as a share of them."""
    amounts: Floats
    """Ascending from 0."""
    beyond: Floats
    """The probability to spend more than each amount."""


class Outlook:
    """Tables for the x of all customers, each made when it is first asked for."""

    def __init__(
        self,
        buying: BgNbd,
        spending: GammaGamma,
        days: float,
        *,
        force: float,
        longest: float,
        least: float,
        gap: float,
    ) -> None:
        """`force` is that of interest per unit of time, `longest` the largest T; `least` is the
        smallest probability that quantiles are asked for, `gap` the shortest time between two
        orders."""
        self.buying, self.spending, self.days = buying, spending, days
        self.force, self.least, self.longest, self.gap = force, least, longest, gap
        self._tables: dict[tuple[float, float], Table] = {}

    def read(self, known: Any, p_alive: Floats, shares: tuple[float, ...]) -> list[Floats]:
        """The discount of each customer, and the amounts that are exceeded with probabilities
        `shares`, in units of v + orders × mean."""
        found = np.zeros((1 + len(shares), len(known)))
        first, last = self._ends(known.x)
        where = (np.log(self.buying.alpha + known.T) - first) / (last - first) * (KNOTS - 1)
        where = np.clip(where, 0, KNOTS - 1)
        left = np.minimum(where.astype(int), KNOTS - 2)
        weight = where - left
        groups, at = np.unique(np.stack([known.x, known.orders]), axis=1, return_inverse=True)
        order = np.argsort(at * KNOTS + left, kind="stable")
        cells = (at * KNOTS + left)[order]
        for rows in np.split(order, np.flatnonzero(np.diff(cells)) + 1) if len(order) else ():
            table = self.table(*groups[:, at[rows[0]]].tolist())
            ends = [left[rows[0]], left[rows[0]] + 1]
            values = [_at_knot(table, knot, p_alive[rows], shares) for knot in ends]
            low, high = (np.stack(one) for one in values)
            found[:, rows] = low + weight[rows] * (high - low)
        return list(found)

    def _ends(self, x: Any) -> tuple[Any, Any]:
        """From which to which log(alpha + T) tables go: who has x orders is no younger."""
        youngest = np.asarray(x, dtype=float) * self.gap
        oldest = np.maximum(self.longest, youngest + 1)
        return np.log(self.buying.alpha + youngest), np.log(self.buying.alpha + oldest)

    def table(self, x: float, orders: float) -> Table:
        if (x, orders) not in self._tables:
            self._tables[x, orders] = self._made(x, orders)
        return self._tables[x, orders]

    def _made(self, x: float, orders: float) -> Table:
        many = np.full(KNOTS, x)
        T = np.maximum(np.exp(np.linspace(*self._ends(x), KNOTS)) - self.buying.alpha, 0)
        shape = self.spending.q + self.spending.p * orders
        counts = [
            (n, _placed(places, share)) for n, places, share in at_least(
                self.buying, many, T, self.days, gap=self.gap
            )
        ]  # fmt: skip
        largest = 1.0
        while self._beyond(counts, np.array([largest]), shape).max() > self.least / 2:
            largest *= 2
        steps = np.geomspace(SMALLEST, 1, PLACES - 1)
        amounts = np.append(0, largest * steps)
        return Table(
            discount=self._discount(many, T),
            amounts=amounts,
            beyond=self._beyond(counts, amounts, shape),
        )

    def _beyond(self, counts: list[tuple[int, Floats]], amounts: Floats, shape: float) -> Floats:
        """By knot and amount. With n orders or more the sum is beyond it where that of n is."""
        found, before = np.zeros((KNOTS, len(amounts))), np.zeros(len(amounts))
        for n, share in counts:
            # the chance that a beta prime number is larger, without a difference from 1
            now = betainc(shape, self.spending.p * n, 1 / (1 + amounts))
            found += np.outer(share, now - before)
            before = now
        return found

    def _discount(self, x: Floats, T: Floats) -> Floats:
        if not self.force:
            return np.ones(len(x))
        plain = moments(self.buying, x, T, self.days, gap=self.gap).mean
        # by parts: ∫ exp(-force t) dE(t) = exp(-force h) E(h) + force ∫ exp(-force t) E(t) dt
        found = np.exp(-self.force * self.days) * plain
        for node, weight in zip(NODES, WEIGHTS, strict=True):
            time = self.days * (node + 1) / 2
            there = moments(self.buying, x, T, time, gap=self.gap).mean
            found += self.force * self.days / 2 * weight * np.exp(-self.force * time) * there
        with np.errstate(invalid="ignore"):
            return np.where(plain > 0, found / plain, 1.0)


def _placed(places: Any, share: Floats) -> Floats:
    found = np.zeros(KNOTS)
    found[places] = share
    return found


def _at_knot(table: Table, knot: int, p_alive: Floats, shares: tuple[float, ...]) -> list[Floats]:
    falling = table.beyond[knot]
    with np.errstate(divide="ignore"):
        read = [np.interp(-share / p_alive, -falling, table.amounts) for share in shares]
    return [np.full(len(p_alive), table.discount[knot]), *read]
