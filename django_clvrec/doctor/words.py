"""Numbers and times as the reader's language has them."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.timesince import timesince


def count(value: int) -> str:
    return number_format(value, force_grouping=True)


def percent(share: float) -> str:
    """A share of 1; a small one with a place, so that it is not told as nothing."""
    places = 0 if share >= 0.1 or not share else 1
    return f"{number_format(round(100 * share, places), places)} %"


def decimal(value: float, places: int = 3) -> str:
    return number_format(value, places)


def moment(at: datetime | None) -> str:
    """A time in the current time zone."""
    return date_format(_local(at), "DATETIME_FORMAT") if at else "–"


def day(at: date | datetime) -> str:
    return date_format(day_of(at), "DATE_FORMAT")


def day_of(at: date | datetime) -> date:
    """The day where the shop is."""
    return _local(at).date() if isinstance(at, datetime) else at


def ago(at: datetime, now: datetime) -> str:
    """How long ago, in its two largest units."""
    return timesince(at, now)


def _local(at: datetime) -> datetime:
    return timezone.localtime(at) if timezone.is_aware(at) else at
