"""What the page of one customer tells: orders, scores among all, why this tier, lists."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from math import floor
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from django_clvrec import serving
from django_clvrec.conf import get_config
from django_clvrec.core.ranking import INTENTS
from django_clvrec.core.tiers import NEW
from django_clvrec.exceptions import NoSource
from django_clvrec.models import (
    CustomerScore,
    Intent,
    SegmentChange,
    TierChange,
    segment_label,
)
from django_clvrec.office.charts import bars, strip
from django_clvrec.office.charts.drawing import spoken
from django_clvrec.office.stored_lists import stored_lists
from django_clvrec.office.words import source_label, tier_label
from django_clvrec.pseudonyms import is_on
from django_clvrec.sources import PurchasedLine, PurchaseSource, get_source

SHOWN, ORDERS, CHANGES = 10, 50, 20
CENTS = -2
"""Money has two places where it is not whole."""
MONTHS = 24
"""Of so many months the picture shows what was spent."""


def customer_page(row: CustomerScore) -> dict[str, Any]:
    """Everything, with as many queries for who bought much as for who bought little."""
    found: dict[str, Any] = {
        "score": row,
        "segment": segment_label(row.segment) if row.segment else "",
        "reasons": list(why(row)),
        "strips": list(_strips(row)),
        "changes": _changes(row),
    }
    try:
        shop = get_source(row.snapshot.source)
    except NoSource:
        return found
    if is_on():
        return found | {"is_pseudonym": True, "levels": stored_lists(shop, row, SHOWN)}
    lines = shop.lines_of(row.customer_key)
    orders = [_order(list(few)) for _key, few in groupby(lines, key=lambda line: line.order)]
    tier = serving.tier_of(row.customer_key, shop.name)
    return found | {
        "tier_now": tier_label(tier) if tier != row.tier else "",
        "orders": orders[:ORDERS],
        "more_orders": max(len(orders) - ORDERS, 0),
        "spending": _spending(lines),
        "levels": [_level(shop, row.customer_key, level, lines) for level in shop.levels],
    }


def why(row: CustomerScore) -> Iterator[str]:
    """In words, how the tier follows from the orders."""
    report = row.snapshot.report
    config = get_config()
    # an older report does not say: then those of the settings, as serving takes them
    scale = report.get("scale") or {"tiers": config["TIERS"], "min_orders": config["MIN_ORDERS"]}
    least = scale["min_orders"]
    if row.tier == NEW and row.frequency < least:
        yield ngettext(
            "%(orders)d order up to the last refresh; customers are scored from %(least)d on. "
            "Until then they are new, and see what is popular.",
            "%(orders)d orders up to the last refresh; customers are scored from %(least)d on. "
            "Until then they are new, and see what is popular.",
            row.frequency,
        ) % {"orders": row.frequency, "least": least}
        return
    clusters = report.get("clusters", {})
    dimensions = (
        ("recency", row.recency_days, row.recency_score),
        ("frequency", row.frequency, row.frequency_score),
        ("monetary_value", float(row.monetary_value), row.monetary_score),
    )
    for name, value, score in dimensions:
        yield _score_in_words(name, value, score, clusters.get(name, {}))
    bounds = scale["tiers"]
    yield _("Together %(score)d of 9 points: %(tier)s, which begins at %(bound)s.") % {
        "score": row.overall_score,
        "tier": tier_label(row.tier),
        "bound": bounds.get(row.tier, "–"),
    }
    higher = sorted(bound for bound in bounds.values() if bound > row.overall_score)
    if higher:
        following = next(tier for tier, bound in bounds.items() if bound == higher[0])
        missing = higher[0] - row.overall_score
        yield ngettext(
            "%(points)d point more would make it %(tier)s.",
            "%(points)d points more would make it %(tier)s.",
            missing,
        ) % {"points": missing, "tier": tier_label(following)}


def _score_in_words(name: str, value: float, score: int, found: dict[str, Any]) -> str:
    sentences = {
        "recency": _("Last order %(value)s days before the refresh: %(score)d of %(most)d points."),
        "frequency": ngettext(
            "%(value)s order: %(score)d of %(most)d points.",
            "%(value)s orders: %(score)d of %(most)d points.",
            int(value),
        ),
        "monetary_value": _("%(value)s spent in all: %(score)d of %(most)d points."),
    }
    is_money = name == "monetary_value"
    said: str = sentences[name] % {
        "value": spoken(value, CENTS if is_money else 0), "score": score,
        "most": max(found.get("k", 1) - 1, 0),
    }  # fmt: skip
    cuts = found.get("cuts", [])
    place = len(cuts) - score if name == "recency" else score
    low = cuts[place - 1] if 0 < place <= len(cuts) else None
    high = cuts[place] if 0 <= place < len(cuts) else None
    values = {"said": said, **_ends(low, high, is_whole=not is_money)}
    if low is not None and high is not None:
        return _("%(said)s That is the score from %(low)s to %(high)s.") % values
    if high is not None:
        return _("%(said)s That is the score up to %(high)s.") % values
    return _("%(said)s That is the score above %(low)s.") % values if low is not None else said


def _ends(low: float | None, high: float | None, *, is_whole: bool) -> dict[str, str]:
    """The bounds of a score in words; what equals a cut point is below it."""
    if not is_whole:
        return {"low": spoken(low, CENTS), "high": spoken(high, CENTS)}
    # days and orders: the first whole number above the lower cut, unless it is said to be above it
    first = None if low is None else floor(low) + (high is not None)
    return {"low": spoken(first), "high": spoken(None if high is None else floor(high))}


def _strips(row: CustomerScore) -> Iterator[dict[str, Any]]:
    """Where the customer stands among all."""
    spread = row.snapshot.report.get("spread", {})
    measures = (
        ("recency_days", _("Days since the last order"), row.recency_days, 0),
        ("frequency", _("Orders"), row.frequency, 0),
        ("monetary_value", _("Monetary value"), float(row.monetary_value), 2),
        ("clv", _("Lifetime value"), row.clv, 2),
    )
    for name, label, value, places in measures:
        quantiles = spread.get(name)
        if not quantiles or value is None:
            continue
        # the first quantile is what nobody lies below, so the last that is lower tells the share
        lower = sum(one < value for one in quantiles[:-1])
        below = max(lower - 1, 0) / (len(quantiles) - 1)
        said = _("%(value)s: more than %(share)s %% of customers") % {
            "value": spoken(value, places), "share": spoken(100 * below),
        }  # fmt: skip
        yield {"label": label, "said": said, "svg": strip(f"{label}: {said}", below)}


def _changes(row: CustomerScore) -> list[dict[str, Any]]:
    """Of tier and of segment, the latest first. Two queries."""
    mine = {"source": row.snapshot.source, "customer_key": row.customer_key}
    tiers = TierChange.objects.filter(**mine)[:CHANGES]
    segments = SegmentChange.objects.filter(**mine)[:CHANGES]
    found: list[dict[str, Any]] = [
        {
            "at": one.changed_at,
            "from": tier_label(one.from_tier),
            "to": tier_label(one.to_tier),
            "cause": TierChange.Cause(one.cause).label,
        }
        for one in tiers
    ]
    found += [
        {
            "at": one.changed_at,
            "from": segment_label(one.from_segment) if one.from_segment else "–",
            "to": segment_label(one.to_segment),
            "cause": _("Segment"),
        }
        for one in segments
    ]
    return sorted(found, key=lambda one: one["at"], reverse=True)[:CHANGES]


def _order(lines: list[PurchasedLine]) -> dict[str, Any]:
    return {
        "key": lines[0].order,
        "at": lines[0].at,
        "lines": len(lines),
        "revenue": sum((line.revenue for line in lines), Decimal(0)),
    }


def _spending(lines: list[PurchasedLine]) -> str:
    """Money by month, the latest months."""
    spent: Counter[str] = Counter()
    for line in lines:
        spent[f"{_day(line.at):%Y-%m}"] += line.revenue  # type: ignore[assignment]
    if not spent:
        return ""
    first, last = min(spent), max(spent)
    months = list(_months(first, last))[-MONTHS:]
    names = [month[2:] if len(months) > 12 else month for month in months]
    values = [float(spent.get(month, 0)) for month in months]
    return bars(_("Spent by month"), names, {_("Spent"): values}, places=2)


def _months(first: str, last: str) -> Iterator[str]:
    year, month = int(first[:4]), int(first[5:])
    while (found := f"{year:04d}-{month:02d}") <= last:
        yield found
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _day(moment: datetime | date) -> date:
    if isinstance(moment, datetime):
        return timezone.localtime(moment).date() if timezone.is_aware(moment) else moment.date()
    return moment


def _level(
    shop: PurchaseSource, key: str, level: str, lines: list[PurchasedLine]
) -> dict[str, Any]:
    orders: dict[str, set[str]] = {}
    last: dict[str, Any] = {}
    for line in lines:  # the last bought first
        item = line.items.get(level)
        if item is not None:
            orders.setdefault(item, set()).add(line.order)
            last.setdefault(item, line.at)
    shown = list(last)[:SHOWN]
    objects = shop.items_in_bulk(level, shown)
    return {
        "name": level,
        "bought": [
            {
                "object": objects.get(item, item),
                "orders": len(orders[item]),
                "last_at": date_format(_day(last[item]), "SHORT_DATE_FORMAT"),
            }
            for item in shown
        ],
        "more": len(last) - len(shown),
        "answers": [_answer(shop, key, level, intent) for intent in INTENTS],
    }


def _answer(shop: PurchaseSource, key: str, level: str, intent: str) -> dict[str, Any]:
    answer = serving.recommend(
        key, level, SHOWN, intent, source=shop.name, with_objects=True, explain=True, explore=False
    )
    return {
        "label": Intent(intent).label,
        "source": source_label(answer.source),
        "items": answer.items,
        "reason": answer.reason,
    }
