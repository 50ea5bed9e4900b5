"""The Celery task where nothing is to be done: a polite refusal, and patience with the dead."""

import datetime as dt

import pytest
from django.utils import timezone

from django_clvrec import locks
from django_clvrec.exceptions import TriedTooOften
from django_clvrec.models import Snapshot
from django_clvrec.tasks import refresh
from tests.shelf import AS_OF, Shelf

pytestmark = pytest.mark.django_db


def held_elsewhere(silent_for=dt.timedelta(0)):
    """A running refresh of another machine."""
    snapshot = locks.acquire("corner", "spark", AS_OF)
    snapshot.holder = "elsewhere:1:1"
    snapshot.heartbeat_at = timezone.now() - silent_for
    snapshot.save()
    return snapshot


def test_a_task_beside_a_running_refresh_succeeds_with_a_refusal():
    running = locks.acquire("corner", "spark", AS_OF)
    result = refresh.apply(("corner",))
    assert result.successful()
    assert result.get()["refused"].startswith(f"Refresh {running.pk} of corner is running")
    assert list(Snapshot.objects.all()) == [running]


@pytest.mark.parametrize("state", ["ready", "expired"])
def test_a_task_whose_snapshot_is_there_is_refused(state):
    done = Shelf("corner", request="the-same", state=state).snapshot
    result = refresh.apply(("corner",), task_id="the-same")
    assert result.get()["refused"] == (
        f"Refresh {done.pk} of corner has fulfilled this request; it was delivered twice."
    )
    assert list(Snapshot.objects.all()) == [done]


@pytest.mark.parametrize("state", ["failed", "running"])
def test_a_task_that_somebody_cancelled_does_not_run_again(state):
    """Its worker died while it cleaned up, so the broker delivers the message again."""
    Shelf("corner", is_live=False, request="the-same", state=state, cancelled_by="boss")
    result = refresh.apply(("corner",), task_id="the-same")
    assert result.get()["cancelled"].endswith("was cancelled; its request was delivered again.")
    assert Snapshot.objects.count() == 1


def test_a_task_that_was_tried_three_times_gives_up():
    for _ in range(3):
        Shelf("corner", is_live=False, request="the-same", state="failed")
    with pytest.raises(TriedTooOften, match="tried three times"):
        refresh.apply(("corner",), task_id="the-same").get()
    assert Snapshot.objects.count() == 3


def test_a_try_whose_process_is_dead_counts_and_one_that_lives_does_not():
    for _ in range(2):
        Shelf("corner", is_live=False, request="the-same", state="failed")
    running = Shelf("corner", is_live=False, request="the-same", state="running").snapshot
    with pytest.raises(TriedTooOften):
        locks.refuse_repeats("corner", "the-same")
    Snapshot.objects.filter(pk=running.pk).update(
        holder="elsewhere:1:1", heartbeat_at=timezone.now()
    )
    locks.refuse_repeats("corner", "the-same")


def test_another_task_and_one_without_a_name_are_not_refused():
    Shelf("corner", request="the-same")
    Shelf("corner", request="")
    locks.refuse_repeats("corner", "another")
    locks.refuse_repeats("corner", "")


# a task that is delivered again while its lease is held on another machine


@pytest.fixture
def short_looks(monkeypatch):
    monkeypatch.setattr(locks, "LOOK_SECONDS", 0.02)


def test_nobody_waits_where_no_lease_is_held():
    locks.wait_for_word("corner")


def test_nobody_waits_for_a_process_of_this_machine():
    locks.acquire("corner", "spark", AS_OF)
    locks.wait_for_word("corner")


def test_the_wait_ends_when_the_holder_counts_as_dead(short_looks):
    almost = locks.SILENCE - dt.timedelta(seconds=0.2)
    dead = held_elsewhere(silent_for=almost)
    locks.wait_for_word("corner")
    assert not locks.is_alive(dead)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("word", ["reports", "has finished"])
def test_the_wait_ends_when_the_holder(word, short_looks, monkeypatch):
    holder = held_elsewhere(silent_for=dt.timedelta(minutes=1))
    looks = []

    def sleep(_seconds):
        looks.append(word)
        if word == "reports":
            Snapshot.objects.filter(pk=holder.pk).update(heartbeat_at=timezone.now())
        else:
            locks.release(holder)

    monkeypatch.setattr(locks.time, "sleep", sleep)
    locks.wait_for_word("corner")
    assert looks == [word]


def test_only_a_task_that_is_delivered_again_waits(short_looks, monkeypatch):
    waited = []
    monkeypatch.setattr(locks, "wait_for_word", waited.append)
    held_elsewhere()
    refresh.apply(("corner",))
    assert waited == []
    refresh.push_request(id="the-same", delivery_info={"redelivered": True})
    refresh.run("corner")
    refresh.pop_request()
    assert waited == ["corner"]
