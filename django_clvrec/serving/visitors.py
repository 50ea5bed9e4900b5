"""What the sender of a request is shown: the policy is asked who that is."""

from typing import Any

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from django_clvrec.core.ranking import DISCOVER
from django_clvrec.core.tiers import NEW
from django_clvrec.outages import served
from django_clvrec.serving.answers import DEFAULT_N, Answer
from django_clvrec.serving.asking import source_of, told_by
from django_clvrec.serving.objects import policy
from django_clvrec.serving.request import recommend
from django_clvrec.serving.standby import popular_standby
from django_clvrec.serving.tiers import segment_of, tier_of
from django_clvrec.sharing import keep_apart

_SALT = "django_clvrec.shelf"


def known_customer(request: HttpRequest | None, customer: str | None = None) -> str | None:
    """`customer`, or else who asks; a page that is made for one is not kept for others."""
    key = customer or (None if request is None else policy().known_customer(request))
    if key:
        keep_apart(request)
    return key


def recommend_for(
    request: HttpRequest | None,
    level: str | None = None,
    n: int = DEFAULT_N,
    intent: str = DISCOVER,
    *,
    customer: str | None = None,
    **more: Any,
) -> Answer:
    """`recommend` for `customer`, or else for whoever sends `request`, with the shop's objects.

    `more` is what `recommend` takes besides; the source is the policy's to say. While the database
    does not even tell who asks, it is what everybody is shown.
    """
    more = {"source": source_of(request)} | more

    def mine() -> Answer:
        key = known_customer(request, customer)
        told = told_by(request, key)
        return recommend(key, level, n, intent, **{"with_objects": True} | told | more)

    return served(mine, lambda: popular_standby(None, level, n, intent, **more))


def tier_for(request: HttpRequest | None, customer: str | None = None) -> str:
    """The tier of `customer`, or else of whoever sends `request`; `new` while the database does not
    answer."""
    return served(
        lambda: tier_of(known_customer(request, customer), source_of(request)), lambda: NEW
    )


def segment_for(request: HttpRequest | None, customer: str | None = None) -> str:
    """The segment of `customer`, or else of whoever sends `request`; empty where none is known."""
    return served(lambda: segment_of(known_customer(request, customer), source_of(request)), str)


def shelf_key(request: HttpRequest | None) -> str:
    """The same for one visitor, and another for each of those whose shelves may differ.

    A digest, for keys of caches can be read by more people than the cache itself.
    """
    if request is None:
        return ""
    asked = policy()
    visitor = (known_customer(request), asked.visitor_key(request), asked.context(request))
    told = (*visitor, asked.source_of(request))
    return salted_hmac(_SALT, repr(told), algorithm="sha256").hexdigest()[:32] if any(told) else ""
