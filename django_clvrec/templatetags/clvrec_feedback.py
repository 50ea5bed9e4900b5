"""Template tags that report which lists came into view and what was clicked in them."""

from django import template
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from django_clvrec import feedback
from django_clvrec.outages import VISITORS, served
from django_clvrec.serving import Answer
from django_clvrec.sharing import is_shared, keep_apart
from django_clvrec.templatetags.clvrec import request_of

register = template.Library()


@register.simple_tag(takes_context=True)
def list_token(context: Context, answer: Answer, variant: str | None = None) -> str:
    """The token of a list: `<ol data-clvrec-list="{% list_token answer %}">`.

    Empty where the visitor is not tracked, and where others will get what is rendered, for it is
    made for one. Each use is another list, so write it once per shelf.
    """
    if is_shared():
        return ""
    request = request_of(context)
    found = served(
        lambda: feedback.list_token(request, answer, variant=variant), str, breaker=VISITORS
    )
    if found:
        keep_apart(request)
    return found


@register.simple_tag(takes_context=True)
def recommendation_events(context: Context) -> SafeString:
    """The script that reports, once per page; nothing where the visitor is not tracked."""
    request = request_of(context)
    if request is None:
        return SafeString("")
    if not served(lambda: feedback.subjects_of(request), lambda: (), breaker=VISITORS):
        return SafeString("")
    return format_html(
        '<script src="{}" data-clvrec-events="{}" defer></script>',
        static("clvrec/events.js"),
        reverse("clvrec:events"),
    )
