"""What is live, what runs, and how the last refresh ended."""

import datetime as dt

from django.utils import timezone

from django_clvrec import locks
from django_clvrec.doctor import Severity
from django_clvrec.models import Snapshot
from tests.doctor.conftest import CORNER, only, troubles


def test_nothing_published_yet_says_what_visitors_see_and_how_to_begin(found):
    [one] = found("refresh", deep=False)
    assert one.severity == Severity.WARNING
    assert "visitors see no recommendations" in one.text
    assert "manage.py clvrec_refresh" in one.hint


def test_a_fresh_snapshot_is_well(past, found):
    live = past.live()
    [one] = found("refresh", deep=False)
    assert one.severity == Severity.OK
    assert one.text.startswith(f"Snapshot #{live.pk} of ")
    assert one.text.endswith(" is live, made 0\xa0minutes ago.")


def test_after_two_days_alone_a_snapshot_is_stale(past, found):
    past.live(days_ago=2.1)
    [one] = found("refresh", deep=False)
    assert one.severity == Severity.WARNING
    assert "is stale: it was made 2\xa0days" in one.text
    assert "another one was due within 2\xa0days" in one.text
    assert "manage.py clvrec_refresh" in one.hint


def test_a_weekly_rhythm_is_not_stale_before_two_weeks(past, found):
    past.add(days_ago=20)
    past.live(days_ago=13)
    assert not troubles(found("refresh", deep=False))


def test_a_weekly_rhythm_is_stale_after_two_weeks(past, found):
    past.add(days_ago=22)
    past.live(days_ago=15)
    assert "is stale" in troubles(found("refresh", deep=False))[0].text


def test_failures_do_not_stretch_the_rhythm(past, found):
    past.add(days_ago=5)
    past.live(days_ago=4)
    for days in (3, 2, 1):
        past.add(days_ago=days, state="failed", error="Out of luck.")
    assert any("is stale" in one.text for one in found("refresh", deep=False))


def test_a_failed_refresh_tells_its_error_and_the_next_step(past, found):
    past.live(days_ago=1)
    failed = past.add(state="failed", error="The disk\nis full.\n\nMake room\non it.")
    [one] = troubles(found("refresh", deep=False))
    assert one.severity == Severity.ERROR
    assert one.text.startswith(f"Refresh #{failed.pk} failed on ")
    assert one.text.endswith(": The disk is full.")
    assert one.hint == "Make room on it."


def test_an_error_without_a_next_step_gets_one(past, found):
    past.add(state="failed", error="KeyError: 'x'")
    one = only(found("refresh", deep=False), "Refresh #")
    assert "log of the worker" in one.hint


def test_an_endless_error_is_cut(past, found):
    past.add(state="failed", error="x" * 5000)
    one = only(found("refresh", deep=False), "Refresh #")
    assert len(one.text) < 700
    assert one.text.endswith("…")


def test_a_failure_before_the_live_snapshot_is_forgotten(past, found):
    past.add(days_ago=1, state="failed", error="Out of luck.")
    past.live()
    assert not troubles(found("refresh", deep=False))


def test_a_snapshot_that_was_held_back_tells_why_and_who_decides(past, found):
    past.live(days_ago=1)
    held = past.add(
        state="held",
        error="Held back: the number of customers fell from 9 to 1. What was live stays live.",
    )
    [one] = troubles(found("refresh", deep=False))
    assert one.severity == Severity.WARNING
    assert one.text.startswith(f"Snapshot #{held.pk} of ")
    assert one.text.endswith("Held back: the number of customers fell from 9 to 1.")
    assert "--ungated" in one.hint


def test_a_refresh_at_work_tells_its_stage(past, found):
    past.live(days_ago=1)
    running = locks.acquire(CORNER, "by hand", timezone.now())
    Snapshot.objects.filter(pk=running.pk).update(stage="extract", done=40, total=100)
    one = only(found("refresh", deep=False), "Refresh #")
    assert one.severity == Severity.OK
    assert one.text.endswith(": extract 40 %.")


def test_a_refresh_whose_process_died_is_told(past, found):
    past.live(days_ago=1)
    silent = timezone.now() - dt.timedelta(hours=2)
    past.add(state="running", is_running=True, holder="elsewhere:1:1", heartbeat_at=silent)
    [one] = troubles(found("refresh", deep=False))
    assert one.severity == Severity.ERROR
    assert "its process ended before it had finished" in one.text
    assert "cleans up" in one.hint


def test_a_cancelled_refresh_is_no_trouble_and_names_nobody(past, found):
    past.live(days_ago=1)
    past.add(state="failed", error="Cancelled by ann.", cancelled_by="ann")
    one = only(found("refresh", deep=False), "Refresh #")
    assert one.severity == Severity.OK
    assert "was cancelled" in one.text
    assert "ann" not in one.text


def test_a_roll_back_is_told(past, found):
    past.live(days_ago=1)
    newest = past.add()
    one = only(found("refresh", deep=False), "An older snapshot")
    assert f"#{newest.pk}" in one.text
