"""Delivers changes to the webhook of the shop: one signed POST. docs/how-to/movement.md"""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.db import Error
from django.utils import timezone

from django_clvrec.conf import get_config
from django_clvrec.models import TierChange, write_database
from django_clvrec.movement.telling import EVENTS, Change

SIGNATURE = "X-Clvrec-Signature"
TIMEOUT_SECONDS = 10


class NotDelivered(Exception):
    """The message was not taken, for a reason that may pass. Says nothing of any customer."""


class Refused(NotDelivered):
    """The message would not be taken another time either."""


def is_webhook(value: Any) -> bool:
    """Whether it says all that a webhook needs: `url`, `secret` and `events`."""
    if not isinstance(value, Mapping) or set(value) != {"url", "secret", "events"}:
        return False
    secret, events = value["secret"], value["events"]
    return (
        _is_url(value["url"])
        and isinstance(secret, str)
        and secret != ""
        and isinstance(events, (list, tuple))
        and len(events) > 0
        and all(isinstance(event, str) and event in EVENTS for event in events)
    )


def _is_url(value: Any) -> bool:
    """With http or https, and without what `urllib` could not send."""
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        return False
    try:
        parts = urlsplit(value)
        has_host = bool(parts.hostname) and parts.port != 0  # raises for what is no port
    except ValueError:
        return False
    # a password in the address would become a part of the host's name
    is_plain = "@" not in parts.netloc and " " not in value
    return parts.scheme in {"http", "https"} and has_host and is_plain


def deliver(event: str, message_id: str, keys: Sequence[int]) -> None:
    """Send the changes with these primary keys.

    Raises NotDelivered where the network, the server or the database failed, or more was sent than
    the server takes; Refused for any other answer, and where no webhook is set.
    """
    webhook = get_config()["WEBHOOK"]
    if not is_webhook(webhook):
        raise Refused("CLVREC has no WEBHOOK that is right; `manage.py check` tells what is wrong.")
    changes = _read(event, keys)
    if changes:
        now = timezone.now()
        body = _message(event, message_id, changes, now)
        _post(webhook["url"], body, signature(webhook["secret"], body, int(now.timestamp())))


def signature(secret: str, body: bytes, at: int) -> str:
    """The value of the header: the Unix time, and an HMAC-SHA256 of it and the body."""
    signed = hmac.new(secret.encode(), b"%d.%b" % (at, body), hashlib.sha256)
    return f"t={at},v1={signed.hexdigest()}"


def _read(event: str, keys: Sequence[int]) -> list[Change]:
    """Those that are still there, in order."""
    rows = EVENTS[event].objects.using(write_database())
    try:
        return list(rows.filter(pk__in=keys).order_by("pk"))
    except Error as error:
        raise NotDelivered(type(error).__name__) from None


def _message(event: str, message_id: str, changes: list[Change], at: datetime) -> bytes:
    told = [_told(change) for change in changes]
    body = {"event": event, "id": message_id, "sent_at": _time(at), "changes": told}
    return json.dumps(body).encode()


def _told(change: Change) -> dict[str, Any]:
    if isinstance(change, TierChange):
        way = {"from": change.from_tier, "to": change.to_tier, "cause": change.cause}
    else:
        way = {"from": change.from_segment, "to": change.to_segment}
    rest = {"changed_at": _time(change.changed_at), "snapshot": change.snapshot_id}
    return {"customer": change.customer_key, **way, **rest}


def _time(at: datetime) -> str:
    aware = timezone.make_aware(at) if timezone.is_naive(at) else at
    return aware.astimezone(UTC).isoformat()


class _NoRedirects(HTTPRedirectHandler):
    """Whoever answers with another address would otherwise choose who is told of customers."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _post(url: str, body: bytes, signed: str) -> None:
    headers = {"Content-Type": "application/json", SIGNATURE: signed}
    request = Request(url, body, headers, method="POST")  # noqa: S310 - is_webhook has looked at it
    try:
        build_opener(_NoRedirects).open(request, timeout=TIMEOUT_SECONDS).close()
    except HTTPError as answer:
        answer.close()
        passes = answer.code == HTTPStatus.TOO_MANY_REQUESTS or answer.code >= 500
        raise (NotDelivered if passes else Refused)(f"status {answer.code}") from None
    except (OSError, HTTPException) as error:
        # its text may hold the address, which may hold a token
        reason = getattr(error, "reason", error)
        raise NotDelivered(type(reason).__name__) from None
