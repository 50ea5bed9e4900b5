"""What the policy tells of a request besides the customer."""

from typing import Any

from django.http import HttpRequest

from django_clvrec.serving.objects import policy


def told_by(request: HttpRequest | None, customer_key: str | None) -> dict[str, Any]:
    """`context` and `visitor` for `recommend`; none where there is no request."""
    if request is None:
        return {}
    asked = policy()
    visitor = None if customer_key else asked.visitor_key(request)
    return {"context": asked.context(request), "visitor": visitor}
