"""Hands the changes that the setting WEBHOOK asks for to a task that delivers them."""

import logging
import time
from collections.abc import Collection
from random import uniform
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from celery import shared_task
from django.core.signals import setting_changed

from django_clvrec import broker
from django_clvrec.conf import get_config
from django_clvrec.exceptions import NoBroker
from django_clvrec.logs import say
from django_clvrec.movement import delivery
from django_clvrec.movement.telling import EVENTS, SIGNALS, Change

if TYPE_CHECKING:  # takes a tenth of a second to import, in every web process
    from celery import Task

UID = "clvrec.webhook"
MOST_CHANGES = 500
"""In one message."""
AWAY_SECONDS = 60
"""So long nobody tries a broker again that was away: a refresh has hundreds of messages, and each
try takes seconds."""
RETRIES = 8
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 15, 900
"""The longest is far below an hour, after which Redis would deliver a waiting task twice."""


@shared_task(  # type: ignore[untyped-decorator]
    name="clvrec.deliver",
    bind=True,
    acks_late=True,
    reject_on_worker_lost=True,
    ignore_result=True,
    max_retries=RETRIES,
)
def deliver(self: "Task", event: str, message_id: str, keys: list[int]) -> bool:
    """Send changes to the webhook, again and again if need be; whether they were taken."""
    try:
        delivery.deliver(event, message_id, keys)
    except delivery.NotDelivered as reason:
        tries = self.request.retries
        if isinstance(reason, delivery.Refused) or tries >= RETRIES:
            message = "Webhook message %s (%s) was given up: %s"
            say(logging.ERROR, "webhook.given_up", message, message_id, event, reason)
            return False
        raise self.retry(exc=reason, countdown=pause(tries)) from None
    message, rows = "Webhook message %s (%s) was taken", len(keys)
    say(logging.INFO, "webhook.taken", message, message_id, event, rows=rows)
    return True


def pause(tries: int) -> float:
    """Seconds until the next try: twice as many each time, and drawn, so that not all come back
    at once to a server that has just recovered."""
    longest = float(min(FIRST_PAUSE_SECONDS * 2**tries, LONGEST_PAUSE_SECONDS))
    return uniform(longest / 2, longest)


def connect(*, setting: str = "CLVREC", **_: Any) -> None:
    """Listen to what is asked for and nothing else: signals without receivers cost no query."""
    if setting != "CLVREC":
        return
    wanted = _wanted()
    for event, model in EVENTS.items():
        SIGNALS[model].disconnect(sender=model, dispatch_uid=UID)
        if event in wanted:
            SIGNALS[model].connect(hand_on, sender=model, dispatch_uid=UID)


def _wanted() -> Collection[str]:
    """Nothing of a setting that is wrong: `check` complains of it, for which the app must start."""
    try:
        setting = get_config()["WEBHOOK"]
    except (TypeError, ValueError):  # CLVREC is no dict
        return ()
    return setting["events"] if delivery.is_webhook(setting) else ()


class _Broker:
    away_until = 0.0


def hand_on(*, sender: type[Change], changes: list[Change], **_: Any) -> None:
    """Hand changes on by their primary keys, so that the broker holds nothing of customers.

    A broker that is away stops nobody.
    """
    event = next(name for name, model in EVENTS.items() if model is sender)
    keys = [change.pk for change in changes]
    for start in range(0, len(keys), MOST_CHANGES):
        if time.monotonic() < _Broker.away_until:
            _lost(event, len(keys) - start, "no broker")
            return
        try:
            broker.send(deliver, event, str(uuid4()), keys[start : start + MOST_CHANGES])
        except NoBroker as error:
            _Broker.away_until = time.monotonic() + AWAY_SECONDS
            _lost(event, len(keys) - start, error)
            return


def _lost(event: str, rows: int, why: object) -> None:
    message = "%s of %d reached no webhook: %s"
    say(logging.ERROR, "webhook.lost", message, event, rows, why, rows=rows)


setting_changed.connect(connect, dispatch_uid=UID)
