"""The lease of a source: one refresh at a time, and none by a process taken for dead."""

import datetime as dt
import os
import socket
import subprocess
import sys
import threading
import time

import psutil
import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from django_clvrec import locks
from django_clvrec.exceptions import LeaseLost, RefreshRunning
from django_clvrec.locks import SILENCE, acquire, flip, heartbeat, is_alive, release
from django_clvrec.models import Snapshot, SourceState

pytestmark = pytest.mark.django_db
HERE = locks._machine()


@pytest.fixture
def take(as_of):
    """Acquires the lease of a source."""
    return lambda source="corner": acquire(source, "spark", as_of)


def held_by(snapshot, holder, silent_for=dt.timedelta(0)):
    """The snapshot, as if another process held it, which has not reported for some time."""
    snapshot.holder = holder
    snapshot.heartbeat_at = None if silent_for is None else timezone.now() - silent_for
    snapshot.save()
    return snapshot


@pytest.fixture
def dead(take):
    """A running snapshot whose process is gone."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        holder = f"{HERE}:{process.pid}:{int(psutil.Process(process.pid).create_time())}"
        snapshot = held_by(take(), holder)
        assert is_alive(snapshot)
        process.kill()
    return snapshot


def state(source="corner"):
    return SourceState.objects.get(source=source)


def test_the_lease_is_held_by_a_new_running_snapshot(take, as_of):
    snapshot = take()
    assert state().running == snapshot
    assert (snapshot.source, snapshot.engine, snapshot.as_of) == ("corner", "spark", as_of)
    assert snapshot.state == Snapshot.State.RUNNING
    assert is_alive(snapshot)


def test_a_second_refresh_is_refused_while_the_first_one_lives(take):
    first = take()
    first.stage = "train product"
    first.save()
    with pytest.raises(RefreshRunning) as caught:
        take()
    assert str(caught.value) == (
        f"Refresh {first.pk} of corner is running since {first.started_at:%Y-%m-%d %H:%M} "
        "(stage: train product). Wait until it has finished."
    )
    assert list(Snapshot.objects.all()) == [first]
    assert state().running == first


def test_another_source_has_a_lease_of_its_own(take):
    assert take("corner").pk != take("market").pk


def test_a_lease_given_back_can_be_taken_again(take):
    release(take())
    assert state().running is None
    assert take().state == Snapshot.State.RUNNING


def test_the_lease_of_a_dead_process_is_taken_over_and_its_snapshot_marked_as_failed(take, dead):
    heir = take()
    dead.refresh_from_db()
    assert state().running == heir
    assert dead.state == Snapshot.State.FAILED
    assert dead.error == "The process that ran it ended before it had finished."
    assert dead.finished_at is not None


def test_a_take_over_touches_no_other_snapshot(take, dead, as_of):
    ready = Snapshot.objects.create(source="corner", engine="spark", as_of=as_of, state="ready")
    elsewhere = take("market")
    take()
    for snapshot, expected in ((ready, "ready"), (elsewhere, "running")):
        snapshot.refresh_from_db()
        assert snapshot.state == expected
    assert state("market").running == elsewhere


def test_of_two_that_find_the_same_dead_process_one_takes_over(take, dead, monkeypatch):
    """The quicker one comes in between, while the slower one looks whether the holder lives."""
    quicker = []

    def look(snapshot):
        if not quicker:
            quicker.append(None)
            quicker[0] = take()
        return False

    monkeypatch.setattr(locks, "is_alive", look)
    with pytest.raises(RefreshRunning):
        take()
    assert state().running == quicker[0]
    assert set(Snapshot.objects.all()) == {dead, quicker[0]}


def test_flip_makes_the_snapshot_live_and_gives_the_lease_back(take):
    snapshot = take()
    flip(snapshot)
    assert (state().live, state().running) == (snapshot, None)
    assert snapshot.is_live


def test_who_was_taken_for_dead_can_not_publish(take, dead):
    live = Snapshot.objects.create(source="corner", engine="spark", as_of=dead.as_of)
    SourceState.objects.update(live=live)
    heir = take()
    with pytest.raises(LeaseLost, match="another took its place, so it published nothing"):
        flip(dead)
    assert (state().live, state().running) == (live, heir)


def test_who_was_taken_for_dead_can_not_give_the_lease_of_its_heir_back(take, dead):
    heir = take()
    release(dead)
    assert state().running == heir


def test_a_snapshot_is_published_once(take):
    snapshot = take()
    flip(snapshot)
    with pytest.raises(LeaseLost):
        flip(snapshot)


def test_a_process_number_that_another_process_has_by_now_is_no_sign_of_life(take):
    assert not is_alive(held_by(take(), f"{HERE}:{os.getpid()}:1"))


def test_a_process_that_ended_and_was_not_waited_for_is_dead(take):
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        started = int(psutil.Process(process.pid).create_time())
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert not is_alive(held_by(take(), f"{HERE}:{process.pid}:{started}"))


@pytest.mark.parametrize("holder", ["", HERE, f"{HERE}:", f"{HERE}:x:y", "nonsense"])
def test_a_holder_that_says_nothing_is_dead(take, holder):
    assert not is_alive(held_by(take(), holder))


@pytest.mark.parametrize(
    ("silent_for", "alive"), [(SILENCE * 0.9, True), (SILENCE * 1.1, False), (None, False)]
)
def test_a_process_on_another_machine_lives_as_long_as_it_reports(take, silent_for, alive):
    assert is_alive(held_by(take(), "elsewhere:1:1", silent_for)) is alive


def test_a_machine_may_have_colons_in_its_name(take):
    assert is_alive(held_by(take(), "fe80::1:99:1", SILENCE / 2))


def test_a_silent_process_on_another_machine_loses_its_lease(take):
    silent = held_by(take(), "elsewhere:1:1", SILENCE * 2)
    assert take() == state().running != silent


class ReallyClosed:
    """Closes a connection to a database in memory too, which Django would keep open."""

    @staticmethod
    def close():
        BaseDatabaseWrapper.close(connection)


@pytest.mark.django_db(transaction=True)
def test_a_process_reports_while_it_works_and_not_longer(take, monkeypatch):
    monkeypatch.setattr(locks, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(locks, "connections", {"default": ReallyClosed})
    snapshot = held_by(take(), "elsewhere:1:1", SILENCE * 2)
    with heartbeat(snapshot):
        until = time.monotonic() + 10
        while not is_alive(snapshot) and time.monotonic() < until:
            time.sleep(0.01)
            snapshot.refresh_from_db()
    assert is_alive(snapshot)
    held_by(snapshot, "elsewhere:1:1", SILENCE * 2)
    time.sleep(0.05)
    snapshot.refresh_from_db()
    assert not is_alive(snapshot)


def test_a_living_process_that_has_fallen_silent_holds_nothing(take):
    """As when a worker could not give its lease back because the database was gone."""
    mine = take()
    assert is_alive(mine)
    held_by(mine, mine.holder, SILENCE * 2)
    assert take() == state().running != mine


def test_a_process_of_another_container_with_this_name_is_known_by_its_reports_only(take):
    neighbour = f"{socket.gethostname()}/another:{os.getpid()}:1"
    assert is_alive(held_by(take(), neighbour))
    assert not is_alive(held_by(take("market"), neighbour, SILENCE * 2))


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_tells_soon_that_somebody_has_cancelled(take, monkeypatch):
    monkeypatch.setattr(locks, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(locks, "is_private", lambda: False)
    monkeypatch.setattr(locks, "connections", {"default": ReallyClosed})
    snapshot = take()
    told = threading.Event()
    with heartbeat(snapshot, told.set):
        assert not told.wait(0.1)
        assert locks.ask_to_end(snapshot.pk, "boss")
        assert told.wait(10)
    before = snapshot.heartbeat_at
    snapshot.refresh_from_db()
    assert snapshot.heartbeat_at == before  # looking writes nothing
