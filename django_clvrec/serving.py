"""The read side: the best answer that can be given now, and how it was found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np

from django_clvrec.arrays import factors_name, load_arrays
from django_clvrec.conf import get_config
from django_clvrec.core.ranking import AGAIN, DISCOVER, INTENTS, lists_by_intent, positions
from django_clvrec.core.recommenders.als import AlsParameters, fold_in, fold_in_ratings
from django_clvrec.models import (
    CustomerScore,
    PopularItems,
    Recommendation,
    SourceState,
    Tier,
)
from django_clvrec.sources import PurchaseSource, get_source

DEFAULT_N = 10
NO_SNAPSHOT = 0
SPARE = 5
"""Items read beyond `n`, for those that the shop does not have any more."""


class AnswerSource(StrEnum):
    """How an answer was found."""

    STORED = "stored"
    INTERESTS = "interests"
    POPULAR_IN_TIER = "popular_in_tier"
    POPULAR = "popular"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class RecommendedItem:
    """One item of an answer."""

    key: str
    rank: int
    """From 1."""
    score: float
    """The model's own, to compare items of one list; the order is what `rank` says."""
    object: Any = None
    """The shop's own object, where it was asked for."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Recommended items in order, and where they come from. Iterates over its items."""

    items: tuple[RecommendedItem, ...] = ()
    source: AnswerSource
    level: str
    intent: str
    reason: str = ""
    """Why there are no items, where there are none."""
    snapshot_id: int = NO_SNAPSHOT
    """The snapshot it was read from; 0 where none is live."""
    customer_key: str | None = field(default=None, repr=False)

    def __iter__(self) -> Iterator[RecommendedItem]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __bool__(self) -> bool:
        return bool(self.items)


def recommend(
    customer_key: str | None = None,
    level: str | None = None,
    n: int = DEFAULT_N,
    intent: str = DISCOVER,
    *,
    interests: Sequence[str] = (),
    source: str | None = None,
    with_objects: bool = False,
) -> Answer:
    """The best `n` items at `level` for a customer, or for a visitor without a key.

    `level` defaults to the source's first one; `n` is capped at LIST_LENGTH. `interests` are
    item keys chosen just now: the answer follows them and what the customer bought, without
    training. Items whose object is gone are left out where objects are asked for.

    Raises UnknownLevel, and ValueError for an unknown intent or for `n` below 1.
    """
    shop = get_source(source)
    if intent not in INTENTS:
        raise ValueError(f"There is no intent {intent!r}; use one of {', '.join(INTENTS)}.")
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}.")
    return Request(
        shop=shop,
        customer_key=customer_key or None,
        level=shop.check_level(level or shop.levels[0]),
        n=min(n, get_config()["LIST_LENGTH"]),
        intent=intent,
        interests=tuple(interests),
        with_objects=with_objects,
        # everything else of this answer is read from this snapshot, whatever goes live meanwhile
        snapshot_id=live_snapshot_id(shop.name) or NO_SNAPSHOT,
    ).answer()


def live_snapshot_id(source: str) -> int | None:
    """The snapshot that all of one answer is read from. One query."""
    return SourceState.objects.filter(source=source).values_list("live_id", flat=True).first()


def tier_of(customer_key: str | None, source: str | None = None) -> str:
    """The customer's tier in the live snapshot; `new` for everyone it does not know."""
    if not customer_key:
        return Tier.NEW.value
    return tier_in(live_snapshot_id(get_source(source).name) or NO_SNAPSHOT, customer_key)


def tier_in(snapshot_id: int, customer_key: str | None) -> str:
    """The customer's tier in one snapshot; `new` for everyone it does not know."""
    if customer_key is None:
        return Tier.NEW.value
    scores = CustomerScore.objects.filter(snapshot_id=snapshot_id, customer_key=customer_key)
    return scores.values_list("tier", flat=True).first() or Tier.NEW.value


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked, and the ways to answer it, the best first."""

    shop: PurchaseSource
    customer_key: str | None
    level: str
    n: int
    intent: str
    interests: tuple[str, ...]
    with_objects: bool
    snapshot_id: int

    def answer(self) -> Answer:
        if self.snapshot_id == NO_SNAPSHOT:
            return self._none("No recommendations have been published yet.")
        if self.interests:
            return self._from_interests() or self._popular()
        return self._stored() or self._popular()

    def _answer(self, source: AnswerSource, pairs: Sequence[tuple[str, float]]) -> Answer:
        objects = self._objects([key for key, _ in pairs])
        kept = [pair for pair in pairs if objects is None or pair[0] in objects]
        items = tuple(
            RecommendedItem(key=key, rank=rank, score=score, object=objects and objects[key])
            for rank, (key, score) in enumerate(kept[: self.n], 1)
        )
        return Answer(
            items=items,
            source=source,
            level=self.level,
            intent=self.intent,
            snapshot_id=self.snapshot_id,
            customer_key=self.customer_key,
        )

    def _objects(self, keys: list[str]) -> dict[str, Any] | None:
        """The shop's objects for the first keys; for all of them where too many are gone."""
        if not self.with_objects:
            return None
        first, rest = keys[: self.n + SPARE], keys[self.n + SPARE :]
        found = self.shop.items_in_bulk(self.level, first) if first else {}
        if len(found) < self.n and rest:
            found |= self.shop.items_in_bulk(self.level, rest)
        return found

    def _none(self, reason: str) -> Answer:
        return replace(self._answer(AnswerSource.NONE, ()), reason=reason)

    def _stored(self) -> Answer | None:
        if self.customer_key is None:
            return None
        found = Recommendation.objects.filter(
            snapshot_id=self.snapshot_id,
            customer_key=self.customer_key,
            level=self.level,
            intent=self.intent,
        ).first()
        return self._answer(AnswerSource.STORED, found.pairs()) if found else None

    def _popular(self) -> Answer:
        """What is popular in the customer's tier, then over all, without what was bought."""
        if self.intent == AGAIN:
            return self._none("There are too few orders of this customer for a list to buy again.")
        tier = tier_in(self.snapshot_id, self.customer_key)
        lists = PopularItems.objects.filter(snapshot_id=self.snapshot_id, level=self.level)
        by_tier = {row.tier: row.pairs() for row in lists.filter(tier__in=("", tier))}
        hidden = set(self.interests) | self._bought()
        in_tier = [pair for pair in by_tier.get(tier, ()) if pair[0] not in hidden]
        hidden |= {key for key, _ in in_tier}
        overall = [pair for pair in by_tier.get("", ()) if pair[0] not in hidden]
        source = AnswerSource.POPULAR_IN_TIER if in_tier else AnswerSource.POPULAR
        answer = self._answer(source, in_tier + overall)
        if answer:
            return answer
        if any(by_tier.values()):
            return self._none("Everything that is popular here was bought already, or is gone.")
        return self._none("Nothing was bought at this level in the days that popularity looks at.")

    def _bought(self) -> set[str]:
        if self.customer_key is None or self.intent != DISCOVER:
            return set()
        return {item.key for item in self.shop.purchases_of(self.customer_key, self.level)}

    def _from_interests(self) -> Answer | None:
        """Scores by factors that are solved from interests and past purchases.

        The global model answers, for it knows every item. The interests together weigh as much
        as all that the customer bought; with ratings, only they count, as rated best.
        """
        stored = load_arrays(self.snapshot_id, factors_name(self.level))
        keys = stored.get("item_keys", np.array([], dtype=str))
        chosen = positions(keys, self.interests)
        if not len(chosen):
            return None
        history = self.shop.purchases_of(self.customer_key, self.level) if self.customer_key else []
        orders = {item.key: float(item.orders) for item in history}
        bought = positions(keys, list(orders))
        past = np.array([orders[key] for key in keys[bought].tolist()])
        vector = _vector(stored, chosen, bought, past)
        scores = stored["item_factors"] @ vector
        scores[chosen] = -np.inf
        length = get_config()["LIST_LENGTH"]
        top, values = lists_by_intent(scores, bought, length)[self.intent]
        pairs = list(zip(keys[top].tolist(), values.tolist(), strict=True))
        return self._answer(AnswerSource.INTERESTS, pairs)


def _vector(stored: dict[str, Any], chosen: Any, bought: Any, past: Any) -> Any:
    """Factors of a customer, by the rule that the stored item factors were trained by."""
    factors = stored["item_factors"]
    parameters = AlsParameters(
        alpha=float(stored["alpha"]), regularization=float(stored["regularization"])
    )
    if stored["is_explicit"]:
        ratings = np.full(len(chosen), get_config()["RATING_RANGE"][1], dtype=float)
        return fold_in_ratings(factors, chosen, ratings, parameters)
    weights = np.full(len(chosen), max(1.0, past.sum() / len(chosen)))
    taken = np.concatenate([chosen, bought])
    return fold_in(factors, taken, np.concatenate([weights, past]), parameters)
