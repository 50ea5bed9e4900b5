"""Back to the page that a form was on."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def back(request: HttpRequest, otherwise: str) -> str:
    """The address that the form names, if it is one of ours; else the view called `otherwise`."""
    url = request.POST.get("next", "")
    here = url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())
    return url if here else reverse(otherwise)
