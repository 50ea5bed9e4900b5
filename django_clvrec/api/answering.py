"""A list as the visitor who asked for it gets it."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from django_clvrec.api.serializers import item_for_visitors
from django_clvrec.feedback import list_token
from django_clvrec.serving import Answer, AnswerSource


def to_visitor(request: Request, answer: Answer) -> Response:
    """With the token by which the visitor, and nobody else, can report the list."""
    told = for_visitors(answer) | {"list": list_token(request, answer)}
    return Response(told, headers={"Cache-Control": "private"})


def for_visitors(answer: Answer) -> dict[str, Any]:
    """Whether a list comes from the visitor's tier is not told: it would tell the tier."""
    popular = answer.source == AnswerSource.POPULAR_IN_TIER
    return {
        "level": answer.level,
        "intent": answer.intent,
        "source": AnswerSource.POPULAR if popular else answer.source,
        "reason": answer.reason,
        "results": [item_for_visitors(item) for item in answer],
    }
