"""Draws popular lists by what was learnt, and tells how probable it was to show what was shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

import numpy as np
from django.utils import timezone

from django_clvrec.cache import Fact, recall_many
from django_clvrec.core.bandit import STRENGTH, Arms, choose, learned, slots
from django_clvrec.core.ranking import Floats, Ints
from django_clvrec.exploration.learning import remaining
from django_clvrec.models import BanditArm
from django_clvrec.replica import read_database

Counts = tuple[float, float]
"""Shown and clicked."""
NOTHING: Counts = (0.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Candidates in the order that was drawn. Who is shown fewer sees the first of them."""

    pairs: list[tuple[str, float]]
    positions: Ints
    """Of the drawn in the order of popularity."""
    arms: Arms = field(repr=False)
    base: Ints = field(repr=False)
    """The order of slots that do not explore."""
    share: float
    rng: np.random.Generator = field(repr=False)

    def propensities(self, shown: Iterable[str]) -> dict[str, float]:
        """By item: the probability of being listed, for those of `shown` that were drawn; never 0.

        A list is as deep as it had to go to be filled: where some candidates did not sell, or rules
        moved them, it is the probability of being so far up the drawn order.
        """
        places = {key: place for place, (key, _) in enumerate(self.pairs)}
        found = [key for key in shown if key in places]
        depth = max((places[key] + 1 for key in found), default=0)
        placed = slots(self.arms, depth, self.share, self.rng, order=self.base)
        listed = placed.sum(axis=1).clip(max=1)
        return {key: float(listed[self.positions[places[key]]]) for key in found}


def explored(
    pairs: Sequence[tuple[str, float]],
    level: str,
    context: str,
    share: float,
    rng: np.random.Generator,
) -> Drawn | None:
    """`pairs`, the most popular first, drawn anew. One query for what was learnt.

    Slots that do not explore follow popularity as feedback corrects it. None where nothing is to
    be drawn: no share, or nothing of `pairs` was shown to anybody yet.
    """
    if not share or not pairs:
        return None
    arms = arms_for(level, context, [key for key, _ in pairs])
    if not arms.shown.any():
        return None
    base = learned(arms)
    positions = choose(arms, len(arms), share, rng, order=base)
    drawn = [pairs[place] for place in positions.tolist()]
    return Drawn(pairs=drawn, positions=positions, arms=arms, base=base, share=share, rng=rng)


def arms_for(level: str, context: str, keys: Sequence[str]) -> Arms:
    """What is known of each of `keys`. One query for those that the cache does not know.

    A context has its own counts, and beside them those of all others, which weigh at most STRENGTH
    shows per item: so a new context begins with what the others taught, and outgrows it.
    """
    facts: dict[Fact, str] = {("arm", level, context, key): key for key in keys}

    def find(missing: list[Fact]) -> dict[Fact, Counts]:
        found = _counts(level, context, [facts[fact] for fact in missing])
        return {fact: found.get(facts[fact], NOTHING) for fact in missing}

    held = recall_many(facts, find)
    counts = np.array([held[fact] for fact in facts], dtype=np.float64).reshape(-1, 2)
    return Arms(shown=_column(counts, 0), clicked=_column(counts, 1))


def _column(counts: Floats, number: int) -> Floats:
    return np.ascontiguousarray(counts[:, number])


def _counts(level: str, context: str, keys: list[str]) -> dict[str, Counts]:
    now = timezone.now()
    own: dict[str, Counts] = {}
    everywhere: dict[str, Counts] = {}
    rows = BanditArm.objects.using(read_database())
    rows = rows.filter(level=level, context__in={"", context}, item_key__in=keys)
    columns = ("context", "item_key", "shown", "clicked", "updated_at")
    for where, key, shown, clicked, at in rows.values_list(*columns):
        left = remaining(at, now)
        (own if where == context else everywhere)[key] = (shown * left, clicked * left)
    found = {key: _pooled(own.get(key, NOTHING), total) for key, total in everywhere.items()}
    return own | found


def _pooled(own: Counts, everywhere: Counts) -> Counts:
    shown, clicked = (max(0.0, total - part) for total, part in zip(everywhere, own, strict=True))
    weight = min(1.0, STRENGTH / shown) if shown else 1.0
    return own[0] + weight * shown, own[1] + weight * clicked


def generator(who: str | None, level: str, context: str, now: datetime) -> np.random.Generator:
    """Random numbers that are the same for one visitor for an hour, so that a reload of a page
    changes it by no more than was learnt meanwhile; new ones for each request where nobody knows
    `who` it is."""
    if not who:
        return np.random.default_rng()
    said = repr((who, level, context, int(now.timestamp()) // 3600))
    digest = blake2b(said.encode(errors="backslashreplace"), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest))
