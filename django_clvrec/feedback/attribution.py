"""Which list a purchase is put down to: the last click on the item wins.

Where it was not clicked, nothing; or with ATTRIBUTION = "shown" the last list that showed it.
Either was at most ATTRIBUTION_DAYS before the purchase. Of a list each item counts as bought
once, the first time. Levels are judged apart: a purchase may count for a category in one list
and for a product in another, so revenue of several levels must not be added up.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from django_clvrec.conf import get_config
from django_clvrec.feedback.storing import store
from django_clvrec.feedback.subjects import customer, kept
from django_clvrec.models import KEY_LENGTH, Feedback, ShownList, write_database
from django_clvrec.pseudonyms import StoredKey, is_on, shop_key, stored_key
from django_clvrec.sources import PurchasedLine, get_source
from django_clvrec.sources.buyers import bought_after

SHOWN, CLICKED = "shown", Feedback.Kind.CLICKED.value
BATCH_CUSTOMERS = 500
CENTS = Decimal("0.0001")


def attribute(
    customer_key: str,
    *,
    visitor_key: str | None = None,
    now: datetime | None = None,
    source: str | None = None,
) -> int:
    """Put the customer's purchases of the last ATTRIBUTION_DAYS down to lists; how many are new.

    `visitor_key` is what the policy called the buyer before the shop knew the customer. Of who was
    erased or stays out nothing is put down to what was shown to that visitor either.
    It does no harm to call it again, or twice at the same time.
    """
    now = now or timezone.now()
    since = now - _window()
    if visitor_key and not kept([customer(customer_key)], now):
        return 0
    touches = _touches(_subject(stored_key(customer_key), visitor_key), since - _window())
    if not touches:
        return 0
    lines = get_source(source).lines_of(shop_key(customer_key), since)
    _, new = store([], _bought(_purchases(lines, now), touches))
    return len(new)


def attribute_all(*, now: datetime | None = None, source: str | None = None) -> int:
    """The same for every customer who may have bought from a list, for shops that call nothing."""
    now = now or timezone.now()
    found = _buyers(source, now) if is_on() else _customers(now)
    return sum(attribute(key, now=now, source=source) for key in found)


def _customers(now: datetime) -> Iterator[str]:
    """Those who were shown a list, or clicked on one."""
    last = ""
    while keys := list(_keys(now, subject_key__gt=last)[:BATCH_CUSTOMERS]):
        yield from keys
        last = keys[-1]


def _buyers(source: str | None, now: datetime) -> Iterator[str]:
    """The same by the keys of the shop, for pseudonyms cannot be turned back: of those who bought
    lately, whoever was shown a list."""
    bought = bought_after(get_source(source), now - _window())
    for start in range(0, len(bought), BATCH_CUSTOMERS):
        few: dict[str, str] = {
            stored_key(key): key for key in bought[start : start + BATCH_CUSTOMERS]
        }
        yield from (few[key] for key in list(_keys(now, subject_key__in=few)))


def _keys(now: datetime, **which: Any) -> QuerySet[ShownList, str]:
    rows = ShownList.objects.using(write_database())
    rows = rows.filter(is_customer=True, shown_at__gt=now - 2 * _window(), **which)
    if get_config()["ATTRIBUTION"] == CLICKED:
        rows = rows.filter(feedback__kind=CLICKED)
    return rows.order_by("subject_key").values_list("subject_key", flat=True).distinct()


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Touch:
    """An item was clicked or shown; the greater is the one that a purchase is put down to."""

    is_click: bool
    at: datetime
    list_id: UUID
    rank: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Purchase:
    """What one order brought for one item."""

    level: str
    item_key: str
    at: datetime
    revenue: Decimal


Touches = dict[tuple[str, str], list[Touch]]
"""By level and item key."""


def _window() -> timedelta:
    return timedelta(days=get_config()["ATTRIBUTION_DAYS"])


def _subject(customer_key: StoredKey, visitor_key: str | None) -> Q:
    found = Q(subject_key=customer_key, is_customer=True)
    return found | Q(subject_key=visitor_key, is_customer=False) if visitor_key else found


def _touches(subject: Q, since: datetime) -> Touches:
    """What was in front of the customer. One query, or two where what is shown counts."""
    found: Touches = defaultdict(list)
    lists = ShownList.objects.using(write_database()).filter(subject, shown_at__gt=since)
    clicks = lists.filter(feedback__kind=CLICKED)
    clicked = ("feedback__item_key", "feedback__at", "feedback__rank")
    for list_id, level, key, at, rank in clicks.values_list("pk", "level", *clicked):
        found[level, key].append(Touch(is_click=True, at=at, list_id=list_id, rank=rank))
    if get_config()["ATTRIBUTION"] == SHOWN:
        for shown in lists.only("level", "items", "shown_at"):
            for rank, (key, _) in enumerate(shown.items, 1):
                if len(key) <= KEY_LENGTH:
                    touch = Touch(is_click=False, at=shown.shown_at, list_id=shown.pk, rank=rank)
                    found[shown.level, key].append(touch)
    return found


def _purchases(lines: Iterable[PurchasedLine], now: datetime) -> list[Purchase]:
    """What was bought until `now`, the first first: each item of an order once per level."""
    revenue: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    at: dict[tuple[str, str, str], datetime] = {}
    for line in lines:
        moment = _moment(line.at, now)
        if moment is None or not line.revenue.is_finite():
            continue
        for level, item_key in line.items.items():
            if item_key:
                revenue[line.order, level, item_key] += line.revenue
                at[line.order, level, item_key] = moment
    found = [
        Purchase(level=level, item_key=key, at=at[order, level, key], revenue=total)
        for (order, level, key), total in revenue.items()
    ]
    return sorted(found, key=lambda purchase: purchase.at)


def _moment(at: datetime | date, now: datetime) -> datetime | None:
    """When it was; None where that is still to come. A date without a time is its whole day, so
    what was clicked on that day was clicked before."""
    if not isinstance(at, datetime):
        start = datetime.combine(at, time.min)
        start = timezone.make_aware(start) if settings.USE_TZ else start
        return None if start > now else min(start + timedelta(days=1), now)
    return None if at > now else at


def _bought(purchases: Sequence[Purchase], touches: Touches) -> list[Feedback]:
    found: dict[tuple[UUID, str], Feedback] = {}
    for one in purchases:
        of_item = touches.get((one.level, one.item_key), ())
        near = [touch for touch in of_item if one.at - _window() <= touch.at <= one.at]
        if not near:
            continue
        touch = max(near)
        row = Feedback(
            shown_list_id=touch.list_id,
            item_key=one.item_key,
            kind=Feedback.Kind.BOUGHT,
            rank=touch.rank,
            at=one.at,
            value=one.revenue.quantize(CENTS),
        )
        found.setdefault((touch.list_id, one.item_key), row)
    return list(found.values())
