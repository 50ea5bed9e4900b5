"""A refresh on PostgreSQL: the connection that sends lines, and one that breaks."""

import pytest
from django.db import connection

from django_clvrec import pipeline, progress
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
    monkeypatch.setattr(pipeline, "compute", lambda *_: 1 / 0)

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
