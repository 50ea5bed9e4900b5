"""Alternating least squares: parameters, and factors for a customer without training."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class AlsParameters:
    """Parameters of a factorisation, by the names of the `implicit` library."""

    factors: int = 64
    """Length of the latent vectors."""
    iterations: int = 10
    regularization: float = 0.15
    """Weight of the penalty per interaction, so that it means the same for any size of shop
    (weighted-λ-regularisation: Zhou et al., AAIM 2008)."""
    alpha: float = 1.0
    """Confidence gained per unit of weight (implicit feedback only)."""
    seed: int = 1


def fold_in(
    item_factors: Floats,
    positions: NDArray[np.int64],
    weights: Floats,
    parameters: AlsParameters,
    gram: Floats | None = None,
) -> Floats:
    """Factors of a customer who chose the items at `positions` with `weights`; no training.

    `item_factors` is items × factors, `gram` is VᵀV where it is known already. Solves
    (VᵀV + Vᵀ(C - I)V + λnI) x = VᵀCp for one row: Hu, Koren & Volinsky, “Collaborative
    filtering for implicit feedback datasets”, ICDM 2008.
    """
    chosen = item_factors[positions].astype(np.float64)
    confidence = parameters.alpha * np.asarray(weights, dtype=np.float64)
    whole = gram_of(item_factors) if gram is None else gram
    system = whole + (chosen.T * confidence) @ chosen
    penalty = parameters.regularization * len(positions)
    return _solve(system, penalty, chosen.T @ (1.0 + confidence))


def gram_of(item_factors: Floats) -> Floats:
    """VᵀV, factors × factors: what every customer's system shares."""
    whole = item_factors.astype(np.float64)
    return np.asarray(whole.T @ whole)


def fold_in_ratings(
    item_factors: Floats,
    positions: NDArray[np.int64],
    ratings: Floats,
    parameters: AlsParameters,
) -> Floats:
    """The same for explicit feedback: (VᵀV + λnI) x = Vᵀr over the rated items only.

    Zhou et al., “Large-scale parallel collaborative filtering for the Netflix prize”, AAIM 2008.
    """
    chosen = item_factors[positions].astype(np.float64)
    gram = chosen.T @ chosen
    penalty = parameters.regularization * len(positions)
    return _solve(gram, penalty, chosen.T @ np.asarray(ratings))


def _solve(gram: Floats, penalty: float, target: Floats) -> Floats:
    if not penalty:  # nothing chosen, or no penalty wanted: the shortest solution
        return np.asarray(np.linalg.lstsq(gram, target)[0])
    gram[np.diag_indices_from(gram)] += penalty
    return np.asarray(np.linalg.solve(gram, target))
