"""Whether something starts refreshes."""

import pytest
from celery.schedules import crontab

from django_clvrec.doctor import Severity
from tests.doctor.conftest import troubles
from tests.test_schedule import beat, entry  # noqa: F401


def test_a_schedule_is_told_with_its_next_time(beat, found):  # noqa: F811
    beat(nightly=entry(crontab(hour=3, minute=0), args=["corner"]))
    [one] = found("schedule")
    assert one.severity == Severity.OK
    assert one.text.startswith("“nightly” refreshes every day at 3 a.m. (UTC), the next time in ")


@pytest.mark.parametrize("name", ["nothing", "other"])
def test_no_schedule_is_a_warning_with_what_to_write(beat, found, name):  # noqa: F811
    # one that names no source refreshes the first one, which is another
    beat(**({"other": entry(3600)} if name == "other" else {}))
    [one] = found("schedule")
    assert one.severity == Severity.WARNING
    assert one.text == "No schedule starts refreshes of corner."
    assert "CELERY_BEAT_SCHEDULE" in one.hint


def test_an_entry_without_a_source_is_that_of_the_first(beat, found):  # noqa: F811
    beat(nightly=entry(3600))
    assert not troubles(found("schedule", source=None))


def test_an_entry_for_a_source_that_is_not_there_is_a_warning(beat, found):  # noqa: F811
    beat(nightly=entry(3600, args=["corner"]), old=entry(3600, args=["gone"]))
    [one] = troubles(found("schedule"))
    assert one.severity == Severity.WARNING
    assert one.text == "“old” refreshes the source gone, which is not registered."


def test_regular_refreshes_by_something_else_are_well(beat, past, found):  # noqa: F811
    beat()
    past.add(days_ago=1)
    past.live()
    [one] = found("schedule")
    assert one.severity == Severity.OK
    assert "The last ones came every 1\xa0day" in one.text


def test_a_planned_week_is_no_staleness(beat, past, found):  # noqa: F811
    beat(weekly=entry(crontab(hour=3, minute=0, day_of_week="mon"), args=["corner"]))
    past.live(days_ago=10)
    assert not troubles(found("refresh", deep=False))
