"""What `docs/how-to/movement.md` says is true."""

import json
import re
import time
from pathlib import Path

import pytest
from celery.app.routes import MapRoute
from django.db import transaction

from django_clvrec import webhook
from django_clvrec.checks import check_settings
from django_clvrec.models import SegmentChange, TierChange
from django_clvrec.movement import delivery, record_flip, segment_changed, telling, tier_changed
from django_clvrec.tasks import deliver
from tests.hook import SECRET
from tests.shelf import AS_OF, Shelf
from tests.test_movement import move

PAGE = (Path(__file__).parent.parent / "docs/how-to/movement.md").read_text()
SIGNALS, MATRIX, MONTHS, STAYS, SETTINGS, RECEIVER = re.findall(
    r"```python\n(.*?)```", PAGE, re.DOTALL
)
[MESSAGE] = map(json.loads, re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))

pytestmark = pytest.mark.django_db


def run(code):
    found = {}
    exec(code, found)  # noqa: S102
    return found


@pytest.fixture
def flipped():
    """Ann was Loyal and low, and is At risk and mid; she rises and falls again."""
    first, second = Shelf(), Shelf(is_live=False)
    first.score("ann", tier="low", segment="Loyal")
    second.score("ann", tier="mid", segment="at_risk")

    def flip():
        with transaction.atomic():
            record_flip("ShopPurchases", first.snapshot.pk, second.snapshot.pk, "refresh", AS_OF)
        second.go_live()

    return flip


@pytest.fixture
def listening():
    found = run(SIGNALS)
    yield
    tier_changed.disconnect(found["greet"])
    segment_changed.disconnect(found["win_back"])


def test_receivers_are_told(flipped, listening, capsys, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        flipped()
    assert capsys.readouterr().out == "ann low mid refresh\nWrite to ann\n"


def test_the_last_two_snapshots_are_compared(flipped, capsys):
    flipped()
    run(MATRIX)
    assert capsys.readouterr().out == "Loyal → at_risk 1\n"


def test_changes_are_counted_by_month(flipped, capsys):
    flipped()
    run(MONTHS)
    assert capsys.readouterr().out == "2026-07 low → mid 1\n"


def test_stays_are_counted(flipped, capsys):
    flipped()
    TierChange.objects.create(
        source="ShopPurchases",
        customer_key="ann",
        from_tier="mid",
        to_tier="low",
        cause="ageing",
        changed_at=AS_OF.replace(day=11),
        snapshot_id=2,
    )
    run(STAYS)
    assert capsys.readouterr().out == "mid 1 10.0 10.0\n"


def test_the_settings_are_right(settings, monkeypatch):
    monkeypatch.setenv("CLVREC_WEBHOOK_SECRET", SECRET)
    found = run(SETTINGS)
    settings.CLVREC = settings.CLVREC | found["CLVREC"]
    assert [one for one in check_settings() if one.id != "clvrec.W002"] == []
    route = MapRoute(found["CELERY_TASK_ROUTES"])
    assert route(deliver.name) == {"queue": "celery"}
    assert route("clvrec.refresh") == {"queue": "clvrec"}


def test_the_message_is_as_shown(hook, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        move(Shelf("corner"))
    [message] = hook.messages()
    assert list(message) == list(MESSAGE)
    assert list(message["changes"][0]) == list(MESSAGE["changes"][0])


def test_the_receiver_trusts_the_shop_and_nobody_else(hook, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        move(Shelf("corner"))
    [(_, headers, body)] = hook.got
    header, is_from = headers[delivery.SIGNATURE], run(RECEIVER)["is_from_the_shop"]
    assert is_from(header, body, SECRET)
    assert not is_from(header, body, "another")
    assert not is_from(header, body + b" ", SECRET)
    for forged in ("", "t=1", "t=²,v1=0", "t=1,v1=é", header.replace("v1", "v2")):
        assert not is_from(forged, body, SECRET)
    old = delivery.signature(SECRET, body, int(time.time()) - 301)
    assert not is_from(old, body, SECRET)


def test_the_figures_are_those_of_the_code():
    assert f"up to {telling.BATCH:,}\nafter a refresh" in PAGE
    assert f"up to {webhook.MOST_CHANGES} changes at a time" in PAGE
    assert f"none within {delivery.TIMEOUT_SECONDS} seconds" in PAGE
    assert f"tried again, {webhook.RETRIES} times within about 35 minutes" in PAGE
    longest = [min(15 * 2**tries, webhook.LONGEST_PAUSE_SECONDS) for tries in range(8)]
    assert 30 * 60 < sum(longest) * 0.75 < 40 * 60
    assert webhook.FIRST_PAUSE_SECONDS == 15
    assert webhook.AWAY_SECONDS == 60
    assert delivery.SIGNATURE in PAGE
    assert TierChange.__name__ in PAGE
    assert SegmentChange.__name__ in PAGE
