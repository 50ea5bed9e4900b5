"""A refresh on PostgreSQL: the connection that sends lines, and one that breaks."""

import threading
import time

import pytest
from django.db import connection

from django_clvrec import locks, pipeline, progress, training
from django_clvrec.exceptions import RefreshCancelled
from django_clvrec.extract import is_busy
from django_clvrec.extract import rows as reading
from django_clvrec.models import Snapshot, SourceState
from django_clvrec.pipeline import refresh
from tests.stock import Stock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture
def stages(monkeypatch, settings, tmp_path, as_of):
    """Refreshes a shop in small batches up to the end of `extract`, and does this each time."""
    settings.CLVREC = settings.CLVREC | {"WORK_DIR": str(tmp_path)}
    Stock(as_of).fill(customers=20)
    monkeypatch.setattr(reading, "BATCH_ROWS", 5)
    monkeypatch.setattr(progress, "REPORT_SECONDS", 0)
    monkeypatch.setattr(training, "compute", lambda *_: 1 / 0)

    def stages(look, error=ZeroDivisionError):
        with pytest.raises(error) as caught:
            refresh("corner", as_of=as_of, on_progress=look)
        assert list(tmp_path.iterdir()) == []
        assert SourceState.objects.get(source="corner").running is None
        return caught.value

    return stages


def test_progress_is_saved_while_the_connection_is_busy(stages):
    other = connection.copy()
    seen = []

    def look(stage, done, total):
        if is_busy("default"):
            with other.cursor() as cursor:
                cursor.execute("SELECT done FROM clvrec_snapshot ORDER BY id DESC")
                seen.append(cursor.fetchone()[0])

    stages(look)
    other.close()
    assert sorted(seen) == seen
    assert seen[-1] > 0


def test_a_connection_that_breaks_ends_in_a_failed_snapshot_that_says_so(stages):
    other = connection.copy()

    def cut_off(stage, done, total):
        if is_busy("default") and done:
            with other.cursor() as cursor:
                pid = connection.connection.info.backend_pid
                cursor.execute("SELECT pg_terminate_backend(%s)", [pid])

    error = stages(cut_off, Exception)
    other.close()
    failed = Snapshot.objects.get()
    assert failed.state == "failed"
    assert failed.error == str(error)


def test_who_cancels_need_not_wait_for_the_end_of_a_long_query(
    as_of, settings, tmp_path, monkeypatch
):
    settings.CLVREC = settings.CLVREC | {"WORK_DIR": str(tmp_path), "ENGINE": "local"}
    # psycopg looks for signals when none has come for a tenth of a second
    monkeypatch.setattr(locks, "LOOK_SECONDS", 0.5)
    Stock(as_of).fill(customers=20)

    def cancel(snapshot_id):
        locks.ask_to_end(snapshot_id, "boss")
        connection.close()  # that of the thread

    def gate(snapshot):
        threading.Timer(0.5, cancel, [snapshot.pk]).start()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")

    monkeypatch.setattr(pipeline, "_shortfalls", gate)
    started = time.monotonic()
    with pytest.raises(RefreshCancelled):
        refresh("corner", as_of=as_of)
    assert time.monotonic() - started < 50
    assert Snapshot.objects.get().error.startswith("Cancelled by boss")
    assert SourceState.objects.get(source="corner").running is None
    assert list(tmp_path.iterdir()) == []
