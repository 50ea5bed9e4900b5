"""What is about single customers goes when its time is over."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from django_clvrec.models import Erasure, SegmentChange, Snapshot, TierChange
from django_clvrec.privacy import erase, prune
from django_clvrec.tasks import prune as prune_task
from tests.privacy.conftest import SOURCE
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db


def ago(days):
    return timezone.now() - timedelta(days=days)


@pytest.fixture
def history(db):
    """Changes and failed refreshes of these ages in days."""

    def history(*ages):
        for age in ages:
            same = {"source": SOURCE, "customer_key": "ann", "changed_at": ago(age)}
            TierChange.objects.create(
                **same, from_tier="mid", to_tier="high", cause="order", snapshot_id=1
            )
            SegmentChange.objects.create(**same, to_segment="champions", snapshot_id=1)
            Shelf(is_live=False, state="failed", finished_at=ago(age))

    return history


def test_what_is_older_than_history_days_goes(history, monkeypatch):
    monkeypatch.setattr("django_clvrec.privacy.retention.BATCH_ROWS", 2)
    history(900, 800, 731, 729, 0)
    assert prune() == {
        "ShownList": 0, "TierChange": 3, "SegmentChange": 3, "Snapshot": 3, "Erasure": 0,
    }  # fmt: skip
    assert (TierChange.objects.count(), Snapshot.objects.count()) == (2, 2)
    assert not any(prune().values())


def test_how_long_is_a_setting(history, settings):
    settings.CLVREC = settings.CLVREC | {"HISTORY_DAYS": 10}
    history(11, 9)
    assert prune()["TierChange"] == 1


def test_marks_of_who_stays_out_stay(db):
    erase("ann")
    erase("bob", stays_out=True)
    Erasure.objects.update(erased_at=ago(731))
    assert prune()["Erasure"] == 1
    assert Erasure.objects.get().stays_out


def test_what_is_live_or_not_cleaned_up_is_never_pruned(db):
    Shelf(finished_at=ago(5000))
    Shelf(is_live=False, state="failed", finished_at=ago(5000), folder="/elsewhere")
    assert prune()["Snapshot"] == 0


def test_the_task_and_the_command_prune(history):
    history(731)
    assert prune_task.delay().result["TierChange"] == 1
    history(731)
    out = StringIO()
    call_command("clvrec_prune", "--json", stdout=out)
    assert json.loads(out.getvalue())["TierChange"] == 1
    out = StringIO()
    call_command("clvrec_prune", stdout=out)
    assert out.getvalue().startswith("Removed: ShownList 0, TierChange 0")
