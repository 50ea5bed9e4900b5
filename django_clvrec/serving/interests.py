"""Items by factors that are solved from interests and past purchases, without training."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from django_clvrec.conf import get_config
from django_clvrec.core.ranking import lists_by_intent, positions
from django_clvrec.core.recommenders.als import fold_in, fold_in_ratings
from django_clvrec.serving.room import Room
from django_clvrec.serving.stored import Pairs


def ranked_by_interests(
    room: Room, interests: Sequence[str], orders: dict[str, float], intent: str
) -> Pairs | None:
    """Items and scores, the best first; None where the model knows none of the interests.

    The global model answers, for it knows every item. `orders` counts by item the orders of the
    customer. The interests together weigh as much as all of them; with ratings, only they count,
    as rated best.
    """
    model = room.factors
    if model is None:
        return None
    chosen = positions(room.keys, interests)
    chosen = chosen[model.items[chosen].any(axis=1)]
    if not len(chosen):
        return None
    bought = positions(room.keys, list(orders))
    past = np.array([orders[key] for key in room.keys[bought].tolist()])
    scores = model.items @ _vector(room, chosen, bought, past).astype(np.float32)
    scores[model.unknown] = -np.inf
    scores[chosen] = -np.inf
    top, values = lists_by_intent(scores, bought, get_config()["LIST_LENGTH"])[intent]
    return list(zip(room.keys[top].tolist(), values.tolist(), strict=True))


def _vector(room: Room, chosen: Any, bought: Any, past: Any) -> Any:
    """Factors of a customer, by the rule that the stored item factors were trained by."""
    model = room.factors
    assert model is not None  # noqa: S101 - the caller has looked
    if room.is_explicit:
        ratings = np.full(len(chosen), get_config()["RATING_RANGE"][1], dtype=float)
        return fold_in_ratings(model.items, chosen, ratings, model.parameters)
    weights = np.full(len(chosen), max(1.0, past.sum() / len(chosen)))
    taken, counts = np.concatenate([chosen, bought]), np.concatenate([weights, past])
    return fold_in(model.items, taken, counts, model.parameters, model.gram)
