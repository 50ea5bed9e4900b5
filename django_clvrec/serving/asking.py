"""What the policy tells of a request besides the customer."""

from typing import Any

from django.http import HttpRequest

from django_clvrec.serving.objects import policy


def told_by(request: HttpRequest | None, customer_key: str | None) -> dict[str, Any]:
    """`visitor` for `recommend`; none where there is no request."""
    if request is None:
        return {}
    return {"visitor": None if customer_key else policy().visitor_key(request)}
