"""Which contestant is served to each tier."""

from collections.abc import Mapping, Sequence

import numpy as np

from django_clvrec.core.evaluation.contest import Board
from django_clvrec.core.evaluation.intervals import beats, interval
from django_clvrec.core.histories import Floats
from django_clvrec.core.recommenders.names import POPULAR

EVERYONE = ""
"""The tier of all customers together."""
TIE = 0.001
"""A difference in NDCG that leaderboards do not show is no reason for something less simple."""


def choose(
    board: Board,
    names: Sequence[str],
    tiers: Sequence[str],
    reigning: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The contestant for each tier, and for all customers under EVERYONE.

    `names` are in order of simplicity. Of all customers the one wins whose NDCG has the highest
    lower bound; on a tie, which is a difference below TIE, the simplest. A tier follows them unless
    another is better for its own customers by one standard error of the difference, customer by
    customer. In the same way the reigning one of a tier stays until it is beaten. Whoever is worse
    than what is popular is not served, and where nobody competes it is what is popular.
    """
    reigning = reigning or {}
    ndcg = {name: board.metrics[name].ndcg for name in names if name in board.metrics}
    if not ndcg:
        return dict.fromkeys([EVERYONE, *tiers], POPULAR)
    held = reigning.get(EVERYONE, "")
    best = _holder(ndcg, held) if held in ndcg else _highest(ndcg)
    found = {EVERYONE: _above_popular(best, ndcg)}
    for tier in tiers:
        own = {name: values[board.tiers == tier] for name, values in ndcg.items()}
        held = reigning.get(tier, "")
        found[tier] = _above_popular(_holder(own, held if held in own else found[EVERYONE]), own)
    return found


def _highest(ndcg: Mapping[str, Floats]) -> str:
    """The simplest of those whose lower bound is the highest, or nearly so."""
    bounds = {name: interval(values)[0] for name, values in ndcg.items()}
    highest = max(bounds.values())
    return next(name for name, bound in bounds.items() if bound > highest - TIE)


def _holder(ndcg: Mapping[str, Floats], held: str) -> str:
    """The one that holds the place, or of those that beat it the simplest that none beats."""
    means = [values.mean() if len(values) else 0.0 for values in ndcg.values()]
    best = list(ndcg)[int(np.argmax(means))]
    rivals = [name for name in ndcg if beats(ndcg[name], ndcg[held])]
    unbeaten = (name for name in rivals if not beats(ndcg[best], ndcg[name]))
    return next(unbeaten, held)


def _above_popular(chosen: str, ndcg: Mapping[str, Floats]) -> str:
    floor = ndcg.get(POPULAR, np.empty(0))
    return POPULAR if len(floor) and ndcg[chosen].mean() < floor.mean() else chosen
