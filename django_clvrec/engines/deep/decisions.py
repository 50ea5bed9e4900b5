"""What a shop did and what came of it: a log of states, actions and rewards."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.recommenders.networks import EVERY_TIER, context_of
from django_clvrec.engines.deep.moments import Timeline, first_of_each

LEAST_SHOWN = 5000
"""Items that came into view; with fewer, orders tell more."""
HIGHEST = 0.99
"""Quantile of rewards above which they count as much: one huge order is not a policy."""


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """Moments at which something was shown or bought; those of a customer in the order of time."""

    customers: Ints
    days: Floats
    """How long ago."""
    starts: Ints
    """The actions of decision i are those from `starts[i]` up to `starts[i + 1]`."""
    items: Ints
    rewards: Floats
    """In means of what is above 0."""
    has_next: NDArray[np.bool_]
    """Whether the customer decided once more; the next decision is the next in the array."""

    def __len__(self) -> int:
        return len(self.customers)

    def usable(self, horizon_days: float) -> Ints:
        """Those whose outcome is known: something followed, or nothing did for a horizon."""
        return np.flatnonzero(self.has_next | (self.days >= horizon_days))


def decisions_of(timeline: Timeline, histories: Histories, click: float) -> Decisions:
    """Of what was shown where there is enough of it, else of orders."""
    shown = histories.shown
    if shown is not None and len(shown.items) >= LEAST_SHOWN:
        owners = np.repeat(np.arange(len(histories)), np.diff(shown.starts))
        rewards = rewards_of(shown.values) + click * shown.clicked
        return _grouped(owners, shown.days, shown.items, rewards)
    values = np.ones(len(timeline.items)) if timeline.values is None else timeline.values
    return _grouped(timeline.owners, timeline.days, timeline.items, rewards_of(values))


def rewards_of(values: Floats) -> Floats:
    """In means of those above 0, and none far above the others."""
    some = values[values > 0]
    if not len(some):
        return np.zeros(len(values))
    bounded: Floats = np.minimum(values, np.quantile(some, HIGHEST)).clip(min=0)
    return bounded / float(bounded[values > 0].mean())


def _grouped(owners: Ints, days: Floats, items: Ints, rewards: Floats) -> Decisions:
    """Entries of one customer and time are one decision."""
    first = first_of_each(owners, days)
    customers = owners[first]
    return Decisions(
        customers=customers,
        days=days[first].astype(np.float64),
        starts=np.append(first, len(owners)),
        items=items.astype(np.int64),
        rewards=rewards.astype(np.float32),
        has_next=np.append(np.diff(customers) == 0, False)[: len(customers)],
    )


class Standing:
    """How a customer stood at a moment of the past: the tier, orders, days since the last one.

    Which tier it was then is nowhere on record. So it is the one that a customer with such a past
    has today, as a small decision tree tells it.
    """

    def __init__(self, timeline: Timeline, histories: Histories) -> None:
        self.timeline = timeline
        values = np.ones(len(timeline.items)) if timeline.values is None else timeline.values
        self._spent = np.concatenate([[0.0], np.cumsum(values)])
        is_first = np.zeros(len(timeline.items) + 1, dtype=np.int64)
        is_first[timeline.orders + 1] = 1
        self._orders = np.cumsum(is_first)
        everyone = np.arange(len(histories))
        past = self._past(everyone, timeline.starts[1:], np.zeros(len(histories)))
        self._tree = DecisionTreeClassifier(max_depth=4, random_state=0)
        self._tree.fit(past, histories.tiers.astype(str))

    def at(self, customers: Ints, end: Ints, days: Floats) -> Floats:
        """Rows × CONTEXT, where only events before `end` are known, seen from `days` ago."""
        past = self._past(customers, end, days)
        tiers = self._tree.predict(past)[:, None] == np.array(EVERY_TIER)[None, :]
        orders = past[:, 0].astype(np.int64)
        return context_of(tiers.astype(np.float32), orders, past[:, 1])

    def _past(self, customers: Ints, end: Ints, days: Floats) -> Floats:
        begin = self.timeline.starts[customers]
        last = np.append(self.timeline.days, 0.0)[end - 1]
        since = np.where(end > begin, last - days, 0.0)
        orders = self._orders[end] - self._orders[begin]
        return np.stack([orders, since, self._spent[end] - self._spent[begin]], axis=1)
