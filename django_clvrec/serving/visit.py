"""A customer at the moment of a visit: what was bought since the snapshot, and the tier by now."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.functional import cached_property

from django_clvrec.cache import Fact, erased_fact, forget, recall, remember
from django_clvrec.conf import get_config
from django_clvrec.core.recommenders.bought import Bought
from django_clvrec.core.tiers import NEW, Scale
from django_clvrec.models import TierChange
from django_clvrec.movement import record
from django_clvrec.pseudonyms import StoredKey, shop_key, stored_key
from django_clvrec.serving.room import Facts, facts_of
from django_clvrec.serving.stored import (
    Live,
    Pairs,
    Standing,
    lately_fact,
    read,
    standing_fact,
)
from django_clvrec.sources import PurchasedLine, PurchaseSource, shop_day

DAY_SECONDS = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One customer, one snapshot, one moment. What is not asked for is not looked up."""

    shop: PurchaseSource
    customer_key: str
    """The shop's own, by which its orders are asked."""
    stored_key: StoredKey
    """The one that everything else goes by."""
    live: Live
    standing: Standing
    now: datetime
    has_bought_lately: bool | None
    """See `stored.Found`."""

    @cached_property
    def facts(self) -> Facts:
        return facts_of(self.live)

    @cached_property
    def recent(self) -> list[PurchasedLine]:
        """Lines since the snapshot, and those that are too new to be shown again.

        No query for who has none of them; one, for all lines, for the others.
        """
        if self.has_bought_lately is False:
            return []
        if self.has_bought_lately is None and "lines" not in self.__dict__:
            # the shop's orders could not be asked in the statement that read the list
            found: list[PurchasedLine] = recall(
                recent_fact(self.live, self.stored_key),
                lambda: self.shop.lines_of(self.customer_key, self._since),
                unless=self._erased,
            )
            return found
        return [line for line in self.lines if _last_moment(line.at) > self._since]

    @property
    def _since(self) -> datetime:
        return min(self._as_of, self.now - _rest())

    @cached_property
    def lines(self) -> list[PurchasedLine]:
        """All that the customer bought, the last bought first. One query."""
        fact = lines_fact(self.shop.name, self.stored_key)
        found: list[PurchasedLine] = recall(
            fact, lambda: self.shop.lines_of(self.customer_key), unless=self._erased
        )
        if not self._are_all(found):  # kept from before the last order
            found = self.shop.lines_of(self.customer_key)
            remember({fact: found})
        return found

    @property
    def _erased(self) -> Fact:
        return erased_fact(self.shop.name, self.stored_key)

    def _are_all(self, lines: list[PurchasedLine]) -> bool:
        """Whether lines that were kept hold what is known to be bought lately."""
        if "recent" in self.__dict__:
            return {line.order for line in self.recent} <= {line.order for line in lines}
        return not self.has_bought_lately or any(
            _last_moment(line.at) > self._since for line in lines
        )

    @cached_property
    def has_bought_since(self) -> bool:
        """Whether the snapshot does not know everything."""
        return any(self._is_new(line.at) for line in self.recent)

    def _is_new(self, at: datetime | date) -> bool:
        if isinstance(at, datetime):
            return moment_of(at) > self._as_of
        return at >= shop_day(self._as_of)

    @property
    def _as_of(self) -> datetime:
        return moment_of(self.facts.as_of)

    @cached_property
    def tier(self) -> str:
        """By the stored cut points, from the orders and the days that have passed.

        A change is noted, once.
        """
        before = self.standing.current or NEW
        scale = self.facts.scale
        if scale is None:
            return before
        after = self._scored(scale)
        if after != before:
            cause = TierChange.Cause.ORDER if self.has_bought_since else TierChange.Cause.AGEING
            snapshot_id = self.live.snapshot_id
            record(
                self.shop.name,
                snapshot_id,
                self.stored_key,
                before=before,
                after=after,
                cause=cause,
                revision=self.live.revision,
            )
            forget(standing_fact(self.live, self.stored_key))
        return after

    def _scored(self, scale: Scale) -> str:
        today = self.now.astimezone(UTC).date()
        if self.has_bought_since and self.lines:
            recency = (today - _day(self.lines[0].at)).days
            frequency = len({line.order for line in self.lines})
            value = float(sum(line.revenue for line in self.lines))
        elif self.standing.tier is not None:
            passed = (today - self._as_of.astimezone(UTC).date()).days
            recency = self.standing.recency_days + max(0, passed)
            frequency, value = self.standing.frequency, self.standing.monetary_value
        else:
            return NEW
        return scale.tier(max(0, recency), frequency, value)

    @property
    def has_moved(self) -> bool:
        """Whether the stored list is one for another tier."""
        return self.tier != (self.standing.tier or NEW)

    def just_bought(self, level: str) -> set[str]:
        """Items that are not shown again yet, whatever the list is for."""
        rest = self.now - _rest()
        return _keys([line for line in self.recent if _last_moment(line.at) >= rest], level)

    def bought_since(self, level: str) -> set[str]:
        return _keys(self.recent, level)

    def bought(self, level: str) -> set[str]:
        """Everything."""
        return _keys(self.lines, level)

    def orders(self, level: str) -> dict[str, float]:
        """How many orders hold each item, the last bought first."""
        once = dict.fromkeys((line.items.get(level), line.order) for line in self.lines)
        counts = Counter(key for key, _ in once if key is not None)
        return {key: float(orders) for key, orders in counts.items()}

    def history(self, level: str, places: Mapping[str, int]) -> list[Bought]:
        """For `history_of`; `places` are the positions of the items that are known."""
        return [
            Bought(
                item=places.get(line.items.get(level) or "", -1),
                order=line.order,
                days=max(0.0, (self.now - moment_of(line.at)).total_seconds() / DAY_SECONDS),
            )
            for line in self.lines
        ]


def visit_of(
    shop: PurchaseSource, customer_key: str, level: str = "", intent: str = ""
) -> tuple["Visit", Pairs | None]:
    """A customer's visit at this moment, and the stored list. One query.

    By the key that the shop has. Raises OnlyPseudonym for another.
    """
    moment = now()
    asked, stored = shop_key(customer_key), stored_key(customer_key)
    found = read(shop, asked, stored, level, intent, since=_as_stored(moment - _rest()))
    visit = Visit(
        shop=shop,
        customer_key=asked,
        stored_key=stored,
        live=found.live,
        standing=found.standing,
        now=moment,
        has_bought_lately=found.has_bought_lately,
    )
    return visit, found.items


def _rest() -> timedelta:
    return timedelta(days=get_config()["REST_DAYS"])


def _as_stored(moment: datetime) -> datetime:
    return moment if settings.USE_TZ else timezone.make_naive(moment)


def now() -> datetime:
    """Aware, whatever USE_TZ says."""
    return moment_of(timezone.now())


def moment_of(at: datetime | date) -> datetime:
    """A time of the shop as an aware one; a date is its beginning where the shop is."""
    if not isinstance(at, datetime):
        return datetime(at.year, at.month, at.day, tzinfo=timezone.get_default_timezone())
    if timezone.is_naive(at):
        zone = UTC if settings.USE_TZ else timezone.get_default_timezone()
        return at.replace(tzinfo=zone)
    return at


def recent_fact(live: Live, stored: StoredKey) -> tuple[Any, ...]:
    return ("recent", live.source, *live.key, stored)


def lines_fact(source: str, stored: StoredKey) -> tuple[Any, ...]:
    return ("lines", source, stored)


def forget_purchases(live: Live, stored: StoredKey) -> None:
    """Have caches ask the shop again: the customer has just bought."""
    forget(
        recent_fact(live, stored),
        lines_fact(live.source, stored),
        lately_fact(live, stored),
    )


def _day(at: datetime | date) -> date:
    """The day in UTC, as a refresh counts it: of a date that of its midnight where the shop is."""
    return moment_of(at).astimezone(UTC).date()


def _last_moment(at: datetime | date) -> datetime:
    """A date lasts until its end."""
    found = moment_of(at)
    return found if isinstance(at, datetime) else found + timedelta(days=1)


def _keys(lines: list[PurchasedLine], level: str) -> set[str]:
    return {key for line in lines if (key := line.items.get(level)) is not None}
