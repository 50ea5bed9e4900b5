"""What a customer buys again: the own items by how often, and how lately, they were bought."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.recommenders.base import NO_REASON, tie_breaker


@dataclass(frozen=True, kw_only=True)
class Personal:
    """The own items first, by their number of orders; then what is popular."""

    half_life_days: float | None = None
    """An order counts half after so many days; None: all count the same."""

    name = "personal"

    def fit(self, histories: Histories) -> "FittedPersonal":
        return FittedPersonal(self, tie_breaker(histories))

    def variants(self) -> tuple[Self, ...]:
        return tuple(replace(self, half_life_days=days) for days in (None, 360.0, 120.0, 40.0))

    def limits(self, histories: Histories) -> str:
        return ""


@dataclass(frozen=True)
class FittedPersonal:
    recommender: Personal
    others: Floats

    def score(self, histories: Histories) -> Floats:
        own = histories.cells(self.recommender.half_life_days).toarray()
        found: Floats = np.where(own > 0, 1 + own + 1e-3 * self.others, self.others)
        return found.astype(np.float32)

    def explain(self, history: Histories, item: int) -> Ints:
        return np.array([item]) if np.any(history.items == item) else NO_REASON
