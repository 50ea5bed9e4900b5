"""Every address of the API and of the admin's pages here, as the URLconf has them."""

from django.contrib import admin
from django.urls import URLResolver

from django_clvrec.api import urls

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def of_api():
    return {route.replace("clvrec_key:", "") for route in _walk(urls.urlpatterns)}


def of_admin():
    found = _walk(admin.site.get_urls())
    return {route.removeprefix("clvrec/") for route in found if route.startswith("clvrec/")}


def _walk(patterns, before=""):
    for one in patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, route)
        else:
            yield route
