"""From candidates to what is shown: only what sells, as the rules want it, and filled up."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django_clvrec.core.merchandising import UNKNOWN, Window
from django_clvrec.looking import looker
from django_clvrec.serving.answers import AnswerSource
from django_clvrec.serving.objects import policy, sellable, traits_of
from django_clvrec.serving.stored import Pairs
from django_clvrec.sources import PurchaseSource

SPARE = 3
"""Items looked up beyond `n`, for those that are not for sale."""
CATALOGUE_STEP = 100
MOST_LOOKED_AT = 2_000
"""Of a catalogue, for a list that would be short: a visitor waits."""


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """Candidates of one kind, the best first."""

    source: AnswerSource
    pairs: Pairs


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Where a list goes, and what must not be in it."""

    shop: PurchaseSource
    level: str
    n: int
    window: Window
    hidden: frozenset[str]
    """Excluded, or just bought."""

    def filled(
        self,
        first: Ranked,
        more: Sequence[Callable[[], Ranked]],
        *,
        from_catalogue: bool,
        unwanted: Callable[[], Collection[str]] = frozenset,
    ) -> tuple[AnswerSource, Pairs, dict[str, Any]]:
        """The best `n` that sell, with their objects; later kinds only where the list is short.

        The source is that of the first item. Of the catalogue all but what is `unwanted`.
        """
        objects: dict[str, Any] = {}
        known: dict[str, tuple[float, AnswerSource]] = {}
        ordered: list[str] = []
        found: list[str] = []
        for candidates in self._kinds(first, more):
            fresh = self._allowed(candidates, known)
            ordered += fresh
            self._look_up(fresh, objects)
            found = self._arranged(ordered, objects, known, is_open=from_catalogue)
            if len(found) >= self.n:
                break
        if len(found) < self.n and from_catalogue:
            for key in self._catalogue(found, objects, unwanted()):
                known[key] = (0.0, AnswerSource.CATALOGUE)
                found.append(key)
        # a pin that nobody recommends does not say how the list was found
        told = next((known[key][1] for key in found if key in {*ordered}), None)
        source = told or (known[found[0]][1] if found else first.source)
        if (one := looker()) is not None:
            one.removed("hidden", sorted(self.hidden))
            one.removed("rules", self._by_rules(ordered, found, objects))
            one.filled({key: str(known[key][1]) for key in found})
        return source, [(key, known[key][0]) for key in found], objects

    def _by_rules(
        self, ordered: Sequence[str], found: Sequence[str], objects: dict[str, Any]
    ) -> list[str]:
        """What stood before an item that is shown and sells, but is not shown."""
        places = {key: place for place, key in enumerate(ordered)}
        last = max((places[key] for key in found if key in places), default=-1)
        shown = {*found}
        return [key for key in ordered[:last] if key in objects and key not in shown]

    def _kinds(self, first: Ranked, more: Sequence[Callable[[], Ranked]]) -> Iterator[Ranked]:
        yield first
        yield from (make() for make in more)

    def _allowed(
        self, candidates: Ranked, known: dict[str, tuple[float, AnswerSource]]
    ) -> list[str]:
        fresh = []
        for key, score in candidates.pairs:
            if key not in known and key not in self.hidden:
                known[key] = (score, candidates.source)
                fresh.append(key)
        return fresh

    def _look_up(self, keys: list[str], objects: dict[str, Any]) -> None:
        """The first few, and the rest where those are not enough or rules have to see them all."""
        need = self.n - len(objects)
        few = keys if not self.window.is_plain else keys[: need + SPARE]
        if few:
            objects |= sellable(self.shop, self.level, few)
        if len(objects) < self.n and len(few) < len(keys):
            objects |= sellable(self.shop, self.level, keys[len(few) :])

    def _arranged(
        self,
        ordered: list[str],
        objects: dict[str, Any],
        known: dict[str, tuple[float, AnswerSource]],
        *,
        is_open: bool,
    ) -> list[str]:
        """By the rules. What nobody recommends is pinned to open lists only: none of those that
        promise something of their items, such as that they were bought before."""
        keys = [key for key in ordered if key in objects]
        if self.window.is_plain:
            return keys[: self.n]
        pins = [key for key in self.window.pins() if key not in objects and key not in self.hidden]
        if pins and is_open:
            objects |= sellable(self.shop, self.level, pins)
        allowed = {*objects} - self.hidden if is_open else {*keys}
        shown = {key: one for key, one in objects.items() if key in allowed}
        traits = traits_of(shown) if self.window.needs_traits else dict.fromkeys(shown, UNKNOWN)
        found = self.window.arranged(keys, self.n, traits)[: self.n]
        for key in found:  # a pin that nobody recommends
            known.setdefault(key, (0.0, AnswerSource.CATALOGUE))
        return found

    def _catalogue(
        self, found: list[str], objects: dict[str, Any], unwanted: Collection[str]
    ) -> list[str]:
        """What the shop has beside it, in its own order."""
        taken: list[str] = []
        missing, seen = self.n - len(found), {*found, *self.hidden, *unwanted}
        offered = (
            key
            for key in islice(policy().catalogue(self.shop, self.level), MOST_LOOKED_AT)
            if key not in seen and not seen.add(key)  # type: ignore[func-returns-value]
        )
        while len(taken) < missing and (few := list(islice(offered, CATALOGUE_STEP))):
            sold = sellable(self.shop, self.level, few)
            left = missing - len(taken)
            shown = self.window.arranged([key for key in few if key in sold], left, traits_of(sold))
            chosen = shown[:left]
            objects |= {key: sold[key] for key in chosen}
            taken += chosen
        return taken


def without(pairs: Iterable[tuple[str, float]], hidden: Set[str]) -> Pairs:
    return [pair for pair in pairs if pair[0] not in hidden]
