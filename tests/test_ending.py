"""A refresh that fails with its database says so, and waits for the word that frees its lease."""

import signal

import pytest
from django.db import InterfaceError, OperationalError

from django_clvrec import ending, locks
from django_clvrec.ending import ended
from django_clvrec.exceptions import DatabaseFailed, LeaseLost, RefreshRunning
from django_clvrec.interruption import SOFT_LIMIT, Interrupted, Signals
from django_clvrec.locks import acquire
from django_clvrec.models import Snapshot, SourceState

pytestmark = pytest.mark.django_db
GONE = OperationalError("server closed the connection\n  unexpectedly")


@pytest.fixture
def snapshot(db, as_of):
    return acquire("corner", "local", as_of)


@pytest.fixture
def away(monkeypatch):
    """The database is away for so many tries to reach it; the seconds that were waited."""
    waited = []

    def away_for(tries):
        release = locks.release

        def give_back(snapshot):
            if len(waited) < tries:
                raise GONE
            return release(snapshot)

        monkeypatch.setattr(locks, "release", give_back)
        monkeypatch.setattr(ending.time, "sleep", waited.append)
        return waited

    return away_for


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError])
def test_a_database_that_fails_is_told_with_the_next_step(snapshot, kind):
    snapshot.stage = "publish"
    error = ended(snapshot, kind("server closed the connection\n  unexpectedly"), Signals())
    assert isinstance(error, DatabaseFailed)
    assert str(error) == (
        "The database failed in the stage “publish”: server closed the connection unexpectedly. "
        "What is live is whole; see that the database is well, and refresh again."
    )
    snapshot.refresh_from_db()
    assert (snapshot.state, snapshot.error) == ("failed", str(error))


def test_a_database_that_comes_back_is_waited_for(snapshot, away, as_of):
    waited = away(3)
    ended(snapshot, GONE, Signals())
    assert len(waited) == 3
    assert SourceState.objects.get().running is None


def test_where_it_stays_away_this_process_can_refresh_again_at_once(
    snapshot, away, as_of, monkeypatch
):
    away(1)
    monkeypatch.setattr(ending, "PATIENCE", 0)
    with pytest.raises(RefreshRunning):
        acquire("corner", "local", as_of)
    ended(snapshot, GONE, Signals())
    assert SourceState.objects.get().running == snapshot
    assert acquire("corner", "local", as_of).pk > snapshot.pk


def test_whose_files_the_heir_of_its_lease_has_removed_is_told_that(snapshot, as_of):
    Snapshot.objects.update(heartbeat_at=None)
    heir = acquire("corner", "local", as_of)
    assert isinstance(ended(snapshot, FileNotFoundError("scores"), Signals()), LeaseLost)
    assert SourceState.objects.get().running == heir


def test_who_was_told_to_end_does_not_wait(snapshot, away):
    waited, signals = away(1), Signals()
    signals.error, signals.signum = Interrupted("Stopped by SIGTERM."), signal.SIGTERM
    ended(snapshot, signals.error, signals)
    assert waited == []


@pytest.fixture
def limited():
    """Signals of a refresh whose soft time limit is over, as Celery tells it."""
    signals = Signals()
    signals.error, signals.signum = TimeoutError("soft limit"), SOFT_LIMIT
    return signals


def test_a_time_limit_is_not_stretched_by_waiting_for_a_database(snapshot, away, limited):
    waited = away(3)
    assert ended(snapshot, limited.error, limited) is limited.error
    assert waited == []


def test_who_is_told_to_end_while_a_database_is_waited_for_ends(snapshot, away, monkeypatch):
    signals = Signals()
    waited = away(3)
    monkeypatch.setattr(
        ending.time,
        "sleep",
        lambda seconds: (waited.append(seconds), signals._receive(signal.SIGTERM, None)),
    )
    ended(snapshot, GONE, signals)
    assert len(waited) == 1


def test_a_query_that_a_time_limit_cut_short_does_not_hold_its_connection(
    snapshot, limited, monkeypatch
):
    asked = []
    monkeypatch.setattr(
        ending, "_fresh_connection", lambda *, is_interrupted=False: asked.append(is_interrupted)
    )
    ended(snapshot, limited.error, limited)
    assert asked == [True]
