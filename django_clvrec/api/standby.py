"""Endpoints that visitors need: they answer whatever the database and the cache do."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.transaction import non_atomic_requests
from django.utils.decorators import method_decorator
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from django_clvrec.api.answering import to_visitor
from django_clvrec.api.base import Endpoint
from django_clvrec.outages import VISITORS, served
from django_clvrec.serving import Answer, emptied


# a transaction around it would want the database before anything can stand in for it
@method_decorator(non_atomic_requests, name="dispatch")
class VisitorView(Endpoint):
    """Whoever cannot be told while the database is away is a visitor who is not known."""

    permission_classes = (AllowAny,)

    def perform_authentication(self, request: Request) -> None:
        served(lambda: request.user, lambda: _nobody(request), breaker=VISITORS)

    def answered(
        self, request: Request, ask: Callable[[], Answer], standby: Callable[[], Answer]
    ) -> Response:
        return served(
            lambda: to_visitor(request, ask()),
            lambda: to_visitor(request, standby()),
            # even the names of what is kept wanted the database
            lambda: to_visitor(request, emptied(standby())),
        )


def _nobody(request: Request) -> Any:
    request.user, request.auth = AnonymousUser(), None
    return request.user
