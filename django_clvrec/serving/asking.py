"""What the policy tells of a request besides the customer."""

from typing import Any

from django.http import HttpRequest

from django_clvrec.policy import Policy
from django_clvrec.serving.objects import policy

CUSTOMER = "customer:"
"""Begins the `visitor` of a customer who is not to be known: it is drawn for as the customer is."""


def source_of(request: HttpRequest | None) -> str | None:
    """The name of the source that answers a request; None for the first one."""
    return None if request is None else policy().source_of(request)


def told_by(request: HttpRequest | None, customer_key: str | None) -> dict[str, Any]:
    """`context` and `visitor` for `recommend`; none where there is no request."""
    if request is None:
        return {}
    asked = policy()
    visitor = None if customer_key else _visitor(request, asked)
    return {"context": asked.context(request), "visitor": visitor}


def _visitor(request: HttpRequest, asked: Policy) -> str | None:
    """Of a customer who wants no lists of their own still the customer, as feedback counts it: by
    session, each signing in would draw another variant."""
    key = asked.customer_key(request)
    return f"{CUSTOMER}{key}" if key else asked.visitor_key(request)
