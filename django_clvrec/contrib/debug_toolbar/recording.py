"""What was asked of the read side in one request, in plain values that a toolbar can store."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connections

from django_clvrec.looking import unseen
from django_clvrec.models import Snapshot
from django_clvrec.replica import read_database
from django_clvrec.serving import Answer, AnswerSource, recommend

WHY_REMOVED = {
    "policy": "the policy does not sell them now",
    "hidden": "excluded, or bought already",
    "rules": "rules or variety left them out",
}
OF_ONE = frozenset({AnswerSource.STORED, AnswerSource.FOLD_IN})
"""Lists of a recommender, for one customer."""


@dataclass(kw_only=True)
class Call:
    """One answer, from the question to what it took."""

    name: str
    asked: dict[str, str]
    answer: dict[str, str] = field(default_factory=dict)
    items: list[dict[str, Any]] = field(default_factory=list)
    removed: dict[str, list[str]] = field(default_factory=dict)
    hits: int = 0
    misses: int = 0
    queries: dict[str, int] = field(default_factory=dict)
    """By database."""
    milliseconds: float = 0.0
    of_database: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        told = [
            {"why": WHY_REMOVED[why], "keys": keys} for why, keys in self.removed.items() if keys
        ]
        return asdict(self) | {"removed": told, "cache": self._of_cache()}

    def _of_cache(self) -> str:
        """What it saved. That a fact is not known, such as an erasure, may be all there is."""
        if not self.hits and not self.misses:  # CACHE_SECONDS is 0
            return "off"
        return "miss" if not self.hits else "part" if self.queries else "hit"


class Recorder:
    """Keeps the calls of one request; each runs in one thread, from its beginning to its end."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._open: list[tuple[Call, Mapping[str, Any], float, ExitStack]] = []
        self._origins: Mapping[str, str] = {}
        self._served: dict[int, Any] = {}

    def begins(self, call: str, asked: Mapping[str, Any]) -> None:
        told = {name: str(value) for name, value in asked.items() if value not in (None, "", ())}
        one, watching = Call(name=call, asked=told), ExitStack()
        self.calls.append(one)
        self._origins = {}
        for connection in connections.all():
            watching.enter_context(connection.execute_wrapper(_counter(one, connection.alias)))
        self._open.append((one, asked, time.perf_counter(), watching))

    def removed(self, why: str, keys: Sequence[str]) -> None:
        if self._open:
            kept = self._open[-1][0].removed.setdefault(why, [])
            kept += [key for key in keys if key not in kept]

    def filled(self, origins: Mapping[str, str]) -> None:
        self._origins = origins

    def cached(self, hits: int, misses: int) -> None:
        if self._open:
            one = self._open[-1][0]
            one.hits += hits
            one.misses += misses

    def ends(self, answer: Answer | None) -> None:
        one, asked, started, watching = self._open.pop()
        one.milliseconds = (time.perf_counter() - started) * 1000
        watching.close()
        if answer is None:
            one.answer = {"source": "an error"}
            return
        with unseen():
            self._tell(one, asked, answer)

    def _tell(self, one: Call, asked: Mapping[str, Any], answer: Answer) -> None:
        one.answer = {
            "source": "standby" if answer.is_standby else str(answer.source),
            "reason": answer.reason,
            "tier": answer.tier,
            "customer": answer.customer_key or "",
            "recommender": self._recommender(answer),
            "variant": answer.variant,
            "snapshot": str(answer.snapshot_id or ""),
        }
        because = _because(one.name, asked, answer)
        one.items = [
            {
                "rank": item.rank,
                "key": item.key,
                "name": "" if item.object is None else str(item.object),
                "score": item.score,
                "origin": self._origins.get(item.key, ""),
                "because": because.get(item.key, ""),
            }
            for item in answer
        ]

    def _recommender(self, answer: Answer) -> str:
        """Who served the tier at the refresh; one query for each snapshot of the page."""
        if answer.source not in OF_ONE:
            return ""
        known, number = self._served, answer.snapshot_id
        if number not in known:
            row = Snapshot.objects.using(read_database()).filter(pk=number).only("report").first()
            known[number] = row.report.get("served", {}) if row else {}
        by_tier = known[number].get(answer.level, {}).get(answer.intent, {})
        return str(by_tier.get(answer.tier, ""))


def _counter(one: Call, alias: str) -> Callable[..., Any]:
    """Counts the queries of a database into a call."""
    counts = Counter(one.queries)

    def count(execute: Callable[..., Any], *args: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(*args)
        finally:
            counts[alias] += 1
            one.queries[alias] = counts[alias]
            one.of_database += (time.perf_counter() - started) * 1000

    return count


def _because(name: str, asked: Mapping[str, Any], answer: Answer) -> dict[str, str]:
    """Keys of the purchases that speak for items; the list is asked for again where the page did
    not want to know."""
    if name == "recommend" and not asked.get("explain") and answer.source in OF_ONE:
        answer = recommend(**dict(asked) | {"explain": True, "explore": False})
    return {item.key: item.because for item in answer if item.because}
