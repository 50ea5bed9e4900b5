"""Facts kept for CACHE_SECONDS in Django's cache. It is a shortcut and never a condition.

Whatever a cache does wrong, from a server that is down to a value that cannot be pickled, is
logged and the database is asked instead. Keys are digests: they tell nothing about anybody.
"""

import logging
from collections.abc import Callable, Hashable, Iterable, Mapping
from hashlib import blake2b
from typing import Any

from django.core.cache import BaseCache, caches

from django_clvrec.conf import get_config

logger = logging.getLogger("django_clvrec")

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
    return {by_key[key]: value for key, (value,) in (held or {}).items()}


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
    text = repr(fact).encode(errors="backslashreplace")
    return f"clvrec:{blake2b(text, digest_size=16).hexdigest()}"


def _tried(use: Callable[[BaseCache], Any]) -> Any:
    try:
        return use(caches[get_config()["CACHE_ALIAS"]])
    except Exception as error:  # noqa: BLE001 - caches raise what their clients do
        logger.warning("The cache cannot be used: %s", type(error).__name__)
        return None
