"""Template tags: shelves of recommendations, raw lists, and the visitor's tier."""

from collections import Counter
from dataclasses import replace
from typing import Any

from django import template
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.context import Context
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from django_clvrec import preview, serving
from django_clvrec.conf import load_class
from django_clvrec.core.ranking import DISCOVER
from django_clvrec.outages import served
from django_clvrec.serving import DEFAULT_N, Answer
from django_clvrec.sharing import refuse_shared
from django_clvrec.shelves import (
    DescribedShelf,
    RecommendedShelf,
    RelatedShelf,
    render_later,
    render_now,
)
from django_clvrec.sources import get_source

register = template.Library()


@register.simple_tag(takes_context=True)
def recommendations(  # noqa: PLR0917 - a tag's arguments may stand in order
    context: Context,
    level: str | None = None,
    n: int = DEFAULT_N,
    intent: str = DISCOVER,
    title: str = "",
    customer: str | None = None,
    lazy: bool = False,
) -> SafeString:
    """A shelf for the visitor, from `clvrec/recommendations/<tier>.html` or `default.html`, or
    from the template of an experiment's variant.

    The template gets `title`, `level`, `intent`, `answer` and `items`, each with `key`, `rank`
    and `object`; it renders nothing where there is nothing to show. With `lazy` a placeholder
    stands in the page, and the shelf is fetched when it comes near: for whoever asks.
    """
    source = source_in(context)
    shelf = RecommendedShelf(level=level, n=n, intent=intent, title=title, source=source)
    if lazy and customer:
        raise ValueError("A lazy shelf is for whoever asks: give customer, or lazy, but not both.")
    if not lazy:
        refuse_shared("recommendations")
    return _rendered(context, shelf, customer=customer, lazy=lazy)


@register.simple_tag(takes_context=True)
def get_recommendations(
    context: Context,
    level: str | None = None,
    n: int = DEFAULT_N,
    intent: str = DISCOVER,
    customer: str | None = None,
) -> Answer:
    """The same as a list: `{% get_recommendations "product" n=8 as items %}`."""
    refuse_shared("get_recommendations")
    return serving.recommend_for(request_of(context), level, n, intent, customer=customer)


@register.simple_tag(takes_context=True)
def related(  # noqa: PLR0917 - a tag's arguments may stand in order
    context: Context,
    items: Any,
    level: str | None = None,
    n: int = DEFAULT_N,
    relation: str = "together",
    title: str = "",
    lazy: bool = False,
) -> SafeString:
    """A shelf of what goes with an item, or with a list of them: the objects or their keys.

    `relation` is "together", bought in the same order, or "also", bought by the same customers.
    The template is `clvrec/recommendations/related.html` or else `default.html`. `lazy` is that of
    `recommendations`; the keys are then in an address, so leave it where the items are a cart.
    """
    source = source_in(context)
    keys = tuple(keys_of(items, level, source))
    shelf = RelatedShelf(
        items=keys, level=level, n=n, relation=relation, title=title, source=source
    )
    return _rendered(context, shelf, lazy=lazy)


@register.simple_tag(takes_context=True)
def get_related(
    context: Context,
    items: Any,
    level: str | None = None,
    n: int = DEFAULT_N,
    relation: str = "together",
) -> Answer:
    """The same as a list: `{% get_related product "product" n=6 as items %}`."""
    source = source_in(context)
    keys = keys_of(items, level, source)
    return serving.related(keys, level, n, relation, source=source, with_objects=True)


@register.simple_tag(takes_context=True)
def popular_items(context: Context, level: str | None = None, n: int = DEFAULT_N) -> Answer:
    """What is popular with everyone: `{% popular_items "product" n=8 as items %}`."""
    source = source_in(context)
    return serving.recommend(None, level, n, source=source, with_objects=True, explore=False)


@register.simple_tag(takes_context=True)
def customer_tier(context: Context, customer: str | None = None) -> str:
    """The visitor's tier, to choose what to show by it; `new` while the database does not answer.
    Do not print it: it is a judgement."""
    refuse_shared("customer_tier")
    return serving.tier_for(request_of(context), customer)


@register.simple_tag(takes_context=True)
def customer_segment(context: Context, customer: str | None = None) -> str:
    """The segment that the live snapshot puts the visitor into, to choose what to show by it;
    empty where none is known. Do not print it. One query."""
    refuse_shared("customer_segment")
    return serving.segment_for(request_of(context), customer)


@register.simple_tag(takes_context=True)
def preview_of(context: Context) -> str:
    """The customer as whom staff see the shop, for a way back; empty for everybody else."""
    request = request_of(context)
    if request is None:
        return ""
    may_inspect = load_class("POLICY")().may_inspect_customer
    return served(lambda: preview.customer_of(request, may_inspect) or "", str)


@register.filter
def price_for(price: Any, tier: str) -> Any:
    """What a customer of a tier pays, as the policy says: `{{ product.price|price_for:tier }}`."""
    return load_class("POLICY")().price_for(price, tier)


def _rendered(
    context: Context, shelf: DescribedShelf, *, customer: str | None = None, lazy: bool
) -> SafeString:
    request = request_of(context)
    shelf = replace(shelf, nth=_repeated(request, shelf.heading_id), language=get_language())
    if lazy:
        return render_later(shelf, request)
    return render_now(shelf, request, customer=customer)


def _repeated(request: HttpRequest | None, name: str) -> int:
    """How often the page had a shelf of this name before."""
    if request is None:
        return 0
    seen: Counter[str] = vars(request).setdefault("_clvrec_shelves", Counter())
    seen[name] += 1
    return seen[name] - 1


def keys_of(items: Any, level: str | None = None, source: str | None = None) -> list[str]:
    """Keys at `level` of one object or key, or of several, each once. Raises UnknownLevel."""
    shop = get_source(source)
    level = shop.check_level(level or shop.levels[0])
    several = items if isinstance(items, (list, tuple, set, QuerySet)) else [items]
    return list(dict.fromkeys(shop.key_of(level, item) for item in several))


def source_in(context: Any) -> str | None:
    """The name of the source that answers the request that is rendered."""
    return serving.source_of(request_of(context))


def request_of(context: Any) -> HttpRequest | None:
    """The request that is rendered, with or without the `request` context processor."""
    request: HttpRequest | None = getattr(context, "request", None) or context.get("request")
    return request
