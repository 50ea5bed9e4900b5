"""Template tags: shelves of recommendations, raw lists, and the visitor's tier."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader import select_template
from django.utils.safestring import SafeString

from django_clvrec import serving
from django_clvrec.conf import load_class
from django_clvrec.core.ranking import DISCOVER
from django_clvrec.serving import DEFAULT_N, Answer

register = template.Library()


@register.simple_tag(takes_context=True)
def recommendations(  # noqa: PLR0917 - a tag's arguments may stand in order
    context: Context,
    level: str | None = None,
    n: int = DEFAULT_N,
    intent: str = DISCOVER,
    title: str = "",
    customer: str | None = None,
) -> SafeString:
    """A shelf for the visitor, from `clvrec/recommendations/<tier>.html` or `default.html`.

    The template gets `title`, `level`, `intent`, `answer` and `items`, each with `key`, `rank`
    and `object`; it renders nothing where there is nothing to show.
    """
    key = customer or customer_key(context)
    answer = serving.recommend(key, level, n, intent, with_objects=True)
    tier = serving.tier_in(answer.snapshot_id, key)  # of the same snapshot as the list
    names = [f"clvrec/recommendations/{name}.html" for name in (tier, "default")]
    values = {"title": title, "level": answer.level, "intent": intent, "answer": answer}
    chosen = select_template(names)
    shelf: SafeString = chosen.render(values | {"items": answer.items}, request_of(context))
    return shelf


@register.simple_tag(takes_context=True)
def get_recommendations(
    context: Context,
    level: str | None = None,
    n: int = DEFAULT_N,
    intent: str = DISCOVER,
    customer: str | None = None,
) -> Answer:
    """The same as a list: `{% get_recommendations "product" n=8 as items %}`."""
    key = customer or customer_key(context)
    return serving.recommend(key, level, n, intent, with_objects=True)


@register.simple_tag
def popular_items(level: str | None = None, n: int = DEFAULT_N) -> Answer:
    """What is popular with everyone: `{% popular_items "product" n=8 as items %}`."""
    return serving.recommend(None, level, n, with_objects=True)


@register.simple_tag(takes_context=True)
def customer_tier(context: Context, customer: str | None = None) -> str:
    """The visitor's tier, to choose what to show by it. Do not print it: it is a judgement."""
    return serving.tier_of(customer or customer_key(context))


def customer_key(context: Any) -> str | None:
    """The key of the customer whose request is rendered, and who wants lists of their own."""
    request, policy = request_of(context), load_class("POLICY")()
    if request is None or not policy.is_personalised(request):
        return None
    key: str | None = policy.customer_key(request)
    return key


def request_of(context: Any) -> HttpRequest | None:
    """The request that is rendered, with or without the `request` context processor."""
    request: HttpRequest | None = getattr(context, "request", None) or context.get("request")
    return request
