"""The lists of a customer of whom only a pseudonym is known: as the snapshot stored them."""

from typing import Any

from django.utils.translation import gettext as _

from django_clvrec.core.ranking import INTENTS
from django_clvrec.models import CustomerScore, Intent, Recommendation
from django_clvrec.office.words import source_label
from django_clvrec.serving import AnswerSource
from django_clvrec.sources import PurchaseSource

Keys = dict[tuple[str, str], list[str]]
"""Item keys by level and intent."""


def stored_lists(shop: PurchaseSource, row: CustomerScore, n: int) -> list[dict[str, Any]]:
    """The first `n` items of each list. One query, and one for the items of each level."""
    lists = Recommendation.objects.filter(snapshot=row.snapshot, customer_key=row.customer_key)
    found = {(one.level, one.intent): [key for key, _score in one.items[:n]] for one in lists}
    return [_level(shop, level, found) for level in shop.levels]


def _level(shop: PurchaseSource, level: str, found: Keys) -> dict[str, Any]:
    by_intent = {intent: found.get((level, intent), []) for intent in INTENTS}
    objects = shop.items_in_bulk(level, {key for keys in by_intent.values() for key in keys})
    return {
        "name": level,
        "answers": [_answer(intent, keys, objects) for intent, keys in by_intent.items()],
    }


def _answer(intent: str, keys: list[str], objects: dict[str, Any]) -> dict[str, Any]:
    return {
        "label": Intent(intent).label,
        "source": source_label(AnswerSource.STORED) if keys else "–",
        "items": [{"object": objects.get(key, key)} for key in keys],
        "reason": _("No list of their own: they see what is popular."),
    }
