"""What endpoints share: closed unless they say for whom they are open, and bounded.

A shop's defaults for REST open nothing here and change no answer: only who somebody is, and how
an answer is rendered, is left to them.
"""

from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.utils.cache import patch_cache_control
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from django_clvrec.api.parsers import BoundedJSON
from django_clvrec.api.permissions import MayInspect
from django_clvrec.api.throttles import STAFF, ShopsRate

MOST_QUERY = 16 * 1024
"""Characters behind the question mark; many servers take no longer line."""


class Endpoint(APIView):
    """For those who may inspect all customers, unless it says otherwise."""

    permission_classes: Any = (MayInspect,)
    parser_classes: Any = (BoundedJSON,)
    versioning_class = None  # the version is in the address, whatever the shop's own API does
    throttle_classes: Any = (ShopsRate,)
    throttle_scope = STAFF

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_long(request)
        super().initial(request, *args, **kwargs)

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        """Nobody keeps an answer for others, whatever it is that tells who asks: a site's cache of
        pages knows cookies of sessions, and not each header that an API takes for a key."""
        found = super().finalize_response(request, response, *args, **kwargs)
        if not found.has_header("Cache-Control"):
            patch_cache_control(found, private=True, no_store=True)
        return found


def refuse_long(request: Request) -> None:
    """Raises ParseError before anything else looks at a query that is too long."""
    if len(request.META.get("QUERY_STRING", "")) > MOST_QUERY:
        raise ParseError(f"The query is longer than {MOST_QUERY} characters. Ask for less at once.")
    try:
        request.query_params  # noqa: B018 - reads it
    except SuspiciousOperation as error:
        raise ParseError("The query has too many parameters. Ask for less at once.") from error


class Nothing(APIView):
    """An address at which there is nothing, the same for everybody and every method."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    versioning_class = None
    throttle_classes = ()
    metadata_class = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound("There is no such address.")

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        raise NotFound
