"""Templates as pages show them, rendered with what a shop's page would give them."""

import re
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.template import engines

from django_clvrec.serving import recommend
from tests.shelf import Shelf, product


def render(text: str, request: HttpRequest) -> str:
    """The page, or the template of a shelf, for a visitor of a shop with one product."""
    request.session, request.user = SessionStore(), AnonymousUser()
    request.session.save()
    one = product("Oats")
    Shelf().popular(one)
    answer = recommend(None, level="product", with_objects=True)
    context: dict[str, Any] = {
        "answer": answer,
        "heading_id": "shelf",
        "items": answer.items,
        "level": "product",
        "product": one,
        "products": [one],
        "title": "For you",
    }
    return str(engines["django"].from_string(text).render(context, request))


def tags_are_balanced(text: str) -> bool:
    """Whether every element of a piece of HTML that has to be closed is."""
    plain = re.sub(r"{%.*?%}|{{.*?}}|<!--.*?-->", "", text, flags=re.DOTALL)
    opened: list[str] = []
    for slash, name in re.findall(r"<(/?)([a-z][\w-]*)\b[^>]*>", plain):
        if slash:
            if not opened or opened.pop() != name:
                return False
        elif name not in {"img", "link", "input", "meta", "br", "hr"}:
            opened.append(name)
    return not opened
