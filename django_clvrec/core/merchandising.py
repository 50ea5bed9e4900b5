"""What a shop wants of its window: candidates re-ranked by boosts, pins and variety.

A candidate's relevance is 1 / log2(1 + rank), the discount that NDCG gives a place in a list. So a
boost means the same whatever recommender ranked: with a factor of 2 an item at rank 10 comes to
stand before the one at rank 3.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import log2

BOOST, PIN, HIDE = "boost", "pin", "hide"
ACTIONS = (BOOST, PIN, HIDE)


@dataclass(frozen=True, kw_only=True)
class ShopRule:
    """What is done with the items to which it applies; of several conditions all must hold."""

    action: str
    items: tuple[str, ...] = ()
    """Item keys; of a pin in the order in which they stand. Empty: any item."""
    categories: Collection[str] = ()
    price_from: Decimal | None = None
    price_to: Decimal | None = None
    """Bounds belong to the band."""
    factor: float = 1.0
    position: int = 1

    @property
    def needs_traits(self) -> bool:
        return bool(self.categories) or self.price_from is not None or self.price_to is not None

    def applies(self, key: str, traits: "Traits") -> bool:
        """An item without a category or price meets no condition on it."""
        if self.items and key not in self.items:
            return False
        if self.categories and traits.category not in self.categories:
            return False
        if self.price_from is None and self.price_to is None:
            return True
        if traits.price is None:
            return False
        is_above = self.price_from is None or traits.price >= self.price_from
        return is_above and (self.price_to is None or traits.price <= self.price_to)


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What rules ask about an item."""

    category: str | None = None
    price: Decimal | None = None


UNKNOWN = Traits()


@dataclass(frozen=True, kw_only=True)
class Window:
    """The rules of one list."""

    rules: tuple[ShopRule, ...] = ()
    most_per_category: int | None = None
    """Of one category at most so many, unless the list would be short."""

    @property
    def needs_traits(self) -> bool:
        asked = any(rule.needs_traits for rule in self.rules)
        return asked or self.most_per_category is not None

    @property
    def is_plain(self) -> bool:
        return not self.rules and self.most_per_category is None

    def pins(self) -> list[str]:
        """Keys that are shown whoever recommends them or not, in order."""
        named = (key for rule in self.rules if rule.action == PIN for key in rule.items)
        return list(dict.fromkeys(named))

    def arranged(self, keys: Sequence[str], n: int, traits: Mapping[str, Traits]) -> list[str]:
        """`keys`, the best first, as the rules want them; pins must be among `traits`.

        The order of equals is kept, so equal input gives an equal list. Hidden items are gone,
        a hidden one that is pinned too; all others are there, also beyond `n`.
        """
        hidden = [rule for rule in self.rules if rule.action == HIDE]
        shown = {
            key
            for key in (*keys, *(pin for pin in self.pins() if pin in traits))
            if not any(rule.applies(key, traits.get(key, UNKNOWN)) for rule in hidden)
        }
        ranked = [key for key in keys if key in shown]
        ordered = self._varied(self._boosted(ranked, traits), n, traits)
        return self._pinned(ordered, {key: one for key, one in traits.items() if key in shown})

    def _boosted(self, keys: list[str], traits: Mapping[str, Traits]) -> list[str]:
        boosts = [rule for rule in self.rules if rule.action == BOOST]
        if not boosts:
            return keys
        relevance = {key: 1 / log2(1 + rank) for rank, key in enumerate(keys, 1)}
        for rule in boosts:
            for key in keys:
                if rule.applies(key, traits.get(key, UNKNOWN)):
                    relevance[key] *= rule.factor
        return sorted(keys, key=lambda key: -relevance[key])

    def _varied(self, keys: list[str], n: int, traits: Mapping[str, Traits]) -> list[str]:
        if self.most_per_category is None:
            return keys
        taken: list[str] = []
        left: list[str] = []
        counts: Counter[str] = Counter()
        for key in keys:
            category = traits.get(key, UNKNOWN).category
            if category is not None and (
                counts[category] >= self.most_per_category or len(taken) >= n
            ):
                left.append(key)
            else:
                taken.append(key)
                counts[category or ""] += 1
        return taken + left

    def _pinned(self, keys: list[str], available: Mapping[str, Traits]) -> list[str]:
        """Where the place of a pin is taken by an earlier rule, it has the next free one."""
        places: dict[str, int] = {}
        taken: set[int] = set()
        for rule in (rule for rule in self.rules if rule.action == PIN):
            place = rule.position
            for key in rule.items:
                if key in places or key not in available or not rule.applies(key, available[key]):
                    continue
                while place in taken:
                    place += 1
                taken.add(place)
                places[key] = place
        found = [key for key in keys if key not in places]
        for key, place in sorted(places.items(), key=lambda pair: pair[1]):
            found.insert(place - 1, key)
        return found
