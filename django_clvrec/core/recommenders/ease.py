"""EASE: the linear model of items by items that predicts histories best.

Steck, “Embarrassingly shallow autoencoders for sparse data”, WWW 2019.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from scipy.linalg import LinAlgError
from scipy.linalg.lapack import spotrf, spotri

from django_clvrec.core.histories import Floats, Histories
from django_clvrec.core.recommenders.base import tie_breaker
from django_clvrec.core.recommenders.item_models import (
    BINARY,
    ROOT,
    FittedItemModel,
    best_known,
    counted,
)

MOST_ITEMS = 5_000
"""More items are left out: memory grows with their square, time with their cube."""


@dataclass(frozen=True, kw_only=True)
class Ease:
    """B = I - P / diag(P), where P = (XᵀX + λI)⁻¹ and X is customers × items."""

    regularization: float = 500.0
    """λ"""
    counting: str = BINARY

    name = "ease"

    def fit(self, histories: Histories) -> FittedItemModel:
        items = best_known(histories, MOST_ITEMS)
        seen = counted(histories, self.counting, items).scipy()
        gram = (seen.T @ seen).toarray()
        weights = _weights(gram, self.regularization)
        return FittedItemModel(weights, self.counting, items, tie_breaker(histories))

    def variants(self) -> tuple[Self, ...]:
        grid = [(500.0, BINARY), (100.0, BINARY), (1500.0, BINARY), (500.0, ROOT)]
        return tuple(replace(self, regularization=add, counting=how) for add, how in grid)

    def limits(self, histories: Histories) -> str:
        if histories.size <= MOST_ITEMS:
            return ""
        return f"the {MOST_ITEMS:,} most bought of {histories.size:,} items"


def _weights(gram: Floats, regularization: float) -> Floats:
    place = np.diag_indices(len(gram))
    gram[place] += regularization
    # by Cholesky: half the work of a general inverse; in place, for which LAPACK wants columns
    lower, info = spotrf(gram.T, lower=True, overwrite_a=True)
    inverse, info_too = spotri(lower, lower=True, overwrite_c=True)
    if info or info_too:
        raise LinAlgError("XᵀX + λI is not positive definite; λ must be above 0.")
    # the upper half, which spotrf cleared, is that of the lower one
    inverse += np.tril(inverse, -1).T
    found: Floats = inverse.T
    found /= -np.diag(inverse)[None, :]
    found[place] = 0
    return found
