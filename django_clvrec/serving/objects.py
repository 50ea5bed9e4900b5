"""What may be shown now, as the shop's policy says: the shop's own objects by key."""

from collections.abc import Sequence
from typing import Any

from django_clvrec.cache import Fact, recall_many
from django_clvrec.conf import load_class
from django_clvrec.core.merchandising import Traits
from django_clvrec.looking import looker
from django_clvrec.policy import Policy
from django_clvrec.sources import PurchaseSource


def sellable(shop: PurchaseSource, level: str, keys: Sequence[str]) -> dict[str, Any]:
    """One query for those that the cache does not know. That one is gone is known too."""
    facts: dict[Fact, str] = {("object", shop.name, level, key): key for key in keys}

    def find(missing: list[Fact]) -> dict[Fact, tuple[Any, ...]]:
        found = policy().sellable(shop, level, [facts[fact] for fact in missing])
        return {fact: (found[key],) if (key := facts[fact]) in found else () for fact in missing}

    held = recall_many(facts, find)
    found = {key: held[fact][0] for fact, key in facts.items() if held[fact]}
    if (one := looker()) is not None:
        one.removed("policy", [key for key in keys if key not in found])
    return found


def traits_of(objects: dict[str, Any]) -> dict[str, Traits]:
    asked = policy()
    return {
        key: Traits(category=asked.category_of(one), price=asked.price_of(one))
        for key, one in objects.items()
    }


def policy() -> Policy:
    found: Policy = load_class("POLICY")()
    return found
