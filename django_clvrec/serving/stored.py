"""What is stored under the live snapshot, read by its id. All but the pointer is immutable."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections

from django_clvrec import marks
from django_clvrec.cache import Fact, erased_fact, known_facts, live_fact, recall, remember
from django_clvrec.models import PopularItems, write_database
from django_clvrec.pseudonyms import StoredKey, marked_keys
from django_clvrec.replica import read_database, read_through
from django_clvrec.sources import PurchaseSource
from django_clvrec.sources.lately import Lately

NO_SNAPSHOT = 0

Pairs = list[tuple[str, float]]
"""Item keys and scores, the best first."""


LiveKey = tuple[int, str]


@dataclass(frozen=True)
class Live:
    """Which snapshot all of one answer is read from."""

    source: str = ""
    snapshot_id: int = NO_SNAPSHOT
    mark: str = ""
    """Tells it from another one that had the same number, as in a database that was restored."""
    has_rules: bool = False
    """Whether admins keep any rule that is active."""
    has_experiments: bool = False
    """Whether any experiment is active."""
    revision: int = 0
    """How often customers of the source were erased: arrays may have changed with it."""

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
    stays_out: bool = False
    """Whether the customer objects to being profiled: they are answered as if they had no key."""

    @property
    def current(self) -> str | None:
        """The tier that was noted last."""
        return self.moved_to or self.tier


UNKNOWN = Standing()


@dataclass(frozen=True)
class Found:
    """All that one statement tells."""

    live: Live
    standing: Standing = UNKNOWN
    items: Pairs | None = None
    """The customer's own list."""
    has_bought_lately: bool | None = False
    """Since the snapshot or the moment asked for; None where the statement could not ask."""


def live_of(source: str) -> Live:
    """The live snapshot of a source. One query."""
    pointer = live_fact(source)
    if pointer in (known := known_facts([pointer])):
        found: Live = known[pointer]
        return found
    live = _read(source, None, "", "", None, lately=None, since=None).live
    remember({pointer: live})
    return live


def live_snapshot_id(source: str) -> int | None:
    """The live snapshot's number; None where there is none yet."""
    return live_of(source).snapshot_id or None


def read(
    shop: PurchaseSource,
    customer_key: str,
    stored: StoredKey,
    level: str,
    intent: str,
    *,
    since: datetime,
) -> Found:
    """The live snapshot, where the customer stands in it, and the customer's list. One query.

    In the same statement the shop's orders are asked whether the customer has bought since the
    snapshot or since `since`: by the shop's key, and all else by the one that is `stored`. Where a
    part is not known all are read again; without a level no list is asked for.
    """
    pointer, erased = live_fact(shop.name), erased_fact(shop.name, stored)
    known = known_facts([pointer, erased])
    if pointer in known and erased not in known:
        live = known[pointer]
        standing, items, bought = _facts(live, stored, level, intent)
        wanted = [standing, bought, *([items] if level else [])]
        held = known_facts(wanted)
        if len(held) == len(wanted):
            return Found(live, held[standing], held.get(items), held[bought])
    found = _read(shop.name, stored, level, intent, customer_key, lately=shop.lately, since=since)
    if erased in known:  # of who was just erased nothing is kept
        return found
    facts = _facts(found.live, stored, level, intent)
    values = (found.standing, found.items, found.has_bought_lately)
    new = dict(zip(facts, values, strict=True))
    if not level:
        del new[facts[1]]
    remember({pointer: found.live, **new})
    return found


def _facts(live: Live, stored: StoredKey, level: str, intent: str) -> tuple[tuple[Any, ...], ...]:
    return (
        standing_fact(live, stored),
        ("list", *live.key, stored, level, intent),
        lately_fact(live, stored),
    )


def standing_fact(live: Live, stored: StoredKey) -> tuple[Any, ...]:
    return ("standing", *live.key, stored)


def lately_fact(live: Live, stored: StoredKey) -> tuple[Any, ...]:
    return ("lately", live.source, *live.key, stored)


def facts_of_customer(
    live: Live, stored: StoredKey, levels: Iterable[str], intents: Sequence[str]
) -> Iterator[Fact]:
    """All that caches may know of a customer in a snapshot."""
    for level in levels:
        for intent in intents:
            yield _facts(live, stored, level, intent)[1]
    yield standing_fact(live, stored)
    yield lately_fact(live, stored)


def lives_of(source: str) -> list[Live]:
    """Every snapshot of a source as caches know it. One query."""
    statement = "SELECT id, started_at FROM clvrec_snapshot WHERE source = %s"
    with connections[write_database()].cursor() as cursor:
        cursor.execute(statement, [source])
        return [Live(source, pk, str(mark)) for pk, mark in cursor.fetchall()]


STATEMENT = """
SELECT
    (SELECT list.items FROM clvrec_recommendation list
     WHERE list.snapshot_id = state.live_id
        AND list.customer_key = %s AND list.level = %s AND list.intent = %s),
    state.live_id, snapshot.started_at,
    EXISTS (SELECT 1 FROM clvrec_merchandisingrule rule WHERE rule.is_active),
    EXISTS (SELECT 1 FROM clvrec_experiment experiment WHERE experiment.is_active),
    {lately},
    state.revision,
    score.tier, score.recency_days, score.frequency, score.monetary_value,
    (SELECT moved.tier FROM clvrec_currenttier moved
     WHERE moved.snapshot_id = state.live_id AND moved.customer_key = %s),
    EXISTS (SELECT 1 FROM clvrec_erasure erasure
            WHERE erasure.source = state.source AND erasure.digest IN ({digests})
               AND erasure.stays_out)
FROM clvrec_sourcestate state
LEFT JOIN clvrec_snapshot snapshot ON snapshot.id = state.live_id
LEFT JOIN clvrec_customerscore score
    ON score.snapshot_id = state.live_id AND score.customer_key = %s
WHERE state.source = %s
"""
"""In SQL, because for every visitor the ORM would take three times longer to build it than the
database takes to answer it; in one statement, so that no flip comes between. Subqueries where one
column is asked for: joins that must find one row at most are what planning takes longest for."""
UNASKED = "NULL"
LATELY = "EXISTS (SELECT 1 FROM ({sql}) bought WHERE bought.at > snapshot.as_of OR bought.at > %s)"


def _read(
    source: str,
    stored: StoredKey | None,
    level: str,
    intent: str,
    customer_key: str | None,
    *,
    lately: Lately | None,
    since: datetime | None,
) -> Found:
    using = read_database()
    condition, asked = _condition(using, customer_key, lately, since)
    key = stored or ""
    digests = marks.digests_of(source, *(marked_keys(customer_key) if customer_key else (key,)))
    statement = STATEMENT.format(lately=condition, digests=", ".join(["%s"] * len(digests)))
    with connections[using].cursor() as cursor:
        cursor.execute(statement, [key, level, intent, *asked, key, *digests, key, source])
        row = cursor.fetchone()
    if row is None:
        return Found(Live(source))
    items, live_id, mark, has_rules, has_experiments, has_bought, revision, *standing = row
    live = Live(
        source,
        live_id or NO_SNAPSHOT,
        str(mark or ""),
        bool(has_rules),
        bool(has_experiments),
        revision,
    )
    if stored is None:
        return Found(live)
    tier, recency_days, frequency, value, moved_to, stays_out = standing
    return Found(
        live,
        Standing(
            tier, recency_days or 0, frequency or 0, float(value or 0), moved_to, bool(stays_out)
        ),
        _pairs(items),
        None if condition == UNASKED else bool(has_bought),
    )


def _condition(
    using: str, customer_key: str | None, lately: Lately | None, since: datetime | None
) -> tuple[str, list[Any]]:
    """Whether the customer has bought lately, in SQL, and its parameters."""
    if customer_key is None or lately is None or lately.using != using:
        return UNASKED, []
    bound = lately.bound(customer_key)
    if bound is None:
        return "0", []
    moment = connections[using].ops.adapt_datetimefield_value(since)
    return LATELY.format(sql=lately.sql), [*bound, moment]


def _pairs(items: Any) -> Pairs | None:
    """JSON is text or parsed already, as the database's driver likes it."""
    if items is None:
        return None
    found = json.loads(items) if isinstance(items, (str, bytes)) else items
    return [(key, score) for key, score in found]


def popular_lists(live: Live, level: str) -> dict[str, Pairs]:
    """What is popular by tier and, under the empty name, over all customers. One query."""
    rows = PopularItems.objects.filter(snapshot_id=live.snapshot_id, level=level)
    found: dict[str, Pairs] = recall(
        ("popular", *live.key, level),
        lambda: read_through(
            lambda alias: {row.tier: list(row.pairs()) for row in rows.using(alias)}
        ),
    )
    return found
