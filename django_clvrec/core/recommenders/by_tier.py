"""Any recommender, learnt for the customers of each tier apart."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.recommenders.base import Fitted, Recommender


@dataclass(frozen=True, kw_only=True)
class ByTier:
    """One model per tier; customers of a tier with fewer than `least` have the one of all."""

    each: Recommender
    least: int = 50

    @property
    def name(self) -> str:
        return f"{self.each.name}:tier"

    def fit(self, histories: Histories) -> "FittedByTier":
        tiers, sizes = np.unique(histories.tiers.astype(str), return_counts=True)
        large = tiers[sizes >= self.least]
        parts = {tier: histories.take(np.flatnonzero(histories.tiers == tier)) for tier in large}
        models = {str(tier): self.each.fit(part) for tier, part in parts.items() if len(part.items)}
        return FittedByTier(self.each.fit(histories), models)

    def variants(self) -> tuple[Self, ...]:
        return tuple(replace(self, each=each) for each in self.each.variants())

    def limits(self, histories: Histories) -> str:
        return self.each.limits(histories)


@dataclass(frozen=True)
class FittedByTier:
    overall: Fitted
    models: Mapping[str, Fitted]

    def score(self, histories: Histories) -> Floats:
        found = np.empty((len(histories), histories.size), dtype=np.float32)
        for tier in np.unique(histories.tiers.astype(str)):
            rows = np.flatnonzero(histories.tiers == tier)
            found[rows] = self._of(tier).score(histories.take(rows))
        return found

    def explain(self, history: Histories, item: int) -> Ints:
        return self._of(str(history.tiers[0])).explain(history, item)

    def _of(self, tier: str) -> Fitted:
        return self.models.get(tier, self.overall)
