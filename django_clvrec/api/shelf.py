"""`GET shelf/<signed>/`: one shelf of a page as HTML, for whoever asks."""

from django.http import Http404, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from rest_framework.authentication import BaseAuthentication
from rest_framework.renderers import StaticHTMLRenderer
from rest_framework.request import Request

from django_clvrec.api.standby import VisitorView
from django_clvrec.api.throttles import SHELF
from django_clvrec.exceptions import BadShelfAddress
from django_clvrec.serving import source_of
from django_clvrec.shelves import read_address, render_fetched


class AsPagesDo(BaseAuthentication):
    """Whom Django's middleware found, for a shelf must be the same in its page and fetched."""

    def authenticate(self, request: Request) -> tuple[object, None] | None:
        user = getattr(request._request, "user", None)
        return (user, None) if user is not None and user.is_authenticated else None


class Shelf(VisitorView):
    """What replaces a placeholder: 200 and nothing where there is nothing to show, for with 204
    htmx would leave the placeholder in the page."""

    authentication_classes = (AsPagesDo,)
    renderer_classes = (StaticHTMLRenderer,)
    throttle_scope = SHELF

    def get(self, request: Request, signed: str) -> HttpResponse:
        try:
            shelf = read_address(signed, source_of(request._request))
        except BadShelfAddress as error:
            raise Http404(str(error)) from error
        html = render_fetched(shelf, request._request)
        response = HttpResponse(html.strip(), headers={"X-Robots-Tag": "noindex"})
        if shelf.language:
            response.headers["Content-Language"] = shelf.language
        patch_cache_control(response, private=True, no_store=True)
        patch_vary_headers(response, ["Cookie"])
        return response
