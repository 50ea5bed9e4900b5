"""Which clicks teach: of one visitor each item counts once a day, however many lists it clicks."""

from collections.abc import Sequence
from datetime import timedelta

from django_clvrec.models import Feedback, write_database

DAY = timedelta(days=1)

Click = tuple[str, bool, str, str]
"""Who clicked, whether that is a customer, level, item."""


def first_clicks(clicks: Sequence[Feedback]) -> list[Feedback]:
    """Those of `clicks`, stored just now, whose visitor had not clicked the item for a day.

    One query, none without a click. It needs no lock: of requests at the very same time each may
    count, and what is stored of a visitor in a day is bounded by LISTS_PER_DAY all the same.
    """
    if not clicks:
        return []
    seen = _before(clicks)
    found = []
    for row in clicks:
        if (click := _click(row)) not in seen:
            seen.add(click)
            found.append(row)
    return found


def _click(row: Feedback) -> Click:
    shown = row.shown_list
    return shown.subject_key, shown.is_customer, shown.level, row.item_key


def _before(clicks: Sequence[Feedback]) -> set[Click]:
    rows = Feedback.objects.using(write_database()).filter(
        kind=Feedback.Kind.CLICKED,
        item_key__in={row.item_key for row in clicks},
        shown_list__subject_key__in={row.shown_list.subject_key for row in clicks},
        shown_list__shown_at__gt=min(row.at for row in clicks) - 2 * DAY,
        at__gt=min(row.at for row in clicks) - DAY,
    )
    columns = ("subject_key", "is_customer", "level")
    named = (*(f"shown_list__{name}" for name in columns), "item_key")
    return set(rows.exclude(batch__in={row.batch for row in clicks}).values_list(*named))
