"""What is stored under the live snapshot, read by its id. All but the pointer is immutable."""

from dataclasses import dataclass
from typing import Any

from django_clvrec.cache import known_facts, live_fact, recall, remember
from django_clvrec.models import PopularItems, Recommendation

NO_SNAPSHOT = 0

Pairs = list[tuple[str, float]]
"""Item keys and scores, the best first."""


LiveKey = tuple[int, str]


@dataclass(frozen=True)
class Live:
    """Which snapshot all of one answer is read from."""

    snapshot_id: int = NO_SNAPSHOT
    mark: str = ""
    """Tells it from another one that had the same number, as in a database that was restored."""
    has_rules: bool = False
    """Whether admins keep any rule that is active."""

    @property
    def key(self) -> LiveKey:
        return self.snapshot_id, self.mark


@dataclass(frozen=True)
class Standing:
    """What a snapshot knows of a customer."""

    tier: str | None = None
    """Where the snapshot put the customer; None where it does not know of one."""
    recency_days: int = 0
    frequency: int = 0
    monetary_value: float = 0.0
    moved_to: str | None = None
    """Where the customer has moved since."""

    @property
    def current(self) -> str | None:
        """The tier that was noted last."""
        return self.moved_to or self.tier


UNKNOWN = Standing()


def live_of(source: str) -> Live:
    """The live snapshot of a source. One query."""
    pointer = live_fact(source)
    if pointer in (known := known_facts([pointer])):
        found: Live = known[pointer]
        return found
    return read(source, None, "", "")[0]


def live_snapshot_id(source: str) -> int | None:
    """The live snapshot's number; None where there is none yet."""
    return live_of(source).snapshot_id or None


def read(
    source: str, customer_key: str | None, level: str, intent: str
) -> tuple[Live, Standing, Pairs | None]:
    """The live snapshot, where the customer stands in it, and the customer's list. One query.

    Where a part is not known all are read again, for they come in the same statement.
    """
    pointer = live_fact(source)
    known = known_facts([pointer])
    if pointer in known and customer_key is None:
        return known[pointer], UNKNOWN, None
    if pointer in known:
        wanted = _facts(known[pointer], customer_key, level, intent)
        held = known_facts([*wanted])
        if len(held) == len(wanted):
            return known[pointer], held[wanted[0]], held[wanted[1]]
    live, standing, items = _read(source, customer_key, level, intent)
    found: dict[Any, Any] = {pointer: live}
    if customer_key is not None:
        facts = _facts(live, customer_key, level, intent)
        found |= {facts[0]: standing, facts[1]: items}
    remember(found)
    return live, standing, items


def _facts(live: Live, customer_key: str | None, level: str, intent: str) -> tuple[Any, Any]:
    return (
        standing_fact(live.snapshot_id, customer_key),
        ("list", *live.key, customer_key, level, intent),
    )


def standing_fact(snapshot_id: int, customer_key: str | None) -> tuple[Any, ...]:
    return ("standing", snapshot_id, customer_key)


STATEMENT = """
SELECT list.id, list.items, state.live_id, snapshot.started_at, score.tier, score.recency_days,
    score.frequency, score.monetary_value, moved.tier AS moved_to,
    EXISTS (SELECT 1 FROM clvrec_merchandisingrule rule WHERE rule.is_active) AS has_rules
FROM clvrec_sourcestate state
LEFT JOIN clvrec_snapshot snapshot ON snapshot.id = state.live_id
LEFT JOIN clvrec_customerscore score
    ON score.snapshot_id = state.live_id AND score.customer_key = %s
LEFT JOIN clvrec_currenttier moved
    ON moved.snapshot_id = state.live_id AND moved.customer_key = %s
LEFT JOIN clvrec_recommendation list
    ON list.snapshot_id = state.live_id
    AND list.customer_key = %s AND list.level = %s AND list.intent = %s
WHERE state.source = %s
"""
"""In SQL, because for every visitor the ORM would take three times longer to build it than the
database takes to answer it; in one statement, so that no flip comes between."""


def _read(
    source: str, customer_key: str | None, level: str, intent: str
) -> tuple[Live, Standing, Pairs | None]:
    key = customer_key or ""
    rows: Any = Recommendation.objects.raw(STATEMENT, [key, key, key, level, intent, source])
    for row in rows:
        live = Live(row.live_id or NO_SNAPSHOT, str(row.started_at or ""), bool(row.has_rules))
        if customer_key is None:
            return live, UNKNOWN, None
        standing = Standing(
            row.tier,
            row.recency_days or 0,
            row.frequency or 0,
            float(row.monetary_value or 0),
            row.moved_to,
        )
        return live, standing, None if row.items is None else list(row.pairs())
    return Live(), UNKNOWN, None


def popular_lists(snapshot_id: int, level: str) -> dict[str, Pairs]:
    """What is popular by tier and, under the empty name, over all customers. One query."""
    rows = PopularItems.objects.filter(snapshot_id=snapshot_id, level=level)
    found: dict[str, Pairs] = recall(
        ("popular", snapshot_id, level), lambda: {row.tier: list(row.pairs()) for row in rows}
    )
    return found
