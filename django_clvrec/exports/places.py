"""How many may do something long at once: places in Django's cache, which expire by themselves.

Where the cache belongs to one process, as Django's default does, so do the places; where it is
down or keeps nothing, there is no bound.
"""

import logging
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from django.core.cache import caches
from django.utils.crypto import salted_hmac

from django_clvrec.conf import get_config
from django_clvrec.logs import say

OF_ONE, OF_ALL = 2, 8
"""Places of one person, and of everybody."""
SECONDS = 60
"""A place that nobody keeps is free again: its process was killed, or its reader has gone."""
_SALT = "django_clvrec.exports.places"


@dataclass(kw_only=True)
class Place:
    """What `take` gave; to be kept while it is used, and given back."""

    keys: list[str]
    kept_at: float = field(default_factory=monotonic)

    def keep(self) -> None:
        """Call it now and then; it asks the cache only where that is needed."""
        if monotonic() - self.kept_at > SECONDS / 4:
            self.kept_at = monotonic()
            for key in self.keys:
                _tried("touch", key, SECONDS)

    def give_back(self) -> None:
        for key in self.keys:
            _tried("delete", key)
        self.keys = []


def take(kind: str, who: Any) -> Place | None:
    """A place for `who` to do something of a kind; None where as many are taken as there may be."""
    digest = salted_hmac(_SALT, f"{who}", algorithm="sha256").hexdigest()[:32]
    place = Place(keys=[])
    for owner, most in ((digest, OF_ONE), ("all", OF_ALL)):
        key = _free(f"clvrec:place:{kind}:{owner}", most)
        if key is None:
            place.give_back()
            return None
        place.keys.append(key)
    return place


def _free(name: str, most: int) -> str | None:
    keys = [f"{name}:{number}" for number in range(most)]
    # what a broken cache says is None, and then there is no bound
    return next((key for key in keys if _tried("add", key, 1, SECONDS) is not False), None)


def _tried(name: str, *arguments: Any) -> Any:
    try:
        return getattr(caches[get_config()["CACHE_ALIAS"]], name)(*arguments)
    except Exception as error:  # noqa: BLE001 - caches raise what their clients do
        message, kind = "The cache cannot count what runs: %s", type(error).__name__
        say(logging.WARNING, "exports.uncounted", message, kind)
        return None
