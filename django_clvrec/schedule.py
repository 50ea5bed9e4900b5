"""When refreshes are planned: what Celery's beat knows, by settings or in django_celery_beat."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice, pairwise
from typing import Any

from celery import current_app
from celery.exceptions import ImproperlyConfigured
from celery.schedules import crontab, maybe_schedule, schedule
from django.apps import apps
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format, time_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

REFRESH = "clvrec.refresh"
BEAT = "django_celery_beat"
LOOKED_AT = 16
"""So many times of a crontab tell the longest wait between two of them: a fortnight of days."""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One entry of a schedule that starts refreshes."""

    name: str
    when: str
    """In words, such as “every day at 3 a.m. (UTC)”."""
    source: str = ""
    """Of which source; empty for the first one."""
    next_at: datetime | None = None
    """None where it depends on when beat ran last."""
    longest_wait: timedelta = timedelta(0)
    """The longest time between two refreshes; 0 where it is not known."""


def planned() -> list[Planned]:
    """What is planned, by name. One query where django_celery_beat is installed, else none.

    Its rows come before settings of the same name: there an entry can be changed or switched off.
    """
    found = {one.name: one for one in configured()}
    if apps.is_installed(BEAT):
        for name, one in _stored():
            found.pop(name, None)
            if one is not None:
                found[name] = one
    return sorted(found.values(), key=lambda one: one.name)


def configured() -> list[Planned]:
    """What Celery's setting `beat_schedule` plans. No query."""
    entries: Mapping[str, Any] = current_app.conf.beat_schedule or {}
    return [
        _told(
            name,
            maybe_schedule(entry["schedule"], app=current_app),
            entry.get("args") or (),
            entry.get("kwargs") or {},
        )
        for name, entry in entries.items()
        if entry["task"] == REFRESH
    ]


def _stored() -> Iterator[tuple[str, Planned | None]]:
    """Entries of django_celery_beat by name; None for one that is switched off."""
    rows = apps.get_model(BEAT, "PeriodicTask").objects.filter(task=REFRESH)
    for row in rows.select_related("interval", "crontab", "solar", "clocked"):
        arguments = json.loads(row.args or "[]"), json.loads(row.kwargs or "{}")
        last = row.last_run_at
        yield row.name, _told(row.name, _plan_of(row), *arguments, last) if row.enabled else None


def _plan_of(row: Any) -> Any:
    try:
        return row.schedule
    # the sun needs a package that is not installed; a day such as 30 February never comes
    except (ImproperlyConfigured, ValueError) as missing:
        return str(missing).partition("\n")[0]


def _told(
    name: str,
    plan: Any,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    last: datetime | None = None,
) -> Planned:
    source = str(kwargs.get("source") or (args[0] if args else None) or "")
    next_at, longest = None, timedelta(0)
    if isinstance(plan, crontab):
        times = list(islice(_times(plan), LOOKED_AT))
        next_at = times[0]
        longest = max(after - before for before, after in pairwise(times))
    elif isinstance(plan, schedule):
        longest = plan.run_every
        next_at = last + plan.run_every if last else None
    else:
        next_at = getattr(plan, "clocked_time", None)
    if next_at is not None and timezone.is_naive(next_at):  # as rows are without USE_TZ
        next_at = timezone.make_aware(next_at)
    return Planned(
        name=name, when=described(plan), source=source, next_at=next_at, longest_wait=longest
    )


def _times(plan: crontab) -> Iterator[datetime]:
    """When a crontab is due, from now on."""
    moment = plan.now()
    while True:
        last, step, _now = plan.remaining_delta(moment)
        moment = last + step
        yield moment


def described(plan: Any) -> str:
    """A schedule of Celery in words; its own notation where words would be long."""
    if isinstance(plan, crontab):
        return _("%(times)s (%(zone)s)") % {"times": _crontab(plan), "zone": plan.tz}
    if isinstance(plan, schedule):
        some_day = datetime(2001, 1, 1)  # noqa: DTZ001 - only the difference is told
        return _("every %(time)s") % {"time": timesince(some_day, some_day + plan.run_every)}
    once = getattr(plan, "clocked_time", None)  # of django_celery_beat
    return (
        _("once, on %(at)s") % {"at": date_format(once, "DATETIME_FORMAT")} if once else str(plan)
    )


def _crontab(plan: crontab) -> str:
    every_hour, every_weekday = len(plan.hour) == 24, len(plan.day_of_week) == 7
    every_day = len(plan.day_of_month) == 31 and len(plan.month_of_year) == 12
    if not every_day or len(plan.minute) != 1 or not (every_hour or len(plan.hour) == 1):
        return _("by the crontab %(fields)s") % {"fields": _fields(plan)}
    [minute] = plan.minute
    if every_hour:
        if not every_weekday:
            return _("by the crontab %(fields)s") % {"fields": _fields(plan)}
        return _("every hour at minute %(minute)s") % {"minute": minute}
    at = time_format(time(next(iter(plan.hour)), minute))
    if every_weekday:
        return _("every day at %(time)s") % {"time": at}
    # Celery's weeks begin on Sunday, Django's on Monday
    days = sorted((day - 1) % 7 for day in plan.day_of_week)
    names = ", ".join(str(WEEKDAYS[day]) for day in days)
    return _("every %(days)s at %(time)s") % {"days": names, "time": at}


def _fields(plan: crontab) -> str:
    """Minute, hour, day of the month, month, day of the week, as cron has them."""
    names = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
    return " ".join(str(getattr(plan, f"_orig_{name}")) for name in names)
