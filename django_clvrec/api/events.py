"""`POST events/`: what came into view and what was clicked, in batches."""

from typing import Any

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import ParseError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from django_clvrec import feedback
from django_clvrec.api.base import Endpoint
from django_clvrec.api.parsers import BoundedJSON, BoundedPlainText
from django_clvrec.api.throttles import EVENTS

MOST_EVENTS = 100


class SessionWithoutCsrf(SessionAuthentication):
    """A session's user without a CSRF token, which sendBeacon cannot send.

    It is safe here: an event counts only with a list's token, which is made for one visitor and
    which other sites cannot read, so a forged request changes nothing.
    """

    def enforce_csrf(self, request: Any) -> None:
        return None


class Events(Endpoint):
    """Counts what a browser reports, once; answers when it is committed."""

    permission_classes = (AllowAny,)
    parser_classes = (BoundedJSON, BoundedPlainText)
    throttle_scope = EVENTS

    def get_authenticators(self) -> list[BaseAuthentication]:
        """The shop's own, of which the session's asks for no CSRF token."""
        return [
            SessionWithoutCsrf() if isinstance(one, SessionAuthentication) else one
            for one in super().get_authenticators()
        ]

    def post(self, request: Request) -> Response:
        found = feedback.record(events_of(request.data), feedback.subjects_of(request))
        return Response({"accepted": found.accepted, "ignored": found.ignored})


def events_of(body: Any) -> list[Any]:
    """The events of a request. Raises ParseError; what is wrong with one event, `record` counts."""
    events = body.get("events") if isinstance(body, dict) else None
    if not isinstance(events, list):
        raise ParseError('Send {"events": [{"list": token, "kind": "shown"}, …]}.')
    if len(events) > MOST_EVENTS:
        raise ParseError(f"At most {MOST_EVENTS} events.")
    return events
