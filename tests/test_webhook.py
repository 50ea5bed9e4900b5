"""The webhook: who is told, what is sent, and what becomes of answers that are no thanks."""

import datetime as dt
import hashlib
import hmac
import logging
import socket
import time
from uuid import UUID

import pytest
from celery.exceptions import Retry
from django.db import DatabaseError, connection, transaction

from django_clvrec import webhook
from django_clvrec.models import SegmentChange, TierChange
from django_clvrec.movement import delivery, record_flip, segment_changed, tier_changed
from django_clvrec.tasks import deliver
from example_shop import celery_app
from tests.hook import SECRET
from tests.shelf import AS_OF, Shelf
from tests.test_movement import move

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf(db):
    return Shelf("corner")


@pytest.fixture
def move_told(shelf, django_capture_on_commit_callbacks):
    """Moves ann from low to mid, and commits."""

    def move_told():
        with django_capture_on_commit_callbacks(execute=True):
            move(shelf)

    return move_told


@pytest.fixture
def flip_told(shelf, django_capture_on_commit_callbacks):
    """Moves customers by a snapshot that goes live, and commits."""

    def flip_told(customers):
        later = Shelf("corner", is_live=False)
        shelf.score("c0", tier="new", segment="Recent")
        for number in range(customers):
            later.score(f"c{number}", tier="low", segment="Loyal")
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            record_flip("corner", shelf.snapshot.pk, later.snapshot.pk, "refresh", AS_OF)
        return later.snapshot

    return flip_told


def is_signed(headers, body, secret=SECRET):
    at, signature = (part.partition("=")[2] for part in headers[delivery.SIGNATURE].split(","))
    wanted = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(signature, wanted) and abs(time.time() - int(at)) < 60


# what is sent


def test_a_change_of_tier_is_sent_with_all_that_is_known_of_it(hook, shelf, move_told):
    move_told()
    [message] = hook.messages()
    change = TierChange.objects.get()
    assert message["event"] == "tier_changed"
    assert UUID(message["id"]).version == 4
    assert dt.datetime.fromisoformat(message["sent_at"]) >= change.changed_at
    [told] = message["changes"]
    assert dt.datetime.fromisoformat(told.pop("changed_at")) == change.changed_at
    assert told == {
        "customer": "ann",
        "from": "low",
        "to": "mid",
        "cause": "order",
        "snapshot": shelf.snapshot.pk,
    }


def test_a_change_of_segment_has_no_cause(hook, flip_told):
    later = flip_told(1)
    [message] = [one for one in hook.messages() if one["event"] == "segment_changed"]
    assert message["changes"] == [
        {
            "customer": "c0",
            "from": "Recent",
            "to": "Loyal",
            "changed_at": "2026-07-01T12:00:00+00:00",
            "snapshot": later.pk,
        }
    ]


def test_the_message_is_json_and_signed(hook, move_told):
    move_told()
    [(path, headers, body)] = hook.got
    assert (path, headers["Content-Type"]) == ("/hook", "application/json")
    assert is_signed(headers, body)
    assert not is_signed(headers, body, secret="another")
    assert not is_signed(headers, body + b" ")


def test_the_signature_is_that_of_the_time_and_the_body():
    assert delivery.signature("k", b"{}", 1_700_000_000) == (
        "t=1700000000,v1=" + hmac.new(b"k", b"1700000000.{}", hashlib.sha256).hexdigest()
    )


def test_many_changes_are_sent_in_messages_of_500_with_an_id_each(hook, flip_told):
    flip_told(1100)
    messages = [one for one in hook.messages() if one["event"] == "tier_changed"]
    assert [len(one["changes"]) for one in messages] == [500, 500, 100]
    assert len({one["id"] for one in messages}) == 3
    assert len({told["customer"] for one in messages for told in one["changes"]}) == 1100


def test_who_is_no_longer_known_is_not_sent(hook, flip_told):
    flip_told(3)
    keys = list(TierChange.objects.values_list("pk", flat=True))
    TierChange.objects.filter(customer_key="c1").delete()
    hook.got.clear()
    assert deliver.apply(("tier_changed", "id", keys)).get()
    assert [told["customer"] for told in hook.messages()[0]["changes"]] == ["c0", "c2"]
    TierChange.objects.all().delete()
    assert deliver.apply(("tier_changed", "id", keys)).get()
    assert len(hook.got) == 1


# who is told


def test_only_the_events_that_are_asked_for_are_listened_to(settings, hook):
    assert tier_changed.has_listeners(TierChange)
    setting = settings.CLVREC["WEBHOOK"]
    settings.CLVREC = {"WEBHOOK": setting | {"events": ["segment_changed"]}}
    assert not tier_changed.has_listeners(TierChange)
    assert segment_changed.has_listeners(SegmentChange)


@pytest.mark.parametrize("value", [{}, [], {"WEBHOOK": {"url": "ftp://there"}}, {"WEBHOOK": 3}])
def test_without_a_right_webhook_nobody_listens(settings, hook, value):
    settings.CLVREC = value
    assert not tier_changed.has_listeners(TierChange)


def test_what_was_under_way_when_the_webhook_was_unset_is_given_up(settings, hook, caplog):
    settings.CLVREC = {}
    assert deliver.apply(("tier_changed", "the-id", [1])).get() is False
    assert "message the-id (tier_changed) was given up: CLVREC has no WEBHOOK" in caplog.text


# answers that are no thanks


@pytest.mark.parametrize("answer", [503, 500, 429, "hang up"])
def test_what_may_pass_is_tried_again_with_the_same_id_and_a_signature(hook, move_told, answer):
    hook.answers = [answer, answer]
    move_told()
    first, second, third = hook.messages()
    assert first["id"] == second["id"] == third["id"]
    assert first["changes"] == third["changes"]
    assert all(is_signed(headers, body) for _, headers, body in hook.got)


def test_a_server_that_is_silent_is_tried_again(hook, move_told, monkeypatch):
    monkeypatch.setattr(delivery, "TIMEOUT_SECONDS", 0.1)
    hook.answers = ["silence"]
    move_told()
    assert len(hook.got) == 2


def test_after_eight_times_again_it_is_given_up(hook, move_told, caplog):
    hook.answers = [503] * 20
    move_told()
    assert len(hook.got) == 9
    assert "was given up: status 503" in caplog.text


@pytest.mark.parametrize("answer", [400, 401, 404, 410, 301, 302, 307, 308])
def test_any_other_answer_is_final_and_no_redirect_is_followed(hook, move_told, answer, caplog):
    hook.answers = [answer]
    move_told()
    assert [path for path, *_ in hook.got] == ["/hook"]
    [line] = [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    [message] = hook.messages()
    assert line == (f"Webhook message {message['id']} (tier_changed) was given up: status {answer}")


def test_a_server_that_is_away_is_told_by_the_kind_of_error(hook, caplog):
    hook.close()
    with pytest.raises(delivery.NotDelivered, match=r"^ConnectionRefusedError$"):
        delivery._post(hook.url, b"{}", "")


def test_a_database_that_is_away_may_come_back(hook):
    def fail(*_):
        raise DatabaseError("ann is in row 7")

    with connection.execute_wrapper(fail), pytest.raises(delivery.NotDelivered) as found:
        delivery.deliver("tier_changed", "id", [1])
    assert str(found.value) == "DatabaseError"
    assert not isinstance(found.value, delivery.Refused)


def test_a_task_waits_before_it_tries_again(hook, move_told):
    move_told()
    hook.answers = [503]
    keys = list(TierChange.objects.values_list("pk", flat=True))
    deliver.push_request(args=("tier_changed", "id", keys), called_directly=False, is_eager=True)
    try:
        with pytest.raises(Retry) as found:
            deliver.run("tier_changed", "id", keys)
    finally:
        deliver.pop_request()
    assert 7.5 <= found.value.when <= 15


def test_pauses_double_up_to_a_quarter_of_an_hour_and_differ():
    for tries, longest in enumerate((15, 30, 60, 120, 240, 480, 900, 900)):
        drawn = {webhook.pause(tries) for _ in range(50)}
        assert longest / 2 <= min(drawn) < max(drawn) <= longest


# a broker that is away


@pytest.fixture
def closed_broker(hook):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    conf = celery_app.conf
    before = conf.broker_url
    conf.task_always_eager, conf.broker_url = False, f"redis://127.0.0.1:{port}//"
    yield
    conf.task_always_eager, conf.broker_url = True, before


def test_a_broker_that_is_away_stops_no_flip_and_is_asked_once(
    hook, closed_broker, flip_told, caplog, monkeypatch
):
    asked, send = [], webhook.broker.send
    monkeypatch.setattr(webhook.broker, "send", lambda *args: asked.append(args) or send(*args))
    flip_told(1100)
    assert TierChange.objects.count() == 1100
    assert len(asked) == 1
    assert "tier_changed of 1000 reached no webhook: Celery's message broker" in caplog.text
    assert "tier_changed of 100 reached no webhook: no broker" in caplog.text
    assert "c0" not in caplog.text
    assert hook.got == []


def test_after_a_minute_the_broker_is_asked_again(hook, monkeypatch, move_told):
    monkeypatch.setattr(webhook._Broker, "away_until", time.monotonic() + 0.05)
    time.sleep(0.06)
    move_told()
    assert len(hook.got) == 1
