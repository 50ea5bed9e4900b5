"""What customers of a group have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any, Self

from django.db.models import Q

RANGES: Mapping[str, str] = {
    "score": "overall_score",
    "clv": "clv",
    "recency": "recency_days",
    "orders": "frequency",
    "value": "monetary_value",
}
"""Names of conditions with two ends, `clv_from` and `clv_to`, and the fields they are about."""
IN_CELLS = frozenset({"tier", "segment", "score_from", "score_to"})
"""What the sums of a report can tell apart."""


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """All have to be met; of several tiers or segments one. Bounds belong to the range.

    The names are those of the page's parameters, which is what CustomerGroup keeps.
    """

    tier: tuple[str, ...] = ()
    segment: tuple[str, ...] = ()
    score_from: int | None = None
    score_to: int | None = None
    clv_from: float | None = None
    clv_to: float | None = None
    recency_from: int | None = None
    recency_to: int | None = None
    orders_from: int | None = None
    orders_to: int | None = None
    value_from: Decimal | None = None
    value_to: Decimal | None = None
    bought: str = ""
    """A level and the key of an item, such as `category:12`."""
    q: str = ""
    """How the customer's key begins."""

    def parameters(self) -> dict[str, Any]:
        """What is asked for, by name, as JSON can hold it."""
        held = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: _plain(value) for name, value in held.items() if value not in (None, "", ())}

    def without(self, name: str, value: str | None = None) -> Self:
        """The same with one condition less: of a range both ends, of several values one."""
        changes: dict[str, Any] = {name: ""}
        if name in RANGES:
            changes = {f"{name}_from": None, f"{name}_to": None}
        elif value is not None:
            changes = {name: tuple(one for one in getattr(self, name) if one != value)}
        return replace(self, **changes)

    def with_one(self, name: str, value: str) -> Self:
        """The same, for one more tier or segment."""
        changes: dict[str, Any] = {name: (*getattr(self, name), value)}
        return replace(self, **changes)

    @property
    def are_of_cells(self) -> bool:
        """Whether sums of a report answer them."""
        return self.parameters().keys() <= IN_CELLS

    @property
    def item(self) -> tuple[str, str] | None:
        """Level and key of what was bought."""
        if not self.bought:
            return None
        level, _, key = self.bought.partition(":")
        return level, key

    def within(self) -> Q:
        """All but purchases, as a condition on CustomerScore."""
        found = Q()
        if self.tier:
            found &= Q(tier__in=self.tier)
        if self.segment:
            found &= Q(segment__in=self.segment)
        for name, field in RANGES.items():
            low, high = getattr(self, f"{name}_from"), getattr(self, f"{name}_to")
            if low is not None:
                found &= Q((f"{field}__gte", low))
            if high is not None:
                found &= Q((f"{field}__lte", high))
        if self.q:
            found &= Q(customer_key__startswith=self.q)
            if self.q.isascii():
                # where an index is walked in the order of keys, as in an export, it is entered
                # here: what begins with a text comes behind it in every order of letters
                found &= Q(customer_key__gte=self.q)
        return found


EVERYONE = Conditions()


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Decimal) else value
