"""What most customers buy: the same list for all, or for all of one tier."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.recommenders.base import NO_REASON, tie_breaker


@dataclass(frozen=True, kw_only=True)
class Popular:
    """Items by their number of buyers, ever or in the last `days`."""

    days: float | None = None

    @property
    def name(self) -> str:
        return "popular" if self.days is None else "popular:recent"

    def fit(self, histories: Histories) -> "FittedPopular":
        scores = tie_breaker(histories)
        if self.days is not None:
            scores = scores + histories.buyers(self.days)
        return FittedPopular(scores.astype(np.float32))

    def variants(self) -> tuple[Self, ...]:
        return (self,)

    def limits(self, histories: Histories) -> str:
        return ""


@dataclass(frozen=True)
class FittedPopular:
    scores: Floats

    def score(self, histories: Histories) -> Floats:
        return np.repeat(self.scores[None, :], len(histories), axis=0)

    def explain(self, history: Histories, item: int) -> Ints:
        return NO_REASON
