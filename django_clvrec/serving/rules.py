"""The rules of the shop window, from settings and from the admin, as one list meets them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.dateparse import parse_datetime

from django_clvrec.cache import recall
from django_clvrec.conf import get_config
from django_clvrec.core.merchandising import ShopRule, Window
from django_clvrec.models import MerchandisingRule
from django_clvrec.replica import read_database
from django_clvrec.serving.stored import Live

FIELDS = (
    "source", "level", "action", "items", "categories", "tiers", "price_from", "price_to",
    "starts_at", "ends_at", "factor", "position",
)  # fmt: skip


def window_for(source: str, live: Live, level: str, tier: str, now: datetime) -> Window:
    """No query where admins keep no rule; one where they do."""
    given = [rule for rule in get_config()["RULES"] if rule.get("level") == level]
    kept = _kept(source, level) if live.has_rules else []
    rules = tuple(rule_of(one) for one in _in_force((*given, *kept), source, tier, now))
    return Window(rules=rules, most_per_category=get_config()["MOST_PER_CATEGORY"])


def _kept(source: str, level: str) -> list[dict[str, Any]]:
    rows = MerchandisingRule.objects.using(read_database()).filter(
        Q(source=source) | Q(source=""), is_active=True
    )
    found: list[dict[str, Any]] = recall(
        ("rules", source, level), lambda: list(rows.filter(level=level).values(*FIELDS))
    )
    return found


def _in_force(
    rules: Iterable[Mapping[str, Any]], source: str, tier: str, now: datetime
) -> Iterator[Mapping[str, Any]]:
    from django_clvrec.serving.visit import moment_of

    for rule in rules:
        begin, end = _moment(rule.get("starts_at")), _moment(rule.get("ends_at"))
        if (
            rule.get("source") in {None, "", source}
            and (not rule.get("tiers") or tier in rule["tiers"])
            and (begin is None or moment_of(begin) <= now)
            and (end is None or now < moment_of(end))
        ):
            yield rule


def _moment(value: Any) -> datetime | None:
    return parse_datetime(value) if isinstance(value, str) else value


def rule_of(given: Mapping[str, Any]) -> ShopRule:
    return ShopRule(
        action=given["action"],
        items=tuple(map(str, given.get("items") or ())),
        categories=frozenset(map(str, given.get("categories") or ())),
        price_from=_decimal(given.get("price_from")),
        price_to=_decimal(given.get("price_to")),
        factor=float(given.get("factor", 1)),
        position=int(given.get("position", 1)),
    )


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
