"""What a recommender is: it learns from histories, scores customers × items, and says why."""

from collections.abc import Iterable
from typing import Protocol, Self

import numpy as np

from django_clvrec.core.histories import Floats, Histories, Ints

NO_REASON: Ints = np.empty(0, dtype=np.int64)


class Fitted(Protocol):
    """A recommender that has learnt."""

    def score(self, histories: Histories) -> Floats:
        """Customers × items as float32, a higher score is better; `-inf` is never recommended.

        The customers need not be those learnt from; the items are. The array is the caller's:
        lists are made in it, so it must not be one that is kept.
        """

    def explain(self, history: Histories, item: int) -> Ints:
        """Items of the one customer in `history` that speak for `item`, the strongest first.

        Empty where the item is not recommended for something that the customer bought.
        """


class Recommender(Protocol):
    """A way to recommend, with its parameters.

    One that learns from more than items and days says so by attributes of its class, which the
    others need not have: `learns_from_values = True` for `Histories.values`, and
    `learns_from_feedback = True` for `Histories.shown`. Both are for `fit` alone, and may be None
    there too: of data that are no shop's there is no feedback.
    """

    @property
    def name(self) -> str:
        """As in settings, reports and leaderboards."""

    def fit(self, histories: Histories) -> Fitted:
        """Learn from customers, of whom there is at least one with an item."""

    def variants(self) -> tuple[Self, ...]:
        """This way with other parameters, for a short search; the first one is the default."""

    def limits(self, histories: Histories) -> str:
        """What is left out because so many customers or items do not fit; empty for nothing."""


def learn_from_values(recommenders: Iterable[Recommender]) -> bool:
    """Whether one of them says that it learns from what was paid."""
    return any(getattr(one, "learns_from_values", False) for one in recommenders)


def learn_from_feedback(recommenders: Iterable[Recommender]) -> bool:
    """Whether one of them says that it learns from what was shown and what came of it."""
    return any(getattr(one, "learns_from_feedback", False) for one in recommenders)


def strongest(contributions: Floats, bought: Ints) -> Ints:
    """Of the items `bought` those with a positive contribution, the highest first."""
    order = np.argsort(-contributions, kind="stable")
    return bought[order[contributions[order] > 0]]


def told_limits(recommender: Recommender, fitted: Fitted | None, histories: Histories) -> str:
    """What is left out of a large shop, and whether training was stopped, in words."""
    stopped = getattr(fitted, "stopped", "")
    told = [recommender.limits(histories), f"training was stopped: {stopped}" if stopped else ""]
    return "; ".join(filter(None, told))


def tie_breaker(histories: Histories) -> Floats:
    """By item the share of buyers, below 1: where a recommender has nothing to say, it is this."""
    buyers = histories.buyers()
    shares: Floats = (buyers / (1.0 + buyers.max(initial=0))).astype(np.float32)
    return shares
