"""What a page with shelves needs besides them: the stylesheet, the scripts, prices and pictures."""

from typing import Any
from uuid import uuid4

from django import template
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from django_clvrec import serving
from django_clvrec.conf import load_class
from django_clvrec.outages import VISITORS, served
from django_clvrec.templatetags.clvrec import request_of

register = template.Library()


@register.simple_tag
def shelf_styles() -> SafeString:
    """The stylesheet of the default templates, once per page, before your own."""
    return format_html('<link rel="stylesheet" href="{}">', static("clvrec/shelf.css"))


@register.simple_tag
def shelf_scripts() -> SafeString:
    """The scripts that fetch lazy shelves and report what is shown, once per page.

    The same for everybody, so that a page can be kept in a cache: who is not tracked gets lists
    without a token, and of those nothing is reported. It stands instead of `recommendation_events`.
    """
    return format_html(
        '<script src="{}" defer></script>\n'
        '<script src="{}" data-clvrec-events="{}" defer></script>',
        static("clvrec/shelf.js"),
        static("clvrec/events.js"),
        reverse("clvrec:events"),
    )


@register.simple_tag(takes_context=True)
def shelf_key(context: Context) -> str:
    """What tells apart for whom shelves differ, for a fragment that is kept for each visitor:
    `{% shelf_key as mine %}{% cache 300 for_you mine %}`. Empty for who is shown what all are."""
    request = request_of(context)
    # while nobody can tell who asks, a key that nobody else has: the shelf may still be theirs
    return served(lambda: serving.shelf_key(request), lambda: uuid4().hex, breaker=VISITORS)


@register.filter
def price_text(item: Any, tier: str) -> str:
    """What a customer of a tier pays for an item's object, as text; empty where none is known:
    `{{ item.object|price_text:answer.tier }}`."""
    policy = load_class("POLICY")()
    price = policy.price_of(item)
    return "" if price is None else str(policy.price_text(policy.price_for(price, tier)))


@register.filter
def image_of(item: Any) -> str:
    """The address of an item's picture; empty where it has none: `{{ item.object|image_of }}`."""
    return load_class("POLICY")().image_of(item) or ""
