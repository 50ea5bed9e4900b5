"""When refreshes are planned, by Celery's settings and by django_celery_beat."""

import datetime as dt
from types import SimpleNamespace

import pytest
from celery.schedules import crontab
from celery.schedules import schedule as interval
from django.apps import apps

from django_clvrec import schedule
from django_clvrec.schedule import described, planned
from django_clvrec.tasks import refresh
from example_shop import celery_app


@pytest.fixture
def beat():
    """Sets what Celery's beat starts."""
    before = celery_app.conf.beat_schedule
    yield lambda **entries: setattr(celery_app.conf, "beat_schedule", entries)
    celery_app.conf.beat_schedule = before


def entry(plan, **more):
    return {"task": "clvrec.refresh", "schedule": plan} | more


def test_the_task_is_that_of_refreshes():
    assert refresh.name == schedule.REFRESH


def test_the_schedule_of_the_example_shop_is_found():
    [one] = planned()
    assert (one.name, one.when, one.source) == ("refresh", "every day at 3 a.m. (UTC)", "")


def test_the_next_time_of_a_crontab_is_told(beat):
    beat(nightly=entry(crontab(hour=3, minute=30)))
    [one] = planned()
    now = dt.datetime.now(dt.UTC)
    assert now < one.next_at <= now + dt.timedelta(days=1)
    assert (one.next_at.hour, one.next_at.minute, one.next_at.second) == (3, 30, 0)
    assert one.longest_wait == dt.timedelta(days=1)


def test_the_longest_wait_of_working_days_is_the_weekend(beat):
    beat(workdays=entry(crontab(hour=3, minute=0, day_of_week="1-5")))
    assert planned()[0].longest_wait == dt.timedelta(days=3)


@pytest.mark.parametrize("plan", [dt.timedelta(hours=6), 6 * 3600, interval(6 * 3600)])
def test_plain_times_have_no_next_one_that_is_known(beat, plan):
    beat(often=entry(plan))
    [one] = planned()
    assert (one.when, one.next_at) == ("every 6\xa0hours", None)
    assert one.longest_wait == dt.timedelta(hours=6)


def test_other_tasks_are_left_out(beat):
    beat(prune={"task": "clvrec.prune_feedback", "schedule": 3600})
    assert planned() == []


@pytest.mark.parametrize("how", [{"args": ["corner"]}, {"kwargs": {"source": "corner"}}])
def test_the_source_of_an_entry_is_told(beat, how):
    beat(corner=entry(3600, **how))
    assert planned()[0].source == "corner"


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (crontab(hour=15, minute=5), "every day at 3:05 p.m. (UTC)"),
        (
            crontab(hour=3, minute=0, day_of_week="sun,wed"),
            "every Wednesday, Sunday at 3 a.m. (UTC)",
        ),
        (crontab(minute=7), "every hour at minute 7 (UTC)"),
        (crontab(minute=0, hour="*/6"), "by the crontab 0 */6 * * * (UTC)"),
        (crontab(minute=7, day_of_week="mon"), "by the crontab 7 * * * mon (UTC)"),
        (crontab(minute=0, hour=3, day_of_month=1), "by the crontab 0 3 1 * * (UTC)"),
        (interval(86400), "every 1\xa0day"),
        ("something else", "something else"),
    ],
)
def test_schedules_are_told_in_words(plan, words):
    assert described(plan) == words


# django_celery_beat, which is no dependency and does not know every Django yet: rows like its own


@pytest.fixture
def rows(monkeypatch):
    """What its table holds."""
    stored = []
    query = SimpleNamespace(select_related=lambda *_: stored)
    model = SimpleNamespace(objects=SimpleNamespace(filter=lambda **_: query))
    monkeypatch.setattr(apps, "is_installed", lambda name: name == "django_celery_beat")
    monkeypatch.setattr(apps, "get_model", lambda *_: model)

    def row(name, plan, enabled=True, **fields):
        fields = {"args": "[]", "kwargs": "{}", "last_run_at": None} | fields
        stored.append(SimpleNamespace(name=name, schedule=plan, enabled=enabled, **fields))

    return row


def test_rows_of_django_celery_beat_are_planned_too(beat, rows):
    beat(nightly=entry(crontab(hour=3, minute=0)))
    last = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
    rows("weekly", interval(7 * 86400), kwargs='{"source": "corner"}', last_run_at=last)
    nightly, weekly = planned()
    assert nightly.name == "nightly"
    assert (weekly.name, weekly.source) == ("weekly", "corner")
    assert weekly.next_at == last + dt.timedelta(days=7)


def test_an_entry_that_is_switched_off_there_is_not_planned(beat, rows):
    beat(nightly=entry(crontab(hour=3, minute=0)))
    rows("nightly", crontab(hour=3, minute=0), enabled=False)
    assert planned() == []


def test_a_single_time_of_django_celery_beat_is_told(beat, rows):
    beat()
    at = dt.datetime(2026, 7, 1, 15, tzinfo=dt.UTC)
    rows("soon", SimpleNamespace(clocked_time=at))
    [one] = planned()
    assert (one.when, one.next_at) == ("once, on July 1, 2026, 3 p.m.", at)


def test_a_day_that_never_comes_is_said_and_hides_no_page(rows):
    class Never(SimpleNamespace):
        schedule = property(lambda _self: crontab(minute=0, day_of_month=30, month_of_year=2))

    rows("never", None)
    stored = apps.get_model().objects.filter().select_related()
    stored[0] = Never(name="never", enabled=True, args="[]", kwargs="{}", last_run_at=None)
    [one] = [one for one in planned() if one.name == "never"]
    assert "never occurs" in one.when
