"""What an engine is: parameters in, stage outputs out."""

from collections.abc import Callable, Mapping, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from django_clvrec.core.clusters import Clusters
from django_clvrec.core.recommenders.als import AlsParameters
from django_clvrec.core.tiers import Scale
from django_clvrec.engines.plans import TIERS_PINNED_TO_ALS, Plan, pinned

if TYPE_CHECKING:  # checks of a web process read this module
    from django_clvrec.core.recommenders.base import Fitted, Recommender
    from django_clvrec.engines.samples import Rankers, Sample

IMPLICIT, EXPLICIT = "implicit", "explicit"

SCORES, RECOMMENDATIONS = "scores", "recommendations"
"""Names of the Parquet data sets that a run leaves in its folder."""

Report = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """All that decides the result of a run, besides the log."""

    as_of: datetime
    levels: tuple[str, ...]
    clusters: Mapping[str, int | None]
    """k by dimension; None for the elbow."""
    tiers: Mapping[str, int]
    min_orders: int
    feedback: str
    rating_midpoint: float
    als: Mapping[str, AlsParameters]
    """By level."""
    min_tier_customers: int
    min_buyers: int
    popularity_days: int
    list_length: int
    clusters_before: Mapping[str, Clusters] = field(default_factory=dict)
    """Those of the live snapshot by dimension, which new ones stay close to."""
    days_since: int = 0
    """Days from its `as_of` to this one."""
    horizon_days: int = 365
    """How far ahead forecasts look."""
    als_given: Set[str] = frozenset()
    """Levels whose ALS parameters are not to be searched."""
    own: "Mapping[str, Recommender]" = field(default_factory=dict)
    """A shop's own recommenders, by name."""
    plans: Mapping[str, Plan] = field(default_factory=dict)
    """By level; where there is none, each tier is served by its own factorisation."""

    shown: Mapping[str, Path] = field(default_factory=dict)
    """By level a file of what customers were shown, in the columns of `engines.shown.SCHEMA`; none
    where nobody learns from it."""

    def plan(self, level: str) -> Plan:
        return self.plans.get(level) or pinned(TIERS_PINNED_TO_ALS, {})


@dataclass(frozen=True, kw_only=True)
class Popular:
    """What is popular at a level, best first; over all customers where `tier` is empty.

    There is no list for the tier `new`.
    """

    level: str
    tier: str
    item_keys: tuple[str, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Model:
    """A trained factorisation, or the reason why there is none."""

    name: str
    level: str
    tier: str
    """Empty for the global model."""
    customers: int
    interactions: int
    seconds: float = 0.0
    fallback: str = ""
    """Why this tier is served by another model."""
    item_keys: tuple[str, ...] = ()
    """Sorted; row i of `item_factors` belongs to key i."""
    item_factors: NDArray[np.float32] | None = None
    parameters: AlsParameters = field(default_factory=AlsParameters)
    is_explicit: bool = False

    @property
    def is_trained(self) -> bool:
        return self.item_factors is not None

    def summary(self) -> dict[str, Any]:
        """What is said of the model in reports."""
        return {
            "name": self.name,
            "tier": self.tier or "all",
            "level": self.level,
            "customers": self.customers,
            "items": len(self.item_keys),
            "interactions": self.interactions,
            "seconds": round(self.seconds, 2),
            "fallback": self.fallback,
        }


def als_name(tier: str) -> str:
    """What the factorisation of a tier is called; of all customers where it is empty."""
    return f"als:{tier}" if tier else "als"


def too_little(level: str, tier: str, customers: int, parameters: Parameters) -> Model | None:
    """In place of a model that so few customers have interactions for; None where they suffice.

    A single customer suffices for the global model.
    """
    if not customers:
        fallback = "no interactions with items that MIN_BUYERS customers bought"
    elif tier and customers < parameters.min_tier_customers:
        fallback = (
            f"{customers} customers with interactions are fewer than MIN_TIER_CUSTOMERS "
            f"({parameters.min_tier_customers})"
        )
    else:
        return None
    return Model(
        name=als_name(tier),
        level=level,
        tier=tier,
        customers=customers,
        interactions=0,
        fallback=fallback,
    )


@dataclass(frozen=True, kw_only=True)
class Learnt:
    """What visitors are answered by at one level between refreshes, beside factorisations."""

    level: str
    item_keys: tuple[str, ...]
    """Position i stands for key i."""
    fitted: "Mapping[str, Fitted]"
    """By name."""
    served: Mapping[str, Mapping[str, str]]
    """Name of a recommender by intent and tier."""


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """What a run found; scores and recommendations lie as Parquet in its folder."""

    scale: Scale
    tier_sizes: Mapping[str, int]
    popular: tuple[Popular, ...]
    models: tuple[Model, ...]
    learnt: tuple[Learnt, ...] = ()
    cohorts: list[dict[str, Any]] = field(default_factory=list)
    """As `engines.cohorts.told` has them."""


class Run(Protocol):
    """One pass over one purchase log, stage after stage."""

    def value_counts(self) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
        """Compute RFM per customer; distinct values and their counts per dimension."""

    def score(self, scale: Scale) -> dict[str, int]:
        """Write `scores`; the number of customers by tier."""

    def cohorts(self) -> Any:
        """A table of all customers with the columns of `engines.cohorts.SCHEMA`, after `score`."""

    def popular(self, level: str) -> list[Popular]:
        """What is popular at `level`, over all customers and by tier."""

    def prepare(self, level: str) -> None:
        """Compute the interactions at `level`, for `fit` and `recommend`."""

    def fit(self, level: str, tier: str) -> Model:
        """Train on the customers of `tier`, or on all where it is empty; see `too_little`."""

    def recommend(self, level: str, tier: str, model: Model) -> None:
        """Add to `recommendations` the lists of the customers of `tier`, by every intent."""

    def sample(self, level: str, most: int) -> "Sample":
        """The histories of about `most` customers, by ascending key; see `events.sample`.

        With revenue, where the plan of the level learns from it.
        """

    def rank(self, level: str, tier: str, rankers: "Rankers", keys: Any) -> None:
        """Like `recommend`, by recommenders that know the items of `keys`.

        Customers who bought none of these items get no list.
        """


class Engine(Protocol):
    """Where a run takes place."""

    name: str

    def open(self, log: Path, out: Path, parameters: Parameters) -> AbstractContextManager[Run]:
        """A run over `log` that writes into `out`; what it opens is closed at the end."""
