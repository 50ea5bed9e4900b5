"""Staff who look at the shop as a customer sees it: lists of that customer, in their own session.

A signed cookie of half an hour says whose lists. Nobody is signed in as anybody: cart, account and
orders stay those of the member of staff, and nothing they do counts as feedback.
"""

from collections.abc import Callable

from django.core import signing
from django.http import HttpRequest, HttpResponse

from django_clvrec.sharing import keep_apart

COOKIE = "clvrec_preview"
SECONDS = 1800
_SALT = "django_clvrec.preview"


def begin(request: HttpRequest, response: HttpResponse, customer_key: str) -> None:
    """From the next request on, lists are those of `customer_key`."""
    told = {"customer": customer_key, "by": str(request.user.pk)}
    response.set_cookie(
        COOKIE,
        signing.dumps(told, salt=_SALT),
        max_age=SECONDS,
        httponly=True,
        samesite="Strict",
        secure=request.is_secure(),
    )


def end(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, samesite="Strict")


def customer_of(
    request: HttpRequest, may_inspect: Callable[[HttpRequest, str], bool]
) -> str | None:
    """Whose lists the sender is to see, if it is staff who `may_inspect` that customer.

    Visitors have no such cookie, so they cost nothing. A page that asks here in a preview is not
    kept for others by Django's cache of pages.
    """
    cookie = request.COOKIES.get(COOKIE)
    if not cookie:
        return None
    try:
        told = signing.loads(cookie, salt=_SALT, max_age=SECONDS)
    except signing.BadSignature:
        return None
    user = getattr(request, "user", None)
    key = str(told["customer"])
    if user is None or str(user.pk) != told["by"] or not may_inspect(request, key):
        return None
    keep_apart(request)
    return key
