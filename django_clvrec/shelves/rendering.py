"""A described shelf as HTML, now or later."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.template.context_processors import csrf
from django.template.loader import get_template, select_template
from django.utils import translation
from django.utils.http import escape_leading_slashes, url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString, mark_safe

from django_clvrec.outages import served
from django_clvrec.serving import Answer
from django_clvrec.shelves.addresses import address_of
from django_clvrec.shelves.described import DescribedShelf

PLACEHOLDER = "clvrec/recommendations/placeholder.html"


def render_now(
    shelf: DescribedShelf,
    request: HttpRequest | None,
    *,
    customer: str | None = None,
    is_lazy: bool = False,
) -> SafeString:
    """The shelf as `customer`, or else whoever sends `request`, sees it.

    With `is_lazy`, `request` asks for the shelf alone, and its page is elsewhere. While the
    database does not answer it is the same for all, and in need without a word.
    """

    def rendered(answer: Answer, asking: HttpRequest | None, more: dict[str, Any]) -> SafeString:
        chosen = select_template(shelf.templates(answer))
        values = _values(shelf) | {"answer": answer, "items": answer.items} | more
        values |= {"is_lazy": is_lazy, "page_path": _page_path(request, is_lazy=is_lazy)}
        return _html(chosen.render(values, asking))

    return served(
        lambda: rendered(shelf.answer(request, customer), request, {}),
        # without the request: context processors of the shop would ask the database
        lambda: rendered(shelf.standby(), None, csrf(request) if request else {}),
        SafeString,
    )


def render_later(shelf: DescribedShelf, request: HttpRequest | None) -> SafeString:
    """A placeholder that holds the shelf's room, the same for everybody.

    No query, and nothing is asked of the visitor. It is rendered without the request, for a context
    processor may look into the session, and then no cache would keep the page. Where its address
    would be too long, the shelf is rendered now.
    """
    address = address_of(shelf)
    if address is None:
        return render_now(shelf, request)
    values = _values(shelf) | {"address": address, "places": range(shelf.n), "is_lazy": True}
    return _html(get_template(PLACEHOLDER).render(values))


def render_fetched(shelf: DescribedShelf, request: HttpRequest) -> SafeString:
    """What replaces the placeholder, in its page's language."""
    with translation.override(shelf.language):
        return render_now(shelf, request, is_lazy=True)


def _html(rendered: str) -> SafeString:
    """A template's result as what it is: engines other than Django's own give plain text."""
    return mark_safe(rendered)  # noqa: S308 - a template has escaped it  # nosec B308 B703


def _page_path(request: HttpRequest | None, *, is_lazy: bool) -> str:
    """The path of the page that the shelf stands on. Of one that is fetched the browser tells it;
    empty where it does not, or names another site."""
    if request is None:
        return ""
    if not is_lazy:
        return request.get_full_path()
    told = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(told, {request.get_host()}):
        return ""
    found = urlsplit(told)
    path = escape_leading_slashes(found.path)  # "//elsewhere/" would be another site
    return f"{path}?{found.query}" if found.query else path


def _values(shelf: DescribedShelf) -> dict[str, Any]:
    return {
        "title": shelf.title,
        "level": shelf.level,
        "intent": shelf.shown_intent,
        "heading_id": shelf.heading_id,
        "has_reasons": shelf.has_reasons,
    }
