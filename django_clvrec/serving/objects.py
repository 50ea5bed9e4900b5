"""The shop's own objects for the items of an answer."""

from typing import Any

from django_clvrec.cache import Fact, recall_many
from django_clvrec.sources import PurchaseSource

SPARE = 5
"""Items read beyond `n`, for those that the shop does not have any more."""


def first_objects(shop: PurchaseSource, level: str, keys: list[str], n: int) -> dict[str, Any]:
    """Objects for the first keys; for all of them where too many are gone."""
    first, rest = keys[: n + SPARE], keys[n + SPARE :]
    found = _objects(shop, level, first)
    if len(found) < n and rest:
        found |= _objects(shop, level, rest)
    return found


def _objects(shop: PurchaseSource, level: str, keys: list[str]) -> dict[str, Any]:
    """One query for those that the cache does not know. That one is gone is known too."""
    facts: dict[Fact, str] = {("object", shop.name, level, key): key for key in keys}

    def find(missing: list[Fact]) -> dict[Fact, tuple[Any, ...]]:
        found = shop.items_in_bulk(level, [facts[fact] for fact in missing])
        return {fact: (found[key],) if (key := facts[fact]) in found else () for fact in missing}

    held = recall_many(facts, find)
    return {key: held[fact][0] for fact, key in facts.items() if held[fact]}
