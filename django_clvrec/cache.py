"""Facts kept for CACHE_SECONDS in Django's cache. It is a shortcut and never a condition.

Whatever a cache does wrong, from a server that is down to a value that cannot be pickled, is
logged and the database is asked instead. One that fails or is slow is left alone for a few
seconds, for every request would wait for it. Keys are digests under SECRET_KEY: they tell nothing
about anybody, and whoever can read the cache cannot find a customer's by trying keys out.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.core.cache import BaseCache, caches
from django.core.signals import setting_changed
from django.utils.encoding import force_bytes

from django_clvrec.conf import get_config
from django_clvrec.logs import say
from django_clvrec.looking import looker
from django_clvrec.outages import Breaker
from django_clvrec.tally import note
from django_clvrec.watching import degraded

SLOW_SECONDS = 0.5
"""A cache that takes longer saves nothing."""
WRONG_VALUES = frozenset({
    "AttributeError", "PicklingError", "TypeError", "UnpicklingError", "ValueError",
})  # fmt: skip
"""What says that a value cannot be kept; the cache works."""
_breakers: dict[str, Breaker] = defaultdict(Breaker)
"""By alias."""

Fact = tuple[Hashable, ...]
"""What kind of fact it is, and of what: `("live", source)`."""


def live_fact(source: str) -> Fact:
    """Which snapshot of a source is live: the one fact that changes."""
    return ("live", source)


def erased_fact(source: str, customer_key: str) -> Fact:
    """That a customer was erased a moment ago: what is kept of them must not be used."""
    return ("erased", source, customer_key)


def recall(fact: Fact, find: Callable[[], Any], unless: Fact | None = None) -> Any:
    """What `find` gives, or gave not longer than CACHE_SECONDS ago.

    Where the cache knows the fact `unless`, what it keeps is not used, and nothing is kept.
    """
    if unless is not None:
        known = known_facts([fact, unless])
        if unless in known:
            return find()
        if fact in known:
            return known[fact]
        remember(found := {fact: find()})
        return found[fact]
    return recall_many([fact], lambda _: {fact: find()})[fact]


def recall_many(
    facts: Iterable[Fact], find: Callable[[list[Fact]], Mapping[Fact, Any]]
) -> dict[Fact, Any]:
    """The same for many facts; `find` is asked for all that the cache does not know, at once."""
    wanted = list(facts)
    known = known_facts(wanted)
    missing = [fact for fact in wanted if fact not in known]
    if missing:
        found = find(missing)
        remember(found)
        known |= found
    return known


def known_facts(facts: list[Fact]) -> dict[Fact, Any]:
    """Those of `facts` that the cache knows; none where caching is off or fails."""
    by_key = {_key(fact): fact for fact in facts} if _seconds() else {}
    held = _tried(lambda cache: cache.get_many(list(by_key))) if by_key else None
    # values are kept in a tuple, so that None is one too
    found = {by_key[key]: value for key, (value,) in (held or {}).items()}
    if by_key:
        note("cache", len(found), found="hit")
        note("cache", len(by_key) - len(found), found="miss")
        if (one := looker()) is not None:
            one.cached(len(found), len(by_key) - len(found))
    return found


def remember(found: Mapping[Fact, Any], *, longer: int = 0) -> None:
    """Keep facts, where caching is on; for so many seconds more than CACHE_SECONDS."""
    if seconds := _seconds():
        values = {_key(fact): (value,) for fact, value in found.items()}
        _tried(lambda cache: cache.set_many(values, seconds + longer))


def forget(*facts: Fact) -> None:
    """Drop facts that have changed: here, and for all who share the cache."""
    if _seconds():
        _tried(lambda cache: cache.delete_many([_key(fact) for fact in facts]))


def _seconds() -> int:
    return int(get_config()["CACHE_SECONDS"])


def _key(fact: Fact) -> str:
    digest = _keyed(settings.SECRET_KEY).copy()
    digest.update(repr(fact).encode(errors="backslashreplace"))
    return f"clvrec:{digest.hexdigest()}"


@lru_cache(maxsize=1)
def _keyed(secret: str | bytes) -> blake2b:
    """The digest of nothing; to copy it costs a part of what it does to begin one with a key."""
    return blake2b(digest_size=16, key=blake2b(force_bytes(secret)).digest())


def _tried(use: Callable[[BaseCache], Any]) -> Any:
    alias = get_config()["CACHE_ALIAS"]
    breaker, started = _breakers[alias], time.monotonic()
    if not breaker.lets_through():
        note("degraded", reason="cache")
        return None
    try:
        found = use(caches[alias])
    except Exception as error:  # noqa: BLE001 - caches raise what their clients do
        name = type(error).__name__
        if name in WRONG_VALUES:
            degraded("cache", "The cache cannot be used for a value: %s", name)
        elif breaker.failed():
            degraded("cache", "The cache cannot be used: %s", name)
        return None
    if time.monotonic() - started > SLOW_SECONDS:
        if breaker.failed():
            degraded("cache", "The cache cannot be used: it is slower than %g s", SLOW_SECONDS)
    elif breaker.succeeded():
        say(logging.WARNING, "serving.cache_back", "The cache can be used again")
    return found


def _forget_failures(*, setting: str, **_: Any) -> None:
    if setting in {"CACHES", "CLVREC"}:
        _breakers.clear()


setting_changed.connect(_forget_failures, dispatch_uid="clvrec.cache")
