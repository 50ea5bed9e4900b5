"""What an answer is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django_clvrec.conf import get_config
from django_clvrec.core.tiers import NEW
from django_clvrec.serving.stored import NO_SNAPSHOT

DEFAULT_N = 10


class AnswerSource(StrEnum):
    """How an answer was found."""

    STORED = "stored"
    FOLD_IN = "fold_in"
    INTERESTS = "interests"
    HISTORY = "history"
    RELATED = "related"
    POPULAR_IN_TIER = "popular_in_tier"
    POPULAR = "popular"
    CATALOGUE = "catalogue"
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
    because: str | None = None
    """Key of an item that this one is recommended for, where reasons were asked for."""
    because_object: Any = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Recommended items in order, and where they come from. Iterates over its items."""

    items: tuple[RecommendedItem, ...] = ()
    source: AnswerSource
    """Where the first of them comes from; what fills a list up comes from further down."""
    level: str
    intent: str
    reason: str = ""
    """Why there are no items, where there are none."""
    is_standby: bool = False
    """Whether the database did not answer: what stands in its place is not to be reported."""
    snapshot_id: int = NO_SNAPSHOT
    """The snapshot it was read from; 0 where none is live."""
    customer_key: str | None = field(default=None, repr=False)
    """Whose list it is, as feedback keeps it: with PSEUDONYM_KEY a pseudonym."""
    tier: str = field(default=NEW, repr=False)
    """The customer's tier at this moment. It is not for the visitor's eyes."""
    context: str = ""
    """What the policy says of the request."""
    propensities: Mapping[str, float] | None = field(default=None, repr=False)
    """By item, the probability of being in the list, where it was drawn; None where nothing was."""
    variant: str = ""
    """"key:name" of an experiment that is running; empty outside of experiments."""
    template: str = ""
    """What the variant wants its shelf to be rendered with."""

    def __iter__(self) -> Iterator[RecommendedItem]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __bool__(self) -> bool:
        return bool(self.items)


def checked_n(n: int) -> int:
    """`n` as a number up to LIST_LENGTH; a template may give a string. Raises ValueError."""
    try:
        found = int(n)
    except (OverflowError, TypeError, ValueError):
        raise ValueError(f"n must be a whole number from 1, not {n!r}.") from None
    if found < 1:
        raise ValueError(f"n must be at least 1, not {found}.")
    return min(found, int(get_config()["LIST_LENGTH"]))
