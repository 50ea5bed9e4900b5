"""Pictures of what happened lately: in the shop window, and from tier to tier."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from django_clvrec.models import Feedback, ShownList, Snapshot, Tier, TierChange
from django_clvrec.movement.statistics import flows
from django_clvrec.office.charts import bars, flow
from django_clvrec.office.charts.drawing import spoken
from django_clvrec.office.pictures import PLAIN, SHARE, WHOLE, Column, Picture
from django_clvrec.office.words import source_label, tier_label

DAYS, DAYS_OF_MOVES = 30, 365
LATEST = 100_000
"""So many rows are looked at, the latest first: a page shall not wait for more."""


def window() -> Picture:
    """Lists shown, clicked and bought from, by tier and by where the list came from."""
    since = _since(ShownList.objects.all(), "shown_at", DAYS)
    lists = ShownList.objects.filter(shown_at__gte=since).order_by()
    shown = {
        (row["tier"], row["answer_source"]): row["lists"]
        for row in lists.values("tier", "answer_source").annotate(lists=Count("pk"))
    }
    clicked = Q(kind=Feedback.Kind.CLICKED)
    done: dict[tuple[str, str], Any] = {
        (row["shown_list__tier"], row["shown_list__answer_source"]): row
        for row in Feedback.objects.filter(shown_list__shown_at__gte=since).order_by()
        .values("shown_list__tier", "shown_list__answer_source")
        .annotate(
            clicked=Count("shown_list", distinct=True, filter=clicked),
            bought=Count("shown_list", distinct=True, filter=~clicked),
            revenue=Sum("value"),
        )
    }  # fmt: skip
    order = [*Tier.values]
    rows = [
        _row(tier, source, lists, done.get((tier, source), {}))
        for (tier, source), lists in sorted(
            shown.items(), key=lambda one: (order.index(one[0][0]), -one[1])
        )
    ]
    names = [tier for tier in order if any(key[0] == tier for key in shown)]
    return Picture(
        key="window", title=_("What the shop window did"),
        about=_(
            "Lists that came into view since %(since)s; how many of them were clicked, and how "
            "many something was bought from."
        ) % {"since": date_format(since, "SHORT_DATE_FORMAT")},
        columns=[
            Column(label=_("Tier when shown")), Column(label=_("List")),
            Column(label=_("Lists shown"), form=WHOLE), Column(label=_("Clicked"), form=SHARE),
            Column(label=_("Bought from"), form=SHARE), Column(label=_("Revenue"), form=PLAIN),
        ],
        rows=rows, is_open=True,
        svg=bars(
            _("Of 1,000 lists shown, by tier: clicked and bought from"),
            [tier_label(tier) for tier in names],
            {
                _("Clicked, of 1,000"): [_of_1000(tier, "clicked", shown, done) for tier in names],
                _("Bought from, of 1,000"): [
                    _of_1000(tier, "bought", shown, done) for tier in names
                ],
            },
            places=1,
        ) if done else "",
        note="" if rows else _(
            "Nothing was reported yet. Pages report with the tag recommendation_events."
        ),
    )  # fmt: skip


def _since(rows: QuerySet[Any], column: str, days: int) -> datetime:
    """So many days ago, or later where there are more than LATEST rows since then."""
    since = timezone.now() - timedelta(days=days)
    found = rows.filter(**{f"{column}__gte": since}).order_by(f"-{column}")
    last: datetime | None = next(
        iter(found.values_list(column, flat=True)[LATEST : LATEST + 1]), None
    )
    return last or since


def _row(tier: str, source: str, lists: int, done: dict[str, Any]) -> list[Any]:
    return [
        tier_label(tier), source_label(source), lists,
        done.get("clicked", 0) / lists, done.get("bought", 0) / lists, done.get("revenue"),
    ]  # fmt: skip


def _of_1000(tier: str, what: str, shown: dict[Any, int], done: dict[Any, Any]) -> float:
    lists = sum(count for (one, _source), count in shown.items() if one == tier)
    found: int = sum(row[what] for (one, _source), row in done.items() if one == tier)
    return 1000 * found / lists


def moves(snapshot: Snapshot) -> Picture:
    """Changes of tier within a year, by month."""
    mine = TierChange.objects.filter(source=snapshot.source)
    since = _since(mine, "changed_at", DAYS_OF_MOVES)
    changes = flows(snapshot.source, since, timezone.now())
    order = [*Tier.values]
    moved: dict[tuple[int, int], float] = {}
    for one in changes:
        places = (order.index(one["from"]), order.index(one["to"]))
        moved[places] = moved.get(places, 0) + one["changes"]
    total = sum(one["changes"] for one in changes)
    return Picture(
        key="moves", title=_("From tier to tier"),
        about=ngettext(
            "%(count)s change since %(since)s: by orders, by time that passed, by refreshes.",
            "%(count)s changes since %(since)s: by orders, by time that passed, by refreshes.",
            total,
        ) % {"count": spoken(total), "since": date_format(since, "SHORT_DATE_FORMAT")},
        columns=[
            Column(label=_("Month")), Column(label=_("From")), Column(label=_("To")),
            Column(label=_("Changes"), form=WHOLE),
        ],
        rows=[
            [f"{one['month']:%Y-%m}", *map(tier_label, (one["from"], one["to"])), one["changes"]]
            for one in reversed(changes)
        ],
        svg=flow(
            _("Changes from tier to tier within a year"),
            [tier_label(tier) for tier in order], moved, (_("From"), _("To")),
        ) if moved else "",
        note="" if moved else _("Nobody has changed tier yet."),
    )  # fmt: skip
