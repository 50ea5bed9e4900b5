"""Somebody cancels a refresh: it ends at its next step, leaves nothing, and says who it was."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from django_clvrec import pipeline, progress
from django_clvrec.exceptions import RefreshCancelled
from django_clvrec.locks import acquire, ask_to_end
from django_clvrec.models import (
    CustomerScore,
    PopularItems,
    Recommendation,
    Snapshot,
    SnapshotArray,
    SourceState,
)
from django_clvrec.tasks import refresh as refresh_task
from tests.corner_shop.clvrec import CornerShop

pytestmark = pytest.mark.django_db
ROWS = (CustomerScore, Recommendation, PopularItems, SnapshotArray)


@pytest.fixture
def shop(stock, settings, tmp_path, monkeypatch):
    """The corner shop with one level, whose refreshes leave their files in a folder."""
    monkeypatch.setattr(CornerShop, "items", {"product": "product_id"})
    settings.CLVREC = settings.CLVREC | {"WORK_DIR": str(tmp_path), "ENGINE": "local"}
    stock.fill()
    return tmp_path


def running():
    return Snapshot.objects.get(state="running")


def cancel_at(stage):
    """Cancels as soon as a refresh comes to the stage."""

    def on_progress(now, _done, _total):
        if now == stage:
            ask_to_end(running().pk, "boss")

    return on_progress


@pytest.fixture
def cancelled_at_once(monkeypatch):
    """A refresh that somebody cancels as soon as it runs."""
    acquired = pipeline.locks.acquire

    def acquire_and_cancel(*args):
        snapshot = acquired(*args)
        ask_to_end(snapshot.pk, "boss")
        return snapshot

    monkeypatch.setattr(pipeline.locks, "acquire", acquire_and_cancel)


def test_a_running_refresh_is_cancelled_once(db, as_of):
    snapshot = acquire("corner", "local", as_of)
    assert ask_to_end(snapshot.pk, "boss")
    assert not ask_to_end(snapshot.pk, "deputy")
    snapshot.refresh_from_db()
    assert snapshot.cancelled_by == "boss"


@pytest.mark.parametrize("state", ["ready", "failed", "held", "expired"])
def test_what_does_not_run_is_not_cancelled(db, as_of, state):
    done = Snapshot.objects.create(source="corner", engine="local", as_of=as_of, state=state)
    assert not ask_to_end(done.pk, "boss")


EXTRACT = pytest.param("extract", marks=pytest.mark.django_db(transaction=True))
"""While lines are read another connection looks, which sees what is committed."""


@pytest.mark.parametrize("stage", [EXTRACT, "rfm", "recommend product", "publish"])
def test_a_cancelled_refresh_leaves_what_was_live_and_nothing_else(shop, as_of, stage):
    live = pipeline.refresh("corner", as_of=as_of)
    with pytest.raises(RefreshCancelled, match=f"cancelled in the stage “{stage}”"):
        pipeline.refresh("corner", as_of=as_of, on_progress=cancel_at(stage))

    failed = Snapshot.objects.get(state="failed")
    assert failed.error.startswith(f"Cancelled by boss in the stage “{stage}”. Nothing was")
    assert failed.finished_at is not None
    state = SourceState.objects.get(source="corner")
    assert (state.live, state.running) == (live, None)
    assert not any(model.objects.filter(snapshot=failed).exists() for model in ROWS)
    assert list(shop.iterdir()) == []


def test_one_that_is_cancelled_after_its_last_step_does_not_go_live(shop, as_of, monkeypatch):
    def gate(snapshot):
        ask_to_end(snapshot.pk, "boss")
        return []

    monkeypatch.setattr(pipeline, "_shortfalls", gate)
    with pytest.raises(RefreshCancelled, match="publish"):
        pipeline.refresh("corner", as_of=as_of)
    assert not Snapshot.objects.live().exists()


def test_one_that_is_cancelled_after_its_last_step_is_not_held_back(shop, as_of, monkeypatch):
    def gate(snapshot):
        ask_to_end(snapshot.pk, "boss")
        return ["too few customers"]

    monkeypatch.setattr(pipeline, "_shortfalls", gate)
    with pytest.raises(RefreshCancelled):
        pipeline.refresh("corner", as_of=as_of)
    assert Snapshot.objects.get().state == "failed"


def test_the_task_says_that_it_was_cancelled_and_does_not_fail(shop, cancelled_at_once):
    result = refresh_task.apply(("corner",))
    assert result.successful()
    assert result.get()["cancelled"].startswith(f"Refresh {Snapshot.objects.get().pk} was canc")


def test_the_command_ends_with_a_code_of_its_own(shop, cancelled_at_once):
    with pytest.raises(CommandError, match="was cancelled") as caught:
        call_command("clvrec_refresh", source="corner")
    assert caught.value.returncode == 3


def test_who_cancelled_is_in_no_log_and_in_no_message(shop, cancelled_at_once, caplog):
    with pytest.raises(RefreshCancelled) as caught:
        pipeline.refresh("corner")
    assert "cancelled in the stage" in caplog.text
    assert "boss" not in caplog.text + str(caught.value)


def test_after_a_cancelled_refresh_the_next_one_goes_live(shop, as_of):
    with pytest.raises(RefreshCancelled):
        pipeline.refresh("corner", as_of=as_of, on_progress=cancel_at("rfm"))
    assert pipeline.refresh("corner", as_of=as_of).is_live


class LateReplica:
    """A router to a copy that has not heard of anything yet."""

    def db_for_read(self, model, **_hints):
        return "late" if model is Snapshot else None

    def db_for_write(self, model, **_hints):
        return "default"


def test_that_it_was_cancelled_is_not_asked_of_a_replica(db, as_of, settings):
    snapshot = acquire("corner", "local", as_of)
    ask_to_end(snapshot.pk, "boss")
    settings.DATABASE_ROUTERS = [LateReplica()]
    assert not progress._save(snapshot.pk, {"done": 1})
