"""Endpoints that visitors need: they answer whatever the database and the cache do."""

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.transaction import non_atomic_requests
from django.utils.decorators import method_decorator
from rest_framework.exceptions import APIException
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_clvrec.api.answering import to_visitor
from django_clvrec.outages import VISITORS, Breaker, served
from django_clvrec.serving import Answer, emptied

logger = logging.getLogger("django_clvrec")

_counting = Breaker()
"""Of the cache that counts requests for rates."""


# a transaction around it would want the database before anything can stand in for it
@method_decorator(non_atomic_requests, name="dispatch")
class VisitorView(APIView):
    """Whoever cannot be told while the database is away is a visitor who is not known; and a rate
    that cannot be counted lets everybody through."""

    permission_classes = (AllowAny,)

    def perform_authentication(self, request: Request) -> None:
        served(lambda: request.user, lambda: _nobody(request), breaker=VISITORS)

    def check_throttles(self, request: Request) -> None:
        if not _counting.lets_through():
            return
        try:
            super().check_throttles(request)
        except APIException:
            raise
        except Exception as error:  # noqa: BLE001 - caches raise what their clients do
            if _counting.failed():
                logger.warning("Rates cannot be counted: %s", type(error).__name__)
        else:
            _counting.succeeded()

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
