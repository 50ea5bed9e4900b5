"""Networks in NumPy: what was trained with PyTorch scores here, by a forward pass."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from django_clvrec.core.histories import Floats, Histories, Ints, times_of
from django_clvrec.core.recommenders.base import strongest
from django_clvrec.core.sparse import SparseRows
from django_clvrec.core.tiers import NEW, TIERS

EVERY_TIER = (NEW, *TIERS)
CONTEXT = len(EVERY_TIER) + 2
"""Columns of `context`."""
OWN = 3
"""What an item's own past adds to its score: see `own_past`."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """Inputs × outputs, and what is added to each output."""

    weights: Floats
    bias: Floats
    is_bent: bool = True
    """Whether outputs are bent by tanh."""

    def bent(self, sums: Floats) -> Floats:
        found: Floats = np.tanh(sums) if self.is_bent else sums
        return found


@dataclass(frozen=True, kw_only=True)
class FittedNetwork:
    """From a customer's past to one score per item: what was ever bought, and what lately.

    Inputs are roots of the orders of each item, those of `half_life_days` fading, each of the two
    brought to length 1; some networks know the `context` of a customer too. What a customer has
    bought of an item itself is added to its score past the layers: a bottleneck would lose it.
    """

    half_life_days: float
    layers: Sequence[Layer]
    own: Floats
    """Items × OWN: what `own_past` counts."""
    items: Ints
    """Positions of the items that the network knows; its inputs, twice, and its outputs."""
    others: Floats
    stopped: str = ""
    """What there was not enough of to train it as long as it wanted."""

    def score(self, histories: Histories) -> Floats:
        past = Past.of(histories, self.items, self.half_life_days)
        known = self._forward(past, histories)[-1]
        rows, places = past.ever.owners, past.ever.indices
        known[rows, places] += (self.own[places] * own_past(past.ever.data, past.late.data)).sum(1)
        return with_others(known, self.items, self.others)

    def explain(self, history: Histories, item: int) -> Ints:
        """By gradient × input: to first order, what the score would lose without the item."""
        column = int(np.searchsorted(self.items, item))
        past = Past.of(history, self.items, self.half_life_days)
        if column == len(self.items) or self.items[column] != item or not len(past.ever.indices):
            return self.items[:0]
        slopes, *values = self.layers[-1].weights[:, column], *self._forward(past, history)[:-1]
        for layer, value in zip(self.layers[-2::-1], values[::-1], strict=True):
            inner = slopes * (1 - value[0] ** 2) if layer.is_bent else slopes
            slopes = layer.weights @ inner
        bought, size = past.ever.indices, len(self.items)
        adds = slopes[bought] * past.roots[0].data + slopes[size + bought] * past.roots[1].data
        own = bought == column
        lines = own_past(past.ever.data[own], past.late.data[own])
        adds[own] += (self.own[bought[own]] * lines).sum(axis=1)
        return strongest(adds, self.items[bought])

    def _forward(self, past: "Past", histories: Histories) -> list[Floats]:
        """The outputs of each layer."""
        first, *rest = self.layers
        size = len(self.items)
        found = summed_up(past, first.weights[: 2 * size])
        if len(first.weights) > 2 * size:
            known = histories if len(self.items) == histories.size else histories.only(self.items)
            found += context(known) @ first.weights[2 * size :]
        values = [first.bent(found + first.bias)]
        for layer in rest:
            values.append(layer.bent(values[-1] @ layer.weights + layer.bias))
        return values


@dataclass(frozen=True)
class Past:
    """Orders by customer and item: all of them, and fading ones. Both have the same cells."""

    ever: SparseRows
    late: SparseRows

    @classmethod
    def of(cls, histories: Histories, items: Ints, half_life_days: float) -> "Past":
        ever, late = histories.cells(), histories.cells(half_life_days)
        if len(items) < histories.size:
            ever, late = ever.columns(items), late.columns(items)
        return cls(ever, late)

    @cached_property
    def roots(self) -> tuple[SparseRows, SparseRows]:
        """Their roots, each customer's of length 1."""
        ever, late = (replace(one, data=np.sqrt(one.data)) for one in (self.ever, self.late))
        return ever.directed(), late.directed()


def own_past(ever: Floats, late: Floats) -> Floats:
    """Cells × OWN: what is known of an item that was bought; 0 for one that was not."""
    columns = [np.log1p(ever), np.log1p(4 * late), np.ones_like(ever)]
    return np.stack(columns, axis=-1).astype(np.float32)


def context(histories: Histories) -> Floats:
    """Customers × CONTEXT: the tier, how many orders, and how long ago the last one was.

    Orders are what was bought at one time of the items there are: of others nothing is known when
    it is learnt how customers stood in the past.
    """
    tiers = histories.tiers.astype(str)[:, None] == np.array(EVERY_TIER)[None, :]
    since = np.zeros(len(histories), dtype=np.float32)
    some = np.diff(histories.starts) > 0
    if some.any():
        since[some] = np.minimum.reduceat(histories.days, histories.starts[:-1][some])
    orders = times_of(histories.owners, histories.days, len(histories))
    return context_of(tiers.astype(np.float32), orders, since)


def context_of(tiers: Floats, orders: Ints, days_since: Floats) -> Floats:
    """The same from its parts: `tiers` are 1 in the column of the customer's tier."""
    past = np.stack([np.log1p(orders) / 3, np.log1p(days_since.clip(min=0)) / 3], axis=1)
    return np.concatenate([tiers, past], axis=1).astype(np.float32)


def summed_up(past: Past, weights: Floats) -> Floats:
    """Roots of all orders and of fading ones times `weights`: twice the items × outputs."""
    size = len(weights) // 2
    return _product(past.roots[0], weights[:size]) + _product(past.roots[1], weights[size:])


def with_others(known: Floats, items: Ints, others: Floats) -> Floats:
    """Scores of all items from those of the `items` that a network knows, which come first."""
    if len(items) == len(others):
        return known
    lowest = known.min(axis=1, keepdims=True, initial=0.0)
    found: Floats = (lowest - 2 + others[None, :]).astype(np.float32)
    found[:, items] = known
    return found


def _product(rows: SparseRows, weights: Floats) -> Floats:
    if rows.shape[0] == 1:  # a visitor waits for it
        found: Floats = rows.data @ weights[rows.indices]
        return found[None, :]
    return rows @ weights
