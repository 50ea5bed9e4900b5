"""Findings about the shop's orders: how many lines, of which time, and what was dropped of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_clvrec.conf import get_config
from django_clvrec.doctor.customers import Buyers
from django_clvrec.doctor.findings import ORDERS, Finding, error, ok, warning
from django_clvrec.doctor.records import Record
from django_clvrec.doctor.words import count, day, day_of, percent
from django_clvrec.engines.registry import can_train
from django_clvrec.models import CustomerScore
from django_clvrec.sources import ParquetPurchaseSource, PurchaseSource, expression

MANY = 0.1
"""A rule that drops a larger share of the lines than this deserves a look."""

WHY = {
    "no_customer": gettext_lazy(
        "Orders of guests have no customer: give buyers a table with a key of its own."
    ),
    "no_order": gettext_lazy("Look at `order` of your source."),
    "no_time": gettext_lazy("Look at `purchased_at` of your source, and filter what is unpaid."),
    "no_revenue": gettext_lazy("Look at `revenue` of your source."),
    "future": gettext_lazy("Look for wrong clocks and time zones, or orders that are dated ahead."),
    "refund": gettext_lazy("So much was paid back; look whether `refund` of your source is right."),
    "negative": gettext_lazy(
        "What was paid back by such lines still counts as spent"
        ": take it off `revenue`, or name `refund`."
    ),
    "zero": gettext_lazy("Gifts and samples count as nothing; look at `revenue` of your source."),
    "erased": gettext_lazy(
        "So many orders are of customers who object to being profiled; `clvrec_erase --let-in` "
        "undoes it."
    ),
    "duplicated": gettext_lazy("Look at joins in your source's queryset, and at its `line`."),
}
"""What to do about lines that a rule drops."""


@dataclass(frozen=True, kw_only=True)
class Volume:
    """How many lines there are, and of which time; of a Parquet dataset only how many."""

    lines: int
    first: date | datetime | None = None
    last: date | datetime | None = None


def volume(shop: PurchaseSource, record: Record) -> Iterator[Finding]:
    """Whether there are orders, old and new ones."""
    if isinstance(shop, ParquetPurchaseSource) and not can_train():
        yield ok(ORDERS, _("Lines in Parquet are counted where refreshes run."))
        return
    found = volume_of(shop)
    if not found.lines:
        yield error(
            ORDERS,
            _("The source %(source)s has no lines.") % {"source": shop.name},
            _("Look at the filter of its queryset, or at its files, and at the database it reads."),
        )
        return
    first, last = (found.first, found.last) if found.last else _span(record)
    if first is None or last is None:
        yield ok(ORDERS, _("There are %(lines)s lines of orders.") % {"lines": count(found.lines)})
        return
    text = _("There are %(lines)s lines of orders, from %(first)s to %(last)s.")
    yield ok(ORDERS, text % {"lines": count(found.lines), "first": day(first), "last": day(last)})
    yield from _times(day_of(first), day_of(last))


def _times(first: date, last: date) -> Iterator[Finding]:
    days, least = (last - first).days, get_config()["POPULARITY_DAYS"]
    silent = (day_of(timezone.now()) - last).days
    if days < least:
        text = _("The orders span %(days)s days, and at least %(least)s tell what is popular.")
        hint = _("Wait, or let the source read older orders too (POPULARITY_DAYS).")
        yield warning(ORDERS, text % {"days": count(days), "least": count(least)}, hint)
    if silent > least:
        text = _("Nothing has been bought for %(days)s days, since %(last)s.")
        hint = _("Look whether new orders reach the database or the files that the source reads.")
        yield warning(ORDERS, text % {"days": count(silent), "last": day(last)}, hint)


def volume_of(shop: PurchaseSource) -> Volume:
    """One query, or a look at the files."""
    if isinstance(shop, ParquetPurchaseSource):
        from django_clvrec.extract import line_count  # Arrow is no matter of web processes

        return Volume(lines=line_count(shop))
    rows = shop.rows().order_by().annotate(_clvrec_at=expression(shop.purchased_at))
    found = rows.aggregate(n=Count("*"), first=Min("_clvrec_at"), last=Max("_clvrec_at"))
    return Volume(lines=found["n"], first=found["first"], last=found["last"])


def dropped(report: Mapping[str, Any]) -> Iterator[Finding]:
    """The share of lines that each rule drops, as the live refresh counted them."""
    lines = report.get("lines_read", 0)
    if not lines:
        return
    shares = {rule: n / lines for rule, n in report["lines_dropped"].items() if n}
    if not shares:
        yield ok(ORDERS, _("No line was dropped by the rules."))
    for rule, share in sorted(shares.items(), key=lambda pair: -pair[1]):
        text = _("%(share)s of the lines were dropped as “%(rule)s”.")
        named = {"share": percent(share), "rule": rule.replace("_", " ")}
        hint = str(WHY.get(rule, ""))
        # however few they are, what customers spent is too high by them, unless `refund` tells
        is_wrong = rule == "negative" and "refund" not in shares
        is_many = share > MANY or is_wrong
        yield warning(ORDERS, text % named, hint) if is_many else ok(ORDERS, text % named)


def buyers_of(shop: PurchaseSource, record: Record) -> Buyers | None:
    """How often customers have ordered: by the live snapshot, or else by the orders. One query.

    None for a Parquet dataset before its first refresh.
    """
    least = get_config()["MIN_ORDERS"]
    live = record.live
    if live is not None and live.report:
        # what is counted is that of the refresh, so that shares are of the same customers
        once = CustomerScore.objects.filter(snapshot=live, frequency=1).count()
        sizes = live.report["tiers"]
        everyone = live.report["customers"]
        return Buyers(customers=everyone, one_time=once, known=everyone - sizes.get("new", 0))
    if isinstance(shop, ParquetPurchaseSource):
        return None
    rows = shop.rows().annotate(_clvrec_who=expression(shop.customer)).exclude(_clvrec_who=None)
    orders = Count(expression(shop.order), distinct=True)
    each = rows.order_by().values("_clvrec_who").annotate(_clvrec_n=orders)
    found = each.aggregate(
        customers=Count("_clvrec_n"),
        one_time=Count("_clvrec_n", filter=Q(_clvrec_n=1)),
        known=Count("_clvrec_n", filter=Q(_clvrec_n__gte=least)),
    )
    return Buyers(**found)


def _span(record: Record) -> tuple[date | None, date | None]:
    """The days of the first and of the last order that the live snapshot knows."""
    live = record.live
    if live is None:
        return None, None
    ages = CustomerScore.objects.filter(snapshot=live).aggregate(
        oldest=Max("age_days"), newest=Min("recency_days")
    )
    if ages["oldest"] is None:
        return None, None
    end = day_of(live.as_of)
    return end - timedelta(days=ages["oldest"]), end - timedelta(days=ages["newest"])
