"""One request for recommendations, and the ways to answer it, the best first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django_clvrec.conf import get_config
from django_clvrec.core.ranking import AGAIN, DISCOVER, INTENTS
from django_clvrec.serving.answers import DEFAULT_N, Answer, AnswerSource, RecommendedItem
from django_clvrec.serving.interests import ranked_by_interests
from django_clvrec.serving.objects import first_objects
from django_clvrec.serving.stored import (
    NO_SNAPSHOT,
    Pairs,
    live_list,
    live_snapshot_id,
    popular_lists,
    tier_in,
)
from django_clvrec.sources import PurchaseSource, get_source


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
    try:
        n = int(n)  # a template may give a string
    except (TypeError, ValueError):
        raise ValueError(f"n must be a whole number from 1, not {n!r}.") from None
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}.")
    level = shop.check_level(level or shop.levels[0])
    # everything else of this answer is read from this snapshot, whatever goes live meanwhile
    stored: Pairs | None = None
    if customer_key and not interests:
        snapshot_id, stored = live_list(shop.name, customer_key, level, intent)
    else:
        snapshot_id = live_snapshot_id(shop.name) or NO_SNAPSHOT
    return Request(
        shop=shop,
        customer_key=customer_key or None,
        level=level,
        n=min(n, get_config()["LIST_LENGTH"]),
        intent=intent,
        interests=tuple(interests),
        with_objects=with_objects,
        snapshot_id=snapshot_id,
        stored=stored,
    ).answer()


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
    stored: Pairs | None
    """The customer's own list."""

    def answer(self) -> Answer:
        if self.snapshot_id == NO_SNAPSHOT:
            return self._none("No recommendations have been published yet.")
        if self.interests:
            return self._from_interests() or self._popular()
        return self._stored() or self._popular()

    def _answer(self, source: AnswerSource, pairs: Sequence[tuple[str, float]]) -> Answer:
        objects = self._objects(pairs)
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

    def _objects(self, pairs: Sequence[tuple[str, float]]) -> dict[str, Any] | None:
        if not self.with_objects:
            return None
        return first_objects(self.shop, self.level, [key for key, _ in pairs], self.n)

    def _none(self, reason: str) -> Answer:
        return replace(self._answer(AnswerSource.NONE, ()), reason=reason)

    def _stored(self) -> Answer | None:
        return self._answer(AnswerSource.STORED, self.stored) if self.stored else None

    def _popular(self) -> Answer:
        """What is popular in the customer's tier, then over all, without what was bought."""
        if self.intent == AGAIN:
            known = "this customer" if self.customer_key else "a visitor who is not known"
            return self._none(f"There is no list to buy again for {known}.")
        tier = tier_in(self.snapshot_id, self.customer_key)
        by_tier = popular_lists(self.snapshot_id, self.level)
        hidden = set(self.interests) | self._bought()
        in_tier = [pair for pair in by_tier.get(tier, ()) if pair[0] not in hidden]
        hidden |= {key for key, _ in in_tier}
        overall = [pair for pair in by_tier.get("", ()) if pair[0] not in hidden]
        source = AnswerSource.POPULAR_IN_TIER if in_tier else AnswerSource.POPULAR
        answer = self._answer(source, in_tier + overall)
        if answer:
            return answer
        if by_tier.get(tier) or by_tier.get(""):
            return self._none("Everything that is popular here was bought already, or is gone.")
        return self._none("Nothing was bought at this level in the days that popularity looks at.")

    def _bought(self) -> set[str]:
        if self.customer_key is None or self.intent != DISCOVER:
            return set()
        return {item.key for item in self.shop.purchases_of(self.customer_key, self.level)}

    def _from_interests(self) -> Answer | None:
        pairs = ranked_by_interests(
            snapshot_id=self.snapshot_id,
            shop=self.shop,
            customer_key=self.customer_key,
            level=self.level,
            intent=self.intent,
            interests=self.interests,
        )
        return None if pairs is None else self._answer(AnswerSource.INTERESTS, pairs)
