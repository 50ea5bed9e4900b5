"""The article's other algorithms, through scikit-surprise, which is not installed by default."""

from typing import Any

import numpy as np
import pandas as pd

from django_clvrec.core.evaluation.rating_algorithms import Algorithm
from django_clvrec.core.evaluation.ratings import Floats, Pairs, Ratings
from django_clvrec.exceptions import SurpriseNotInstalled


def surprise_algorithms(seed: int = 1) -> dict[str, Algorithm]:
    """SlopeOne, CoClustering, NMF, SVD and SVD++ with scikit-surprise's own parameters.

    They answer for every pair: for an unknown customer with the item's or the global mean.
    Predictions are cut off at the lowest and highest training rating. Repeated rows count again.
    Raises `SurpriseNotInstalled` where the library is missing.
    """
    try:
        import surprise
    except ImportError as error:
        raise SurpriseNotInstalled from error
    return {
        "SlopeOne": _adapted(surprise.SlopeOne, seed),
        "CoClustering": _adapted(surprise.CoClustering, seed, random_state=seed),
        "NMF": _adapted(surprise.NMF, seed, random_state=seed),
        "SVD": _adapted(surprise.SVD, seed, random_state=seed),
        "SVD++": _adapted(surprise.SVDpp, seed, random_state=seed),
    }


def _adapted(kind: Any, seed: int, **parameters: Any) -> Algorithm:
    def predict(train: Ratings, pairs: Pairs) -> Floats:
        fitted = kind(**parameters).fit(_trainset(train, seed))
        rows = zip(pairs.customers.tolist(), pairs.items.tolist(), strict=True)
        return np.array([fitted.predict(*row).est for row in rows], dtype=np.float64)

    return predict


def _trainset(train: Ratings, seed: int) -> Any:
    from surprise import Dataset, Reader

    rows = pd.DataFrame({"customer": train.customers, "item": train.items, "rating": train.ratings})
    # its own splits shuffle, and gradient descent depends on it: sorted rows cost SVD++ .03
    rows = rows.sample(frac=1, random_state=seed)
    scale = float(train.ratings.min()), float(train.ratings.max())
    return Dataset.load_from_df(rows, Reader(rating_scale=scale)).build_full_trainset()
