"""Items by factors that are solved from interests and past purchases, without training."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from django_clvrec.arrays import factors_name, load_arrays
from django_clvrec.conf import get_config
from django_clvrec.core.ranking import lists_by_intent, positions
from django_clvrec.core.recommenders.als import AlsParameters, fold_in, fold_in_ratings
from django_clvrec.serving.stored import Pairs
from django_clvrec.sources import PurchaseSource


def ranked_by_interests(
    *,
    snapshot_id: int,
    shop: PurchaseSource,
    customer_key: str | None,
    level: str,
    intent: str,
    interests: Sequence[str],
) -> Pairs | None:
    """Items and scores, the best first; None where the model knows none of the interests.

    The global model answers, for it knows every item. The interests together weigh as much
    as all that the customer bought; with ratings, only they count, as rated best.
    """
    stored = load_arrays(snapshot_id, factors_name(level))
    keys = stored.get("item_keys", np.array([], dtype=str))
    chosen = positions(keys, interests)
    if not len(chosen):
        return None
    history = shop.purchases_of(customer_key, level) if customer_key else []
    orders = {item.key: float(item.orders) for item in history}
    bought = positions(keys, list(orders))
    past = np.array([orders[key] for key in keys[bought].tolist()])
    vector = _vector(stored, chosen, bought, past)
    scores = stored["item_factors"] @ vector
    scores[chosen] = -np.inf
    top, values = lists_by_intent(scores, bought, get_config()["LIST_LENGTH"])[intent]
    return list(zip(keys[top].tolist(), values.tolist(), strict=True))


def _vector(stored: dict[str, Any], chosen: Any, bought: Any, past: Any) -> Any:
    """Factors of a customer, by the rule that the stored item factors were trained by."""
    factors = stored["item_factors"]
    parameters = AlsParameters(
        alpha=float(stored["alpha"]), regularization=float(stored["regularization"])
    )
    if stored["is_explicit"]:
        ratings = np.full(len(chosen), get_config()["RATING_RANGE"][1], dtype=float)
        return fold_in_ratings(factors, chosen, ratings, parameters)
    weights = np.full(len(chosen), max(1.0, past.sum() / len(chosen)))
    taken = np.concatenate([chosen, bought])
    return fold_in(factors, taken, np.concatenate([weights, past]), parameters)
