"""Maximum likelihood of a few positive parameters, by their logarithms and an exact gradient."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from django_clvrec.exceptions import NoForecast

Floats = NDArray[np.float64]
Function = Callable[[Floats], tuple[float, Floats]]
"""Mean log-likelihood and its gradient at the logarithms of parameters."""

BOUND = 9.0
"""Scaled parameters stay between e^-9 and e^9: beyond that nothing changes any more."""
STEP = 1e-4
FLAT = 1e-5
"""So small a gradient of the mean is none."""
LEAST_CURVATURE = 1e-6
"""Of the mean: along what is flatter the data tell nothing."""
LEAST_LOADING = 0.1


@dataclass(frozen=True, kw_only=True)
class Maximum:
    """Where the likelihood is largest."""

    logs: Floats
    covariance: Floats
    """Of the logarithms, from the Fisher information; zero along what the data do not tell."""
    untold: tuple[int, ...]
    """Parameters at a bound, or that can change a lot without the likelihood changing."""


def maximise(function: Function, starts: Iterable[Floats], size: int) -> Maximum:
    """The best of several starts; `size` is the number of observations behind the mean.

    Raises NoForecast where no start leads to a maximum.
    """
    best = None
    for start in starts:
        found = minimize(
            lambda logs: tuple(-part for part in function(logs)),
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=[(-BOUND, BOUND)] * len(start),
            options={"maxiter": 1000, "ftol": 1e-13, "gtol": 1e-8},
        )
        if not np.isfinite(found.fun):
            continue
        if best is None or found.fun < best.fun:
            best = found
    if best is None:
        raise NoForecast("The likelihood could not be computed for these orders.")
    logs = np.asarray(best.x, dtype=float)
    at_bound = np.abs(logs) > BOUND - 1e-6
    slope = np.abs(function(logs)[1][~at_bound])
    # at a bound special functions of large numbers leave some noise
    if slope.size and slope.max() > FLAT * (100 if at_bound.any() else 1):
        raise NoForecast(
            f"The likelihood has no clear maximum: after {best.nit} steps its slope is still "
            f"{slope.max():.1g}."
        )
    covariance, is_flat = _covariance(function, logs, ~at_bound, size)
    untold = np.flatnonzero(at_bound | is_flat).tolist()
    return Maximum(logs=logs, covariance=covariance, untold=tuple(untold))


def _covariance(
    function: Function, logs: Floats, free: NDArray[np.bool_], size: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """The inverse of the observed information, by differences of the gradient; and which
    parameters lie along a direction in which there is none."""
    places = np.flatnonzero(free)
    information = np.zeros((len(places), len(places)))
    for row, place in enumerate(places):
        step = np.zeros_like(logs)
        step[place] = STEP
        difference = function(logs + step)[1] - function(logs - step)[1]
        information[row] = -difference[places] / (2 * STEP)
    covariance, is_flat = np.zeros((len(logs), len(logs))), np.zeros(len(logs), dtype=bool)
    values, vectors = np.linalg.eigh((information + information.T) / 2)
    if len(places) and values.min() < -LEAST_CURVATURE:
        raise NoForecast("The likelihood has a saddle in place of a maximum.")
    told = values > LEAST_CURVATURE
    known = vectors[:, told]
    covariance[np.ix_(places, places)] = (known / (size * values[told])) @ known.T
    is_flat[places] = (np.abs(vectors[:, ~told]) > LEAST_LOADING).any(axis=1)
    return covariance, is_flat


def interval(log: float, variance: float, level: float) -> tuple[float, float]:
    """Between which bounds a parameter lies at `level`, by its logarithm."""
    from scipy.special import ndtri

    reach = float(ndtri(0.5 + level / 2)) * variance**0.5
    return float(np.exp(log - reach)), float(np.exp(log + reach))
