"""`POST events/`: what came into view and what was clicked, in batches."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from django_clvrec import feedback
from django_clvrec.api.parsers import BoundedJSON, BoundedPlainText
from django_clvrec.api.standby import VisitorView
from django_clvrec.api.throttles import EVENTS
from django_clvrec.outages import RECORDING, REST_SECONDS, served

MOST_EVENTS = 100
KEPT = "_clvrec_events"


class SessionWithoutCsrf(SessionAuthentication):
    """A session's user without a CSRF token, which sendBeacon cannot send.

    It is safe here: an event counts only with a list's token, which is made for one visitor and
    which other sites cannot read, so a forged request changes nothing.
    """

    def enforce_csrf(self, request: Any) -> None:
        return None


class Events(VisitorView):
    """Counts what a browser reports, once; answers when it is committed.

    What cannot be stored now is answered with 503 and a Retry-After: the script sends it again, and
    what was stored all the same is not counted twice.
    """

    parser_classes = (BoundedJSON, BoundedPlainText)
    throttle_scope = EVENTS

    def get_authenticators(self) -> list[BaseAuthentication]:
        """The shop's own, of which the session's asks for no CSRF token."""
        return [
            SessionWithoutCsrf() if isinstance(one, SessionAuthentication) else one
            for one in super().get_authenticators()
        ]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        handle = super().dispatch
        return served(lambda: handle(request, *args, **kwargs), not_now, breaker=RECORDING)

    def post(self, request: Request) -> Response:
        # a lost connection is tried anew, and a body can be read only once
        kept = vars(request._request)
        if KEPT not in kept:
            kept[KEPT] = events_of(request.data)
        found = feedback.record(kept[KEPT], feedback.subjects_of(request))
        return Response({"accepted": found.accepted, "ignored": found.ignored})


def not_now() -> HttpResponseBase:
    """Without what the view would need to know of the request."""
    told = {"detail": "Events cannot be stored at the moment. Send them again."}
    headers = {"Retry-After": f"{REST_SECONDS:.0f}"}
    return JsonResponse(told, status=status.HTTP_503_SERVICE_UNAVAILABLE, headers=headers)


def events_of(body: Any) -> list[Any]:
    """The events of a request. Raises ParseError; what is wrong with one event, `record` counts."""
    events = body.get("events") if isinstance(body, dict) else None
    if not isinstance(events, list):
        raise ParseError('Send {"events": [{"list": token, "kind": "shown"}, …]}.')
    if len(events) > MOST_EVENTS:
        raise ParseError(f"At most {MOST_EVENTS} events.")
    return events
