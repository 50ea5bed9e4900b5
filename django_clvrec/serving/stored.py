"""What is stored under the live snapshot, read by its id. All but the pointer is immutable."""

from typing import Any

from django_clvrec.cache import known_facts, live_fact, recall, remember
from django_clvrec.models import CustomerScore, PopularItems, Recommendation, SourceState, Tier
from django_clvrec.sources import get_source

NO_SNAPSHOT = 0

Pairs = list[tuple[str, float]]
"""Item keys and scores, the best first."""


def live_snapshot_id(source: str) -> int | None:
    """The snapshot that all of one answer is read from. One query."""
    states = SourceState.objects.filter(source=source).values_list("live_id", flat=True)
    found: int | None = recall(live_fact(source), states.first)
    return found


def live_list(source: str, customer_key: str, level: str, intent: str) -> tuple[int, Pairs | None]:
    """The live snapshot's id, and the customer's list in it if it has one. One query.

    Where the list is not known the pointer is read again, for it comes in the same statement.
    """
    pointer, wanted = live_fact(source), (customer_key, level, intent)
    if pointer in (known := known_facts([pointer])):
        fact = ("list", known[pointer], *wanted)
        if fact in (held := known_facts([fact])):
            return known[pointer] or NO_SNAPSHOT, held[fact]
    snapshot_id, items = _pointer_and_list(source, wanted)
    remember({pointer: snapshot_id, ("list", snapshot_id, *wanted): items})
    return snapshot_id or NO_SNAPSHOT, items


POINTER_AND_LIST = """
SELECT list.id, list.items, state.live_id
FROM clvrec_sourcestate state
LEFT JOIN clvrec_recommendation list
    ON list.snapshot_id = state.live_id
    AND list.customer_key = %s AND list.level = %s AND list.intent = %s
WHERE state.source = %s
"""
"""In SQL, because for every visitor the ORM would take three times longer to build it than the
database takes to answer it."""


def _pointer_and_list(source: str, wanted: tuple[str, str, str]) -> tuple[int | None, Pairs | None]:
    """Both in one statement, so that it costs one trip and no flip comes between."""
    rows: Any = Recommendation.objects.raw(POINTER_AND_LIST, [*wanted, source])
    for row in rows:
        return row.live_id, None if row.items is None else list(row.pairs())
    return None, None


def popular_lists(snapshot_id: int, level: str) -> dict[str, Pairs]:
    """What is popular by tier and, under the empty name, over all customers. One query."""
    rows = PopularItems.objects.filter(snapshot_id=snapshot_id, level=level)
    found: dict[str, Pairs] = recall(
        ("popular", snapshot_id, level), lambda: {row.tier: list(row.pairs()) for row in rows}
    )
    return found


def tier_of(customer_key: str | None, source: str | None = None) -> str:
    """The customer's tier in the live snapshot; `new` for everyone it does not know."""
    if not customer_key:
        return Tier.NEW.value
    return tier_in(live_snapshot_id(get_source(source).name) or NO_SNAPSHOT, customer_key)


def tier_in(snapshot_id: int, customer_key: str | None) -> str:
    """The customer's tier in one snapshot; `new` for everyone it does not know."""
    if customer_key is None:
        return Tier.NEW.value
    scores = CustomerScore.objects.filter(snapshot_id=snapshot_id, customer_key=customer_key)
    tier: str | None = recall(
        ("tier", snapshot_id, customer_key), scores.values_list("tier", flat=True).first
    )
    return tier or Tier.NEW.value
