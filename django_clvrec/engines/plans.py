"""Who serves whom at a level: chosen by a backtest, or pinned by a setting."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from django_clvrec.core.ranking import INTENTS
from django_clvrec.core.recommenders.names import (
    ALS,
    ALS_BY_TIER,
    BLEND,
    PARTS,
    POPULAR,
    POPULARITIES,
)
from django_clvrec.core.tiers import NEW, TIERS

if TYPE_CHECKING:  # checks of a web process read this module
    from django_clvrec.core.recommenders.base import Recommender
    from django_clvrec.core.recommenders.blend import Weighing

FACTORISATIONS = frozenset({ALS, ALS_BY_TIER})


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The recommenders of one level, and who is served by which."""

    served: Mapping[str, Mapping[str, str]]
    """Name of a recommender by intent and tier."""
    recommenders: "Mapping[str, Recommender]" = field(default_factory=dict)
    """With their parameters, by name."""
    weighings: "Mapping[str, Weighing]" = field(default_factory=dict)
    """What the blend learnt, by intent."""

    def rankers(self, tier: str) -> dict[str, tuple[str, ...]]:
        """The intents of every recommender that serves `tier`.

        Newcomers for whom popularity is best need no lists of their own.
        """
        found: dict[str, tuple[str, ...]] = {}
        for intent, by_tier in self.served.items():
            name = by_tier[tier]
            if tier != NEW or name not in POPULARITIES:
                found[name] = (*found.get(name, ()), intent)
        return found

    def is_factorised(self, tier: str) -> bool:
        """Whether one factorisation serves all, so that the engine itself makes the lists."""
        names = self.rankers(tier).keys()
        return len(names) < 2 and names <= FACTORISATIONS

    def needed(self) -> Set[str]:
        """Names of the recommenders to be fitted, the parts of a blend included."""
        names = {name for tier in (NEW, *TIERS) for name in self.rankers(tier)}
        return names - {BLEND} | ({*PARTS} & {*self.recommenders} if BLEND in names else set())

    def to_fit(self) -> "list[Recommender]":
        """Those of `recommenders` that are needed."""
        needed = self.needed()
        return [one for name, one in self.recommenders.items() if name in needed]

    def learns_from_values(self) -> bool:
        from django_clvrec.core.recommenders.base import learn_from_values

        return learn_from_values(self.to_fit())

    def learns_from_feedback(self) -> bool:
        from django_clvrec.core.recommenders.base import learn_from_feedback

        return learn_from_feedback(self.to_fit())

    def to_json(self) -> dict[str, Any]:
        from django_clvrec.core.recommenders.contestants import described

        return {
            "served": {intent: dict(by_tier) for intent, by_tier in self.served.items()},
            "recommenders": {name: described(one) for name, one in self.recommenders.items()},
            "weighings": {
                intent: [weighing.intercept, *weighing.weights.tolist()]
                for intent, weighing in self.weighings.items()
            },
        }

    @classmethod
    def from_json(
        cls, stored: Mapping[str, Any], own: "Mapping[str, Recommender] | None" = None
    ) -> "Plan":
        """Raises KeyError, TypeError or ValueError for what another version wrote."""
        from django_clvrec.core.recommenders.blend import Weighing
        from django_clvrec.core.recommenders.contestants import restored

        return cls(
            served=stored["served"],
            recommenders={
                name: restored(name, one, own) for name, one in stored["recommenders"].items()
            },
            weighings={
                intent: Weighing(np.array(numbers[1:], dtype=np.float32), float(numbers[0]))
                for intent, numbers in stored["weighings"].items()
            },
        )


def pinned(by_tier: Mapping[str, str], recommenders: "Mapping[str, Recommender]") -> Plan:
    """The same for every intent, whatever a backtest would say."""
    return Plan(served=dict.fromkeys(INTENTS, by_tier), recommenders=recommenders)


TIERS_PINNED_TO_ALS = {NEW: POPULAR, **dict.fromkeys(TIERS, ALS_BY_TIER)}
"""The method that this project started from."""
