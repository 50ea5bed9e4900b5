"""Which contestant is served to each tier."""

from collections.abc import Mapping, Sequence

import numpy as np

from django_clvrec.core.evaluation.contest import Board
from django_clvrec.core.evaluation.intervals import beats
from django_clvrec.core.histories import Floats
from django_clvrec.core.recommenders.names import POPULAR

EVERYONE = ""
"""The tier of all customers together."""


def choose(
    board: Board,
    names: Sequence[str],
    tiers: Sequence[str],
    reigning: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The contestant for each tier, and for all customers under EVERYONE.

    `names` are in order of simplicity. Of all customers the one with the highest mean NDCG wins,
    unless a simpler one is not beaten by it: by one standard error of the difference, customer
    by customer (the one-standard-error rule of Breiman et al., “Classification and regression
    trees”, 1984). The reigning one stays in the same way. A tier follows all customers unless its
    own say otherwise with the same confidence. Whoever is worse than what is popular is not
    served, and where nobody competes it is what is popular.
    """
    reigning = reigning or {}
    ndcg = {name: board.metrics[name].ndcg for name in names if name in board.metrics}
    if not ndcg:
        return dict.fromkeys([EVERYONE, *tiers], POPULAR)
    found = {EVERYONE: _winner(ndcg, reigning.get(EVERYONE))}
    for tier in tiers:
        mine = board.tiers == tier
        own = {name: values[mine] for name, values in ndcg.items()}
        held = reigning.get(tier, found[EVERYONE])
        found[tier] = _winner(own, held if held in own else found[EVERYONE])
    return found


def _winner(ndcg: Mapping[str, Floats], held: str | None) -> str:
    """The best by its mean; on a tie the one that holds the place, else the simplest.

    Whoever takes the place of one that holds it beats it too.
    """
    names = rivals = list(ndcg)
    means = np.array([values.mean() if len(values) else 0.0 for values in ndcg.values()])
    best = names[int(means.argmax())]
    if held is not None and held in ndcg:
        is_beaten = beats(ndcg[best], ndcg[held])
        rivals = [name for name in names if beats(ndcg[name], ndcg[held])] if is_beaten else [held]
    best = next(name for name in rivals if name == best or not beats(ndcg[best], ndcg[name]))
    floor = ndcg.get(POPULAR)
    if floor is not None and len(floor) and ndcg[best].mean() < floor.mean():
        return POPULAR
    return best
