"""How customers move: from where to where, in which month, and after how long."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any, Literal

from django.db import connections
from django.db.models import Count, DateField, F, QuerySet
from django.db.models.functions import TruncMonth

from django_clvrec.models import CustomerScore, SegmentChange, Snapshot, Tier, TierChange

By = Literal["tier", "segment"]
CHANGES: dict[str, type[TierChange] | type[SegmentChange]] = {
    "tier": TierChange,
    "segment": SegmentChange,
}
TIERS = ("", *Tier.values)
DAYS = {
    "sqlite": "CAST(julianday(date(changed_at)) - julianday(date(came_at)) AS integer)",
    "postgresql": "(changed_at AT TIME ZONE 'UTC')::date - (came_at AT TIME ZONE 'UTC')::date",
    "mysql": "DATEDIFF(changed_at, came_at)",
}
"""By `connection.vendor`: from one date to another, in UTC."""


def transitions(before: Snapshot, after: Snapshot, by: By = "tier") -> list[dict[str, Any]]:
    """Customers by where `before` and where `after` has them: `from`, `to`, `customers`.

    Those who stayed are counted too. "" stands for who is only in the other snapshot and, by
    segment, for who is in none. Any two snapshots of one source will do, in either order; one
    query. Raises ValueError for snapshots of two sources, whose keys mean different customers.
    """
    if before.source != after.source:
        raise ValueError(
            f"Snapshot {before.pk} is of {before.source} and {after.pk} of {after.source}. "
            "Compare two of the same source."
        )
    _changes(by)
    rows = _rows(
        CustomerScore.objects.db,
        "SELECT was, came, COUNT(*) FROM ("  # noqa: S608 - names of our own  # nosec B608
        f"SELECT MAX(CASE WHEN snapshot_id = %s THEN {by} ELSE '' END) was, "
        f"MAX(CASE WHEN snapshot_id = %s THEN {by} ELSE '' END) came "
        f"FROM {CustomerScore._meta.db_table} WHERE snapshot_id IN (%s, %s) GROUP BY customer_key"
        ") both_of_them WHERE was <> '' OR came <> '' GROUP BY was, came",
        [before.pk, after.pk, before.pk, after.pk],
    )
    found = [dict(zip(("from", "to", "customers"), row, strict=True)) for row in rows]
    place = _place(by)
    return sorted(found, key=lambda row: (place(row["from"]), place(row["to"])))


def flows(source: str, since: datetime, until: datetime, by: By = "tier") -> list[dict[str, Any]]:
    """Changes from `since` until before `until`: `month` (its first day), `from`, `to`, `changes`.

    Months are those of UTC. A month is counted as far as it lies in between. One query.
    """
    rows: QuerySet[Any] = _changes(by).objects.filter(
        source=source, changed_at__gte=since, changed_at__lt=until
    )
    month = TruncMonth("changed_at", tzinfo=UTC, output_field=DateField())
    counted = (
        rows.order_by()
        .values(month=month, was=F(f"from_{by}"), came=F(f"to_{by}"))
        .annotate(changes=Count("pk"))
        .values_list("month", "was", "came", "changes")
    )
    found = [dict(zip(("month", "from", "to", "changes"), row, strict=True)) for row in counted]
    place = _place(by)
    return sorted(found, key=lambda row: (row["month"], place(row["from"]), place(row["to"])))


def dwell_times(source: str, by: By = "tier") -> list[dict[str, Any]]:
    """How long customers stayed before they left: `stays`, `mean_days`, `median_days` by `by`.

    A stay is completed where one change leads into a tier or segment and the customer's next one
    out of it; its days are counted from date to date in UTC. Who is still there is not counted,
    nor who was there before the first change, so a young shop sees short stays only. One query,
    with a row per length of stay.
    """
    model = _changes(by)
    database = model.objects.db
    rows = _rows(
        database,
        f"SELECT from_{by}, days, COUNT(*) FROM ("  # noqa: S608 - names of our own  # nosec B608
        f"SELECT from_{by}, came_to, {DAYS[connections[database].vendor]} days FROM ("
        f"SELECT from_{by}, changed_at, LAG(changed_at) OVER one came_at, "
        f"LAG(to_{by}) OVER one came_to FROM {model._meta.db_table} WHERE source = %s "
        "WINDOW one AS (PARTITION BY customer_key ORDER BY changed_at, id)"
        # a customer may have been missing in between, and come back as somebody new
        f") consecutive WHERE came_to = from_{by}) stays GROUP BY from_{by}, days",
        [source],
    )
    lengths: dict[str, dict[int, int]] = defaultdict(dict)
    for name, days, stays in rows:
        lengths[name][days] = stays
    return [{by: name, **_summary(lengths[name])} for name in sorted(lengths, key=_place(by))]


def _summary(lengths: Mapping[int, int]) -> dict[str, Any]:
    stays = sum(lengths.values())
    return {
        "stays": stays,
        "mean_days": sum(days * count for days, count in lengths.items()) / stays,
        "median_days": (_nth(lengths, (stays - 1) // 2) + _nth(lengths, stays // 2)) / 2,
    }


def _nth(lengths: Mapping[int, int], place: int) -> int:
    """The length of the stay at a place, from 0, when all are sorted."""
    ordered = sorted(lengths)
    until = accumulate(lengths[days] for days in ordered)
    return next(days for days, end in zip(ordered, until, strict=True) if place < end)


def _changes(by: str) -> type[TierChange] | type[SegmentChange]:
    if by not in CHANGES:
        raise ValueError(f"Customers do not move by {by!r}. Use {' or '.join(map(repr, CHANGES))}.")
    return CHANGES[by]


def _place(by: str) -> Callable[[str], Any]:
    """Tiers from the lowest, segments by name; "" first."""
    return TIERS.index if by == "tier" else str


def _rows(database: str, statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connections[database].cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
