"""What a process keeps of a snapshot in memory: cut points, recommenders, items that go together.

A snapshot changes only when a customer is erased from it, so it is read once by each process that
serves it, and again after that; it is dropped when another one goes live.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from django.utils.functional import cached_property
from numpy.typing import NDArray

from django_clvrec.cache import forget, live_fact
from django_clvrec.conf import get_config
from django_clvrec.core.clusters import Clusters
from django_clvrec.core.dimensions import DIMENSIONS
from django_clvrec.core.recommenders.names import ALS, ALS_BY_TIER, POPULARITIES
from django_clvrec.core.tiers import Scale
from django_clvrec.models import Snapshot
from django_clvrec.outages import StillMaking, has_time, unhurried
from django_clvrec.replica import read_through
from django_clvrec.serving.stored import Live, LiveKey
from django_clvrec.watching import degraded

if TYPE_CHECKING:  # a process that answers by stored lists alone needs none of these
    from django_clvrec.core.recommenders.base import Fitted
    from django_clvrec.core.recommenders.implicit_als import FittedAls
    from django_clvrec.core.recommenders.neighbours import Neighbours

T = TypeVar("T")

Held = tuple[LiveKey, int]
"""A snapshot, and how often customers were erased: then its arrays may be others."""
_kept: dict[tuple[Any, ...], tuple[Held, Any]] = {}
"""By what it is, and of which source and level: only of the snapshot that was asked for last."""
_making = threading.Lock()


def _once(make: Callable[..., T], live: Live, *of: str) -> T:
    """What `make` gives for this snapshot, made by one thread while the others wait.

    Not longer than an answer may take: raises StillMaking.
    """
    name, wanted = (make, live.source, *of), (live.key, live.revision)
    held = _kept.get(name)
    if held is None or held[0] != wanted:
        if not _making.acquire(timeout=has_time()):
            raise StillMaking
        try:
            held = _kept.get(name)
            if held is None or held[0] != wanted:
                with unhurried():
                    held = _kept[name] = (wanted, make(live.snapshot_id, *of))
        finally:
            _making.release()
    found: T = held[1]
    return found


class Removed(Exception):
    """The snapshot is not there any more."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is needed of the snapshot itself."""

    as_of: datetime
    scale: Scale | None
    """None where the snapshot has none, as after an upgrade until the next refresh."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """The recommenders of one level."""

    keys: NDArray[np.str_]
    """Sorted; position i stands for key i."""
    fitted: "Mapping[str, Fitted]"
    served: Mapping[str, Mapping[str, str]]
    """Name of a recommender by intent and tier."""
    factors: "FittedAls | None"
    """Of the global model, which knows every item."""
    is_explicit: bool

    @cached_property
    def places(self) -> dict[str, int]:
        """Position by key."""
        return {key: place for place, key in enumerate(self.keys.tolist())}

    def is_popular(self, intent: str, tier: str) -> bool:
        """Whether a tier sees what is popular, instead of lists of its customers' own."""
        return self.served.get(intent, {}).get(tier) in POPULARITIES

    def serving(self, intent: str, tier: str) -> "Fitted | None":
        """Who makes the list; None where nobody can between refreshes."""
        return self.named(self.served.get(intent, {}).get(tier, ""))

    def named(self, name: str) -> "Fitted | None":
        """A recommender by name; None where the snapshot did not keep it."""
        if name == ALS_BY_TIER and name not in self.fitted:
            name = ALS
        return self.fitted.get(name)


@dataclass(frozen=True, kw_only=True)
class Related:
    """What goes with the items of one level."""

    keys: NDArray[np.str_]
    by_relation: "Mapping[str, Neighbours]"


def facts_of(live: Live) -> Facts:
    """One query the first time."""
    try:
        return _once(_facts, live)
    except Removed:
        # a cached pointer led here; the next answer asks the database for it
        degraded("snapshot", "Snapshot %d is not there any more", live.snapshot_id)
        forget(live_fact(live.source))
        return Facts(as_of=datetime.now(tz=UTC), scale=None)


def room_of(live: Live, level: str) -> Room:
    """One query the first time, none after it."""
    from django_clvrec.serving.restoring import restored_room, room_without_erased

    return _once(room_without_erased if live.revision else restored_room, live, level)


def related_of(live: Live, level: str) -> Related:
    """One query the first time."""
    from django_clvrec.serving.restoring import restored_related

    return _once(restored_related, live, level)


def _facts(snapshot_id: int) -> Facts:
    rows = Snapshot.objects.only("as_of", "report").filter(pk=snapshot_id)
    # a refresh that runs is on record before it has anything to report
    snapshot = read_through(
        lambda alias: rows.using(alias).first(), lambda one: one is not None and bool(one.report)
    )
    if snapshot is None:
        raise Removed
    return Facts(as_of=snapshot.as_of, scale=_scale(snapshot.report))


def _scale(report: Mapping[str, Any]) -> Scale | None:
    config = get_config()
    given = report.get("scale", {"tiers": config["TIERS"], "min_orders": config["MIN_ORDERS"]})
    try:
        clusters = {name: Clusters.of_json(report["clusters"][name]) for name in DIMENSIONS}
    except (KeyError, TypeError):
        return None
    return Scale(**clusters, tiers=given["tiers"], min_orders=given["min_orders"])
