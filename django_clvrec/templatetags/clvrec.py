"""Template tags: shelves of recommendations, raw lists, and the visitor's tier."""

from typing import Any

from django import template
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.context import Context
from django.template.loader import select_template
from django.utils.safestring import SafeString

from django_clvrec import serving
from django_clvrec.conf import load_class
from django_clvrec.core.ranking import DISCOVER
from django_clvrec.serving import DEFAULT_N, Answer

register = template.Library()

DEFAULT_TEMPLATES = ["clvrec/recommendations/default.html"]


@register.simple_tag(takes_context=True)
def recommendations(  # noqa: PLR0917 - a tag's arguments may stand in order
    context: Context,
    level: str | None = None,
    n: int = DEFAULT_N,
    intent: str = DISCOVER,
    title: str = "",
    customer: str | None = None,
) -> SafeString:
    """A shelf for the visitor, from `clvrec/recommendations/<tier>.html` or `default.html`, or
    from the template of an experiment's variant.

    The template gets `title`, `level`, `intent`, `answer` and `items`, each with `key`, `rank`
    and `object`; it renders nothing where there is nothing to show.
    """
    key = customer or customer_key(context)
    told = serving.told_by(request_of(context), key)
    answer = serving.recommend(key, level, n, intent, with_objects=True, explain=True, **told)
    own = [answer.template] if answer.template else []
    names = [*own, f"clvrec/recommendations/{answer.tier}.html", *DEFAULT_TEMPLATES]
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
    told = serving.told_by(request_of(context), key)
    return serving.recommend(key, level, n, intent, with_objects=True, **told)


@register.simple_tag(takes_context=True)
def related(  # noqa: PLR0917 - a tag's arguments may stand in order
    context: Context,
    items: Any,
    level: str | None = None,
    n: int = DEFAULT_N,
    relation: str = "together",
    title: str = "",
) -> SafeString:
    """A shelf of what goes with an item, or with a list of them: the objects or their keys.

    `relation` is "together", bought in the same order, or "also", bought by the same customers.
    The template is `clvrec/recommendations/related.html` or else `default.html`.
    """
    answer = serving.related(keys_of(items), level, n, relation, with_objects=True)
    values = {"title": title, "level": answer.level, "intent": answer.intent, "answer": answer}
    chosen = select_template(["clvrec/recommendations/related.html", *DEFAULT_TEMPLATES])
    shelf: SafeString = chosen.render(values | {"items": answer.items}, request_of(context))
    return shelf


@register.simple_tag
def get_related(
    items: Any, level: str | None = None, n: int = DEFAULT_N, relation: str = "together"
) -> Answer:
    """The same as a list: `{% get_related product "product" n=6 as items %}`."""
    return serving.related(keys_of(items), level, n, relation, with_objects=True)


@register.simple_tag
def popular_items(level: str | None = None, n: int = DEFAULT_N) -> Answer:
    """What is popular with everyone: `{% popular_items "product" n=8 as items %}`."""
    return serving.recommend(None, level, n, with_objects=True, explore=False)


@register.simple_tag(takes_context=True)
def customer_tier(context: Context, customer: str | None = None) -> str:
    """The visitor's tier, to choose what to show by it. Do not print it: it is a judgement."""
    return serving.tier_of(customer or customer_key(context))


@register.simple_tag(takes_context=True)
def customer_segment(context: Context, customer: str | None = None) -> str:
    """The segment that the live snapshot puts the visitor into, to choose what to show by it;
    empty where none is known. Do not print it. One query."""
    return serving.segment_of(customer or customer_key(context))


@register.filter
def price_for(price: Any, tier: str) -> Any:
    """What a customer of a tier pays, as the policy says: `{{ product.price|price_for:tier }}`."""
    return load_class("POLICY")().price_for(price, tier)


def keys_of(items: Any) -> list[str]:
    """Keys of one object or key, or of several."""
    several = items if isinstance(items, (list, tuple, set, QuerySet)) else [items]
    return [str(getattr(item, "pk", item)) for item in several]


def customer_key(context: Any) -> str | None:
    """The key of the customer whose request is rendered."""
    request = request_of(context)
    return None if request is None else load_class("POLICY")().known_customer(request)


def request_of(context: Any) -> HttpRequest | None:
    """The request that is rendered, with or without the `request` context processor."""
    request: HttpRequest | None = getattr(context, "request", None) or context.get("request")
    return request
