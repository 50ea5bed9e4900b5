"""What lists are worth: what customers spend in the days after they buy what is on them.

Nobody knows what the lists were that customers chose from, so what they did is told by a model of
it: how probable each purchase was, by their past. What differs between customers beyond that is
taken for what the lists do. It is an estimate for who plans an experiment, not in place of one.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LinearRegression

from django_clvrec.core.evaluation.contest import listed
from django_clvrec.core.evaluation.folds import DAY, Events, Fold, cut_at, fold_at, histories_of
from django_clvrec.core.evaluation.off_policy import (
    Estimate,
    Logged,
    doubly_robust,
    snips,
)
from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.ranking import MIXED
from django_clvrec.core.recommenders.base import Fitted, tie_breaker
from django_clvrec.core.recommenders.names import BLEND
from django_clvrec.core.recommenders.networks import context
from django_clvrec.core.recommenders.tifu_knn import TifuKnn
from django_clvrec.core.sampling import spread
from django_clvrec.engines.backtests import Question, competitors
from django_clvrec.engines.base import Parameters
from django_clvrec.engines.deep.moments import Timeline, ranges
from django_clvrec.engines.events import events_of, sampled_lines, tiers_by_time
from django_clvrec.engines.shown import shown_by
from django_clvrec.exceptions import NothingToEvaluate, NotTrained

MOST_ORDERS = 5000
"""Of more, some are looked at, evenly spread over customers."""
CELLS = 1 << 22
NO_BLEND = "It is learnt from a backtest, and this is none."
NOTHING_BOUGHT = "Nothing on its lists was bought, so nobody knows what they are worth."
ANYTHING = 0.02
"""How probable it is that a purchase is not explained by the customer's past but by popularity."""


def worth(
    log: Path,
    parameters: Parameters,
    question: Question,
    horizon_days: float,
    *,
    on_step: Callable[[int, int], None] = lambda *_: None,
) -> dict[str, Any]:
    """What lists of every contestant are worth at the only level of `parameters`, ready for JSON.

    Raises NothingToEvaluate.
    """
    level = parameters.levels[0]
    lines, _ = sampled_lines(log, question.most_customers)
    events = events_of(lines, level, with_values=True)
    cut = question.cut if isinstance(question.cut, int) else cut_at(events, question.cut)
    file = parameters.shown.get(level)
    shown = shown_by(file, lines, level) if file else None
    fold = fold_at(events, cut, parameters.min_buyers, tiers_by_time(lines, parameters), shown)
    purchases = purchases_after(events, fold, horizon_days)
    competing = competitors(parameters, level, question.names)
    if question.names:  # parts of a blend are not asked about
        competing = {name: one for name, one in competing.items() if name in question.names}
    fitted: dict[str, Fitted] = {}
    left_out = {BLEND: NO_BLEND} if BLEND in question.names else {}
    for number, (name, one) in enumerate(competing.items()):
        on_step(number, len(competing))
        try:
            fitted[name] = one.fit(fold.learnt)
        except NotTrained as error:
            left_out[name] = str(error)
    on_step(len(competing), len(competing))
    found = worth_of_lists(fitted, fold, purchases, question.k)
    left_out |= dict.fromkeys(fitted.keys() - found.keys(), NOTHING_BOUGHT)
    return {
        "protocol": "worth",
        "level": level,
        "k": question.k,
        "horizon_days": horizon_days,
        "orders": len(purchases.before),
        "purchases": len(purchases.items),
        "customers": len(np.unique(purchases.customers)),
        "spent": float(purchases.returns.mean()),
        "contestants": [{"name": name} | asdict(one) for name, one in found.items()],
        "left_out": left_out,
    }


@dataclass(frozen=True, kw_only=True)
class Purchases:
    """Orders after a split: what was known before each, what was bought, what came of it."""

    before: Histories
    """One row for each order."""
    orders: Ints
    """Which order each purchase belongs to."""
    items: Ints
    returns: Floats
    """What the item brought, and what the customer spent in later orders within the horizon."""
    customers: Ints


@dataclass(frozen=True, kw_only=True)
class Worth:
    """Revenue per purchase within the horizon, had customers bought from a recommender's lists."""

    snips: Estimate
    doubly_robust: Estimate
    gain: Estimate
    """What doubly robust estimation says beyond what was spent: customers differ less in it."""
    weight: float
    """Mean weight of a purchase: 1 where what customers do is told rightly for these lists."""


def purchases_after(events: Events, fold: Fold, horizon_days: float) -> Purchases:
    """Of known customers, whose next `horizon_days` are on record. Raises NothingToEvaluate."""
    end = int(events.times.max())
    whole = histories_of(events, end, fold.customers, fold.items, fold.histories.tiers)
    line = Timeline(whole)
    orders = Timeline(_whole_orders(events, end, fold))
    days_after = (end - fold.cut) / DAY
    moments = line.days[line.orders]
    usable = np.flatnonzero((moments < days_after) & (moments >= horizon_days))
    if not len(usable):
        raise NothingToEvaluate(
            f"No order after the split has {horizon_days:g} days after it. Split earlier, or look "
            "ahead less far."
        )
    usable = usable[spread(len(usable), MOST_ORDERS)]
    first, moments = line.orders[usable], moments[usable]
    last = np.append(line.orders, len(line.items))[usable + 1]
    owners = line.owners[first]
    rows, places = ranges(first, last)
    values = np.ones(len(line.items)) if line.values is None else line.values
    later = _spent(orders, owners, moments - horizon_days) - _spent(orders, owners, moments)
    return Purchases(
        before=_before(line, whole, first, moments),
        orders=rows,
        items=line.items[places],
        returns=values[places] + later[rows],
        customers=owners[rows],
    )


def _whole_orders(events: Events, end: int, fold: Fold) -> Histories:
    """Orders with all that they hold, as if it were one item: also what is too rare for lists."""
    as_one = replace(events, items=np.zeros(len(events.items), dtype=np.int64), item_count=1)
    return histories_of(as_one, end, fold.customers, np.zeros(1, dtype=int), fold.histories.tiers)


def _spent(orders: Timeline, customers: Ints, days: Floats) -> Floats:
    """What each customer had spent until `days` ago, with what was bought at that moment."""
    values = np.ones(len(orders.items)) if orders.values is None else orders.values
    spent: Floats = np.concatenate([[0.0], np.cumsum(values)])
    return spent[orders.first_after(customers, days)]


def _before(line: Timeline, whole: Histories, first: Ints, moments: Floats) -> Histories:
    """What was known just before orders, as if each were a customer's."""
    owners = line.owners[first]
    begin = line.starts[owners]
    rows, places = ranges(begin, first)
    number = np.searchsorted(line.orders, first) - line.first_orders[owners]
    return Histories(
        starts=np.concatenate([[0], np.cumsum(first - begin)]),
        items=line.items[places].astype(np.int32),
        days=(line.days[places] - moments[rows]).astype(np.float32),
        orders=number,
        tiers=whole.tiers[owners],
        size=whole.size,
    )


def worth_of_lists(
    fitted: Mapping[str, Fitted], fold: Fold, purchases: Purchases, n: int = 10
) -> dict[str, Worth]:
    """By name, what lists of `n` items are worth, each of whose items is bought as often.

    Lists of which nothing was ever bought are left out: nobody knows their worth.
    """
    propensities, model = _propensities(fold, purchases), _Model.of(fold, purchases)
    found = {}
    for name, one in fitted.items():
        lists = listed(one, purchases.before, n, (MIXED,))[MIXED]
        shares = 1 / np.count_nonzero(lists >= 0, axis=1).clip(min=1)
        is_listed = (lists[purchases.orders] == purchases.items[:, None]).any(axis=1)
        logged = Logged(
            rewards=purchases.returns,
            propensities=propensities,
            targets=is_listed * shares[purchases.orders],
            customers=purchases.customers.astype(np.int64),
        )
        if not logged.targets.any():
            continue
        prices = np.where(lists >= 0, model.prices[lists], 0).sum(axis=1) * shares
        predicted = model.returns(model.prices[purchases.items])
        expected = model.returns(prices[purchases.orders])
        found[name] = Worth(
            snips=snips(logged),
            doubly_robust=doubly_robust(logged, predicted, expected),
            gain=doubly_robust(logged, predicted, expected - purchases.returns),
            weight=float(logged.weights().mean()),
        )
    return found


def _propensities(fold: Fold, purchases: Purchases) -> Floats:
    """How probable each purchase was: the share of orders, own and of similar customers."""
    known = TifuKnn().fit(fold.histories)
    popular = tie_breaker(fold.histories)
    popular = popular / popular.sum()
    found = np.empty(len(purchases.items))
    for piece in purchases.before.pieces(CELLS):
        scores = known.score(purchases.before.take(piece)).astype(np.float64)
        scores /= scores.sum(axis=1, keepdims=True).clip(min=1e-12)
        mine = (purchases.orders >= piece[0]) & (purchases.orders <= piece[-1])
        found[mine] = scores[purchases.orders[mine] - piece[0], purchases.items[mine]]
    mixed: Floats = (1 - ANYTHING) * found + ANYTHING * popular[purchases.items]
    return mixed


@dataclass(frozen=True, kw_only=True)
class _Model:
    """What purchases return, by how the customer stands and what the item costs.

    Learnt from one half of the customers for the other, so never from what it is to explain.
    """

    base: Floats
    """By purchase, all but what the item adds."""
    slopes: Floats
    """By purchase, what the mean revenue of an item adds."""
    prices: Floats
    """Mean revenue of each item before the split."""

    @classmethod
    def of(cls, fold: Fold, purchases: Purchases) -> "_Model":
        learnt, size = fold.learnt, fold.histories.size
        values = np.ones(len(learnt.items)) if learnt.values is None else learnt.values
        counts = np.bincount(learnt.items, minlength=size).clip(min=1)
        prices = np.bincount(learnt.items, values, minlength=size) / counts
        standing = context(purchases.before)[purchases.orders]
        table = np.column_stack([standing, prices[purchases.items]])
        base, slopes = np.zeros(len(table)), np.zeros(len(table))
        # not by their numbers: a sample can hold even ones only
        halves = np.unique(purchases.customers, return_inverse=True)[1] % 2
        for half in (0, 1):
            mine = halves == half
            if mine.all() or not mine.any():
                raise NothingToEvaluate("A single customer bought after the split.")
            line = LinearRegression().fit(table[~mine], purchases.returns[~mine])
            slopes[mine] = line.coef_[-1]
            base[mine] = line.predict(np.column_stack([standing, np.zeros(len(table))])[mine])
        return cls(base=base, slopes=slopes, prices=prices)

    def returns(self, prices: Floats) -> Floats:
        return self.base + self.slopes * prices
