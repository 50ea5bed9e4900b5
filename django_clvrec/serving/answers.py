"""What an answer is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django_clvrec.serving.stored import NO_SNAPSHOT

DEFAULT_N = 10


class AnswerSource(StrEnum):
    """How an answer was found."""

    STORED = "stored"
    INTERESTS = "interests"
    POPULAR_IN_TIER = "popular_in_tier"
    POPULAR = "popular"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
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
