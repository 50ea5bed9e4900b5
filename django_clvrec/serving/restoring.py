"""From a snapshot's arrays to recommenders that score, and to items that go together."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from django_clvrec.arrays import (
    customers_name,
    factors_name,
    learnt_name,
    load_arrays,
    load_many,
    neighbours_name,
    text_of,
)
from django_clvrec.core.ranking import positions
from django_clvrec.core.recommenders.als import AlsParameters
from django_clvrec.core.recommenders.base import Fitted
from django_clvrec.core.recommenders.by_tier import FittedByTier
from django_clvrec.core.recommenders.implicit_als import FittedAls
from django_clvrec.core.recommenders.keeping import restored_all
from django_clvrec.core.recommenders.names import ALS, ALS_BY_TIER
from django_clvrec.core.recommenders.relations import RELATIONS, Neighbours
from django_clvrec.core.tiers import TIERS
from django_clvrec.models import write_database
from django_clvrec.outages import AWAY
from django_clvrec.serving.room import Related, Room
from django_clvrec.watching import degraded


def room_without_erased(snapshot_id: int, level: str) -> Room:
    """The same where customers were erased: a replica that is behind may still have them."""
    return restored_room(snapshot_id, level, write_database())


def restored_room(snapshot_id: int, level: str, using: str | None = None) -> Room:
    """Without recommenders where the arrays are damaged: lists are served as they were stored."""
    try:
        return _room(snapshot_id, level, using)
    except AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - what reads archives raises all there is
        _tell(snapshot_id, level, error)
        nobody = np.array([], dtype=str)
        return Room(keys=nobody, fitted={}, served={}, factors=None, is_explicit=False)


def _room(snapshot_id: int, level: str, using: str | None) -> Room:
    named = {tier: factors_name(level, tier) for tier in ("", *TIERS)}
    names = [learnt_name(level), customers_name(level)]
    stored = load_many(snapshot_id, [*names, *named.values()], using=using)
    arrays = stored[learnt_name(level)] | stored[customers_name(level)]
    models = {tier: stored[name] for tier, name in named.items()}
    overall = models[""]
    head = text_of(arrays["head"]) if arrays else {"served": {}, "specs": {}}
    empty = np.array([], dtype=str)
    keys = arrays.get("item_keys", overall.get("item_keys", empty))
    is_explicit = bool(overall.get("is_explicit", False))
    known: dict[str, Fitted] = {}
    factors = None
    if overall:
        factors = _factors(overall, keys)
    if factors is not None and not is_explicit:
        # whoever rates is folded in at the next refresh: what was just bought has no rating yet
        known[ALS] = factors
        by_tier = {tier: _factors(one, keys) for tier, one in models.items() if tier and one}
        known[ALS_BY_TIER] = FittedByTier(factors, by_tier)
    try:
        known = restored_all(head["specs"], arrays, known)
    except (KeyError, TypeError, ValueError):
        # of another version: until the next refresh, lists are served as they were stored
        degraded("recommenders", "The recommenders of level %r cannot be read", level)
    return Room(
        keys=keys,
        fitted=known,
        served=head["served"],
        factors=factors,
        is_explicit=is_explicit,
    )


def _factors(stored: Mapping[str, NDArray[Any]], keys: NDArray[np.str_]) -> FittedAls:
    """A factorisation over all items of the level; those it does not know have no factors."""
    found = np.zeros((len(keys), stored["item_factors"].shape[1]), dtype=np.float32)
    places = positions(keys, stored["item_keys"].tolist())
    known = positions(stored["item_keys"], keys[places].tolist())
    found[places] = stored["item_factors"][known]
    parameters = AlsParameters(
        factors=found.shape[1],
        alpha=float(stored["alpha"]),
        regularization=float(stored["regularization"]),
    )
    return FittedAls(found, parameters)


def restored_related(snapshot_id: int, level: str) -> Related:
    """Nothing goes with anything where the arrays are damaged."""
    try:
        return _related(snapshot_id, level)
    except AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - what reads archives raises all there is
        _tell(snapshot_id, level, error)
        return Related(keys=np.array([], dtype=str), by_relation={})


def _tell(snapshot_id: int, level: str, error: Exception) -> None:
    """Once in each process, which keeps what came of it until another snapshot goes live."""
    degraded(
        "arrays",
        "Arrays of snapshot %d at level %r cannot be read (%s): lists are served as they were "
        "stored. Refresh, or make another snapshot live.",
        snapshot_id,
        level,
        type(error).__name__,
    )


def _related(snapshot_id: int, level: str) -> Related:
    arrays = load_arrays(snapshot_id, neighbours_name(level))
    by_relation = {
        relation: Neighbours(arrays[f"{relation}.places"], arrays[f"{relation}.scores"])
        for relation in RELATIONS
        if arrays
    }
    return Related(keys=arrays.get("item_keys", np.array([], dtype=str)), by_relation=by_relation)
