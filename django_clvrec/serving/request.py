"""One request for recommendations, and the ways to answer it, the best first."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.functional import cached_property

from django_clvrec.conf import get_config
from django_clvrec.core.merchandising import Window
from django_clvrec.core.ranking import AGAIN, DISCOVER, INTENTS
from django_clvrec.core.tiers import NEW
from django_clvrec.exploration import share_of
from django_clvrec.policy import key_of
from django_clvrec.serving.answers import (
    DEFAULT_N,
    Answer,
    AnswerSource,
    RecommendedItem,
    checked_n,
)
from django_clvrec.serving.asking import CUSTOMER
from django_clvrec.serving.exploring import Exploring
from django_clvrec.serving.interests import ranked_by_interests
from django_clvrec.serving.observing import observed
from django_clvrec.serving.room import Room, room_of
from django_clvrec.serving.rules import window_for
from django_clvrec.serving.shelf import Ranked, Shelf, without
from django_clvrec.serving.standby import popular_standby, standing_by
from django_clvrec.serving.stored import NO_SNAPSHOT, Live, Pairs, live_of, popular_lists
from django_clvrec.serving.variants import NORMAL, Variant, variant_of
from django_clvrec.serving.visit import Visit, now, visit_of
from django_clvrec.sources import PurchaseSource, get_source
from django_clvrec.tally import note
from django_clvrec.watching import degraded

if TYPE_CHECKING:
    from django_clvrec.core.recommenders.base import Fitted


@observed
@standing_by(popular_standby)
def recommend(
    customer_key: str | None = None,
    level: str | None = None,
    n: int = DEFAULT_N,
    intent: str = DISCOVER,
    *,
    interests: Sequence[str] = (),
    exclude: Collection[str] = (),
    source: str | None = None,
    with_objects: bool = False,
    explain: bool = False,
    context: str = "",
    visitor: str | None = None,
    explore: bool = True,
) -> Answer:
    """The best `n` items at `level` for a customer, or for a visitor without a key.

    `level` defaults to the source's first one; `n` is capped at LIST_LENGTH. Whoever bought since
    the snapshot is answered by what is known now, without training. `interests` are item keys
    chosen just now: the answer follows them and what the customer bought. Neither they nor those
    of `exclude` are in the answer, nor what the policy does not want to sell. With `explain`, each
    item says which purchase it is recommended for, where there is one.

    Popular lists of tiers in EXPLORATION try items out, where feedback is recorded: apart for each
    `context`. For a customer, or for a `visitor` whom the policy can tell from others, such a list
    changes within an hour only by what was learnt. With `explore` False none tries anything out.
    Where an experiment is running, each customer and visitor always gets the answer of one variant.

    While the database does not answer, popular items that were shown last stand in, or none.

    Raises UnknownLevel, and ValueError for an unknown intent or for `n` below 1.
    """
    shop = get_source(source)
    level = shop.check_level(level or shop.levels[0])
    if intent not in INTENTS:
        raise ValueError(f"There is no intent {intent!r}; use one of {', '.join(INTENTS)}.")
    # everything else of this answer is read from this snapshot, whatever goes live meanwhile
    customer_key, visit, stored, live = key_of(customer_key), None, None, None
    if customer_key:
        visit, stored = visit_of(shop, customer_key, level, intent)
        live = visit.live
        if visit.standing.stays_out:
            visit, stored = None, None
    return Request(
        shop=shop,
        level=level,
        n=checked_n(n),
        intent=intent,
        interests=tuple(interests),
        exclude=frozenset(exclude),
        live=live or live_of(shop.name),
        visit=visit,
        stored=stored,
        context=context,
        visitor=visitor,
        explore=explore,
    ).answer(with_objects=with_objects, explain=explain)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What was asked, and the ways to answer it, the best first."""

    shop: PurchaseSource
    level: str
    n: int
    intent: str
    interests: tuple[str, ...]
    exclude: frozenset[str]
    live: Live
    visit: Visit | None
    """None for a visitor of whom nothing is known."""
    stored: Pairs | None
    """The customer's own list."""
    context: str = ""
    visitor: str | None = None
    explore: bool = True

    def answer(self, *, with_objects: bool, explain: bool) -> Answer:
        if self.live.snapshot_id == NO_SNAPSHOT:
            degraded("unpublished", "%s has no live snapshot", self.shop.name, is_often=True)
            return self._none("No recommendations have been published yet.")
        if self.visit and self.interests:
            self.visit.lines  # noqa: B018 - one query for all that is asked of them
        shelf = Shelf(
            shop=self.shop, level=self.level, n=self.n, window=self._window, hidden=self._hidden
        )
        is_open = self.intent != AGAIN
        source, pairs, objects = shelf.filled(
            self._beginning,
            self._ways()[1:],
            from_catalogue=is_open,
            unwanted=lambda: self._not_new,
        )
        if not pairs:
            return self._none(self._why())
        items = tuple(
            RecommendedItem(
                key=key, rank=rank, score=score, object=objects[key] if with_objects else None
            )
            for rank, (key, score) in enumerate(pairs, 1)
        )
        found = Answer(
            items=items,
            source=source,
            level=self.level,
            intent=self.intent,
            snapshot_id=self.live.snapshot_id,
            customer_key=self._stored_key,
            tier=self._tier,
            context=self.context,
            propensities=self._exploring.propensities(item.key for item in items),
            variant=self._variant.label,
            template=self._variant.template,
        )
        if explain and self.visit:
            from django_clvrec.serving.reasons import with_reasons

            fitted = self._fitted(self.visit)
            return with_reasons(found, self.visit, self._room, fitted, with_objects=with_objects)
        return found

    # the ways

    def _ways(self) -> list[Callable[[], Ranked]]:
        """The best first; each is asked only where those before it leave the list short."""
        if self.intent == AGAIN:
            return [self._own, self._history]
        popular = [self._popular_in_tier, self._popular]
        if self.interests:
            return [self._from_interests, *popular]
        return [self._own, *popular]

    def _own(self) -> Ranked:
        """The stored list, or one that is made anew: for a customer who has bought or moved, or by
        a variant's recommender."""
        visit, made = self.visit, None
        if visit and (self._variant.recommender or visit.has_bought_since or visit.has_moved):
            made = self._folded_in(visit)
        if made is None:
            return Ranked(source=AnswerSource.STORED, pairs=self.stored or [])
        return Ranked(source=AnswerSource.FOLD_IN, pairs=made)

    def _folded_in(self, visit: Visit) -> Pairs | None:
        """By the recommender of the customer's tier; None where that one is not kept for visits.

        Nothing where popularity is what the tier sees, or nothing is known of what was bought.
        """
        room = self._room
        is_popular = not self._variant.recommender and room.is_popular(self.intent, NEW)
        if visit.tier == NEW and is_popular:
            return []
        fitted = self._fitted(visit)
        if fitted is None:
            return None
        # what scores is loaded where somebody is scored
        from django_clvrec.core.recommenders.visits import history_of, ranked

        history = history_of(visit.history(self.level, room.places), len(room.keys), visit.tier)
        if not len(history.items):
            return []
        note("fold_ins", level=self.level, intent=self.intent)
        top, scores = ranked(fitted, history, get_config()["LIST_LENGTH"], self.intent)
        return list(zip(room.keys[top].tolist(), scores.tolist(), strict=True))

    def _fitted(self, visit: Visit) -> "Fitted | None":
        named = self._variant.recommender
        return self._room.named(named) if named else self._room.serving(self.intent, visit.tier)

    def _history(self) -> Ranked:
        """For who has bought too little for a recommender: what was bought, most often first."""
        orders = self.visit.orders(self.level) if self.visit else {}
        # a stable sort: of equals the last bought comes first, as in the history
        pairs = sorted(orders.items(), key=lambda pair: -pair[1])
        return Ranked(source=AnswerSource.HISTORY, pairs=pairs)

    def _from_interests(self) -> Ranked:
        orders = self.visit.orders(self.level) if self.visit else {}
        pairs = ranked_by_interests(self._room, self.interests, orders, self.intent)
        return Ranked(source=AnswerSource.INTERESTS, pairs=pairs or [])

    def _popular_in_tier(self) -> Ranked:
        return Ranked(source=AnswerSource.POPULAR_IN_TIER, pairs=self._popular_with(self._tier))

    def _popular(self) -> Ranked:
        return Ranked(source=AnswerSource.POPULAR, pairs=self._popular_with(""))

    def _popular_with(self, tier: str) -> Pairs:
        hidden = self._hidden | self._not_new
        return self._exploring.ordered(without(self._popular_lists.get(tier, []), hidden))

    @property
    def _not_new(self) -> set[str]:
        """What the intent leaves out, of items that are the same for all customers."""
        return self._bought if self.intent == DISCOVER else set()

    # what they need

    @cached_property
    def _beginning(self) -> Ranked:
        """What the best way gives; the others fill it up."""
        return self._ways()[0]()

    @cached_property
    def _exploring(self) -> Exploring:
        return Exploring(
            level=self.level,
            context=self.context,
            share=share_of(self._tier),
            who=self._who,
            now=self._now,
            is_over=not self.explore or bool(self._beginning.pairs),
        )

    @property
    def _stored_key(self) -> str | None:
        return self.visit.stored_key if self.visit else None

    @property
    def _who(self) -> str | None:
        """What is drawn for a customer or visitor is drawn from this."""
        if self.visit:
            return f"{CUSTOMER}{self.visit.customer_key}"
        if self.visitor and not self.visitor.startswith(CUSTOMER):
            return f"visitor:{self.visitor}"
        return self.visitor

    @cached_property
    def _now(self) -> datetime:
        return self.visit.now if self.visit else now()

    @cached_property
    def _room(self) -> Room:
        return room_of(self.live, self.level)

    @cached_property
    def _popular_lists(self) -> dict[str, Pairs]:
        return popular_lists(self.live, self.level)

    @cached_property
    def _tier(self) -> str:
        return self.visit.tier if self.visit else NEW

    @cached_property
    def _window(self) -> Window:
        window = window_for(self.shop.name, self.live, self.level, self._tier, self._now)
        return self._variant.window(window)

    @cached_property
    def _variant(self) -> Variant:
        if self.interests:  # such a list follows what was chosen just now
            return NORMAL
        return variant_of(self.live, self.level, self._tier, self._now, self._who)

    @cached_property
    def _bought(self) -> set[str]:
        """Everything that the customer ever bought. One query."""
        return self.visit.bought(self.level) if self.visit else set()

    @cached_property
    def _hidden(self) -> frozenset[str]:
        hidden = self.exclude | {*self.interests}
        if self.visit is None:
            return hidden
        hidden |= self.visit.just_bought(self.level)
        if self.intent == DISCOVER:
            hidden |= self.visit.bought_since(self.level)
            if self._window.pins():
                hidden |= self._bought
        return hidden

    # an empty answer

    def _none(self, reason: str) -> Answer:
        return Answer(
            source=AnswerSource.NONE,
            level=self.level,
            intent=self.intent,
            reason=reason,
            snapshot_id=self.live.snapshot_id,
            customer_key=self._stored_key,
            context=self.context,
            tier=NEW if self.live.snapshot_id == NO_SNAPSHOT else self._tier,
        )

    def _why(self) -> str:
        if self.intent == AGAIN:
            known = "this customer" if self.visit else "a visitor who is not known"
            return f"There is no list to buy again for {known}."
        if any(self._popular_lists.get(tier) for tier in (self._tier, "")):
            return "Everything that is popular here was bought already, or is gone."
        return "Nothing was bought at this level in the days that popularity looks at."
