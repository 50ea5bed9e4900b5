"""Refreshes that the database scheduler of django-celery-beat starts, and who sees them."""

import datetime as dt
import io
import json
from contextlib import suppress

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from django_celery_beat.schedulers import DatabaseScheduler

from django_clvrec.models import Snapshot
from django_clvrec.schedule import planned
from django_clvrec.tasks import refresh
from example_shop import celery_app
from tests.compat.page import blocks, names_of
from tests.open_shop import OpenShop
from tests.shelf import person


@pytest.fixture
def nightly(db):
    at = CrontabSchedule.objects.create(hour="3", minute="0", timezone="UTC")
    return PeriodicTask.objects.create(
        name="nightly", task="clvrec.refresh", crontab=at, kwargs=json.dumps({"source": "corner"})
    )


def told(name):
    [found] = [one for one in planned() if one.name == name]
    return found


def test_its_rows_are_planned(nightly):
    found = told("nightly")
    assert (found.when, found.source) == ("every day at 3 a.m. (UTC)", "corner")
    assert timezone.now() < found.next_at <= timezone.now() + dt.timedelta(days=1)
    assert found.longest_wait == dt.timedelta(days=1)


def test_an_interval_is_told_from_the_last_run(db):
    last = timezone.now().replace(microsecond=0)
    PeriodicTask.objects.create(
        name="often", task="clvrec.refresh", last_run_at=last,
        interval=IntervalSchedule.objects.create(every=6, period="hours"),
    )  # fmt: skip
    found = told("often")
    assert (found.when, found.next_at) == ("every 6\xa0hours", last + dt.timedelta(hours=6))


def test_a_single_time_is_told(db):
    at = dt.datetime(2031, 7, 1, 15, tzinfo=dt.UTC)
    PeriodicTask.objects.create(
        name="once", task="clvrec.refresh", one_off=True,
        clocked=ClockedSchedule.objects.create(clocked_time=at),
    )  # fmt: skip
    assert told("once").next_at == at


def test_the_sun_is_told_whether_or_not_its_package_is_there(db):
    PeriodicTask.objects.create(
        name="dawn", task="clvrec.refresh",
        solar=SolarSchedule.objects.create(event="sunrise", latitude=1, longitude=2),
    )  # fmt: skip
    assert told("dawn").when


@pytest.mark.django_db(transaction=True)  # the scheduler closes connections
def test_one_that_is_switched_off_hides_that_of_the_settings():
    scheduler = DatabaseScheduler(app=celery_app)
    scheduler.setup_schedule()
    assert PeriodicTask.objects.filter(name="refresh").exists()
    assert [one.name for one in planned()] == ["refresh"]
    PeriodicTask.objects.update(enabled=False)
    assert planned() == []


@pytest.mark.django_db(transaction=True)
def test_the_scheduler_starts_the_refresh(settings):
    shop = OpenShop()
    settings.CLVREC = settings.CLVREC | {"ENGINE": "local"}
    PeriodicTask.objects.create(
        name="often", task="clvrec.refresh", kwargs=json.dumps({"source": "corner"}),
        interval=IntervalSchedule.objects.create(every=6, period="hours"),
    )  # fmt: skip
    scheduler = DatabaseScheduler(app=celery_app)
    assert scheduler.schedule["often"].task == refresh.name
    scheduler.apply_async(scheduler.schedule["often"], producer=None)
    found = Snapshot.objects.live("corner").get()
    assert found.report["customers"] == len(shop.customers)


def test_the_doctor_sees_it(nightly):
    out = io.StringIO()
    with suppress(SystemExit):
        call_command("clvrec_doctor", "--source", "corner", stdout=out)
    assert "nightly" in out.getvalue()


def test_the_panel_of_the_admin_tells_it(nightly):
    client = Client()
    client.force_login(person("boss", ["view_snapshot"], is_staff=True))
    page = client.get(reverse("admin:clvrec_snapshot_changelist"), {"source": "corner"})
    assert "every day at 3 a.m. (UTC)" in page.text


def test_what_the_page_plans_is_planned(db):
    plan = names_of(blocks("python", "django-celery-beat")[0])["plan"]
    plan()
    plan()
    assert PeriodicTask.objects.get().queue == "clvrec"
    assert (told("nightly refresh").when, told("nightly refresh").source) == (
        "every day at 3 a.m. (UTC)",
        "",
    )
