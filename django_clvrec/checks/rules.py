"""Judges the rules of the shop window that stand in settings."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.dateparse import parse_datetime

from django_clvrec.core.merchandising import ACTIONS, PIN
from django_clvrec.core.segments import rules_of
from django_clvrec.core.tiers import NEW, TIERS
from django_clvrec.serving.rules import FIELDS


def are_rules(value: Any) -> bool:
    """Whether it is a list of rules that a list can follow."""
    return isinstance(value, (list, tuple)) and all(map(_is_rule, value))


def _is_rule(rule: Any) -> bool:
    if not isinstance(rule, Mapping) or not {*rule} <= {*FIELDS}:
        return False
    lists = [rule.get(name, []) for name in ("items", "categories", "tiers")]
    return (
        isinstance(rule.get("level"), str)
        and rule.get("action") in ACTIONS
        and all(isinstance(one, (list, tuple)) for one in lists)
        and set(lists[2]) <= {NEW, *TIERS}
        and (rule["action"] != PIN or bool(lists[0]))
        and all(_is_price(rule.get(name)) for name in ("price_from", "price_to"))
        and all(_is_moment(rule.get(name)) for name in ("starts_at", "ends_at"))
        and _is_number(rule.get("factor", 1.0))
        and type(rule.get("position", 1)) is int
        and rule.get("position", 1) >= 1
    )


def _is_price(value: Any) -> bool:
    try:
        return value is None or Decimal(str(value)).is_finite()
    except InvalidOperation:
        return False


def _is_moment(value: Any) -> bool:
    try:
        return value is None or isinstance(value, datetime) or parse_datetime(value) is not None
    except (TypeError, ValueError):
        return False


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def are_segments(table: Any) -> bool:
    """Whether a table names one segment for every customer."""
    if not isinstance(table, (list, tuple)):
        return False
    try:
        rules_of(table)
    except ValueError:
        return False
    return True
