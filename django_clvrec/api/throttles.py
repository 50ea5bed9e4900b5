"""Rates by scope: those that the shop sets in DEFAULT_THROTTLE_RATES, and one that is built in."""

from typing import Any

from django.utils.crypto import salted_hmac
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from django_clvrec.conf import RATES
from django_clvrec.outages import Breaker
from django_clvrec.watching import degraded

LISTS, INTERESTS, RELATED, SHELF, EVENTS, STAFF = RATES
_counting = Breaker()
"""Of the cache that counts: every request would wait for one that is away."""
_SALT = "django_clvrec.throttle"


class ShopsRate(ScopedRateThrottle):
    """The rate of the view's scope. Where the cache that counts is down, everybody passes."""

    def get_rate(self) -> str | None:
        rates: Any = api_settings.DEFAULT_THROTTLE_RATES
        rate: str | None = rates.get(self.scope, RATES.get(self.scope or ""))
        return rate

    def get_cache_key(self, request: Request, view: APIView) -> str:
        """A digest: neither a user's number nor an address stands in the cache."""
        user: Any = request.user
        is_known = user is not None and user.is_authenticated
        ident = f"user:{user.pk}" if is_known else self.get_ident(request)
        digest = salted_hmac(_SALT, ident, algorithm="sha256").hexdigest()[:32]
        return self.cache_format % {"scope": self.scope, "ident": digest}

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not _counting.lets_through():
            return True
        try:
            found = bool(super().allow_request(request, view))
        except Exception as error:  # noqa: BLE001 - caches raise what their clients do
            if _counting.failed():
                degraded("rates", "Rates cannot be counted: %s", type(error).__name__)
            return True
        _counting.succeeded()
        return found
