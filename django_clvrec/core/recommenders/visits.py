"""A single customer at the moment of a visit: from purchases to a ranked list, without training."""

from collections.abc import Sequence

import numpy as np

from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.recommenders.base import Fitted
from django_clvrec.core.recommenders.bought import Bought
from django_clvrec.core.recommenders.lists import lists_by_intent


def history_of(lines: Sequence[Bought], size: int, tier: str) -> Histories:
    """The history of one customer over `size` items; orders without any of them count too."""
    once = {(line.order, line.item): line.days for line in reversed(lines) if line.item >= 0}
    return Histories(
        starts=np.array([0, len(once)]),
        items=np.array([item for _, item in once], dtype=np.int32),
        days=np.array([*once.values()], dtype=np.float32),
        orders=np.array([len({line.order for line in lines})]),
        tiers=np.array([tier], dtype=object),
        size=size,
    )


def ranked(fitted: Fitted, history: Histories, n: int, intent: str) -> tuple[Ints, Floats]:
    """Positions and scores of the best `n`: what a refresh would list for this history."""
    lists = lists_by_intent(fitted, history, n, (intent,))[intent]
    return lists.positions, lists.scores
