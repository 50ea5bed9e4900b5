"""Maximum likelihood of a few positive parameters, by their logarithms and an exact gradient."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from django_clvrec.core.clv.statistics import Floats
from django_clvrec.exceptions import NoForecast

Function = Callable[[Floats], tuple[float, Floats]]
"""Mean log-likelihood and its gradient at the logarithms of parameters."""

BOUND = 9.0
"""Scaled parameters stay between e^-9 and e^9: beyond that nothing changes any more."""
STEP = 1e-5
MOST_GAIN = 0.01
"""What may be missing of the largest log-likelihood: nothing that an interval would show."""
NO_GAIN = 1e-14
CLOSELY, ROUGHLY = {"ftol": 1e-13, "gtol": 1e-8}, {"ftol": 1e-7, "gtol": 1e-4}
NO_SLOPE, MOST_STEPS = 1e-8, 30
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


def maximise(
    function: Function, starts: Iterable[Floats], size: int, rough: Function | None = None
) -> Maximum:
    """The best of several starts; `size` is the number of observations behind the mean.

    `rough` is the same of a sample: starts are tried on it, and only the best is followed up.
    Raises NoForecast where no start leads to a maximum.
    """
    starts, logs = list(starts), None
    with threadpool_limits(1, "blas"):  # waiting for threads takes longer than so small a step
        if rough:
            near = np.asarray(_best(rough, starts, ROUGHLY).x, dtype=float)
            logs = _followed_up(function, rough, near)
            starts = [near, *starts]
        if logs is None:
            logs = _climbed(function, np.asarray(_best(function, starts).x, dtype=float))
    at_bound = np.abs(logs) > BOUND - 1e-6
    information, slope = _information(function, logs, ~at_bound)
    gain = size * _step(information, slope)[1]
    if gain > MOST_GAIN:
        raise NoForecast(
            "The likelihood has no clear maximum: where it seems to be, a step would still raise "
            f"it by {gain:.1g}."
        )
    covariance, is_flat = _covariance(information, ~at_bound, size)
    untold = np.flatnonzero(at_bound | is_flat).tolist()
    return Maximum(logs=logs, covariance=covariance, untold=tuple(untold))


def _best(
    function: Function, starts: Iterable[Floats], tolerances: Mapping[str, float] = CLOSELY
) -> Any:
    """Raises NoForecast where no start leads anywhere."""
    found = [
        minimize(
            _falling(function, start),
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=[(-BOUND, BOUND)] * len(start),
            options={"maxiter": 1000, **tolerances},
        )
        for start in starts
    ]
    found = [one for one in found if np.isfinite(one.fun)]
    if not found:
        raise NoForecast("The likelihood could not be computed for these orders.")
    return max(found, key=lambda one: function(one.x)[0])


def _falling(function: Function, start: Floats) -> Function:
    """To be minimised, from 0: tolerances are shares of the value, which may be large."""
    begin, _ = function(start)

    def falling(logs: Floats) -> tuple[float, Floats]:
        value, slope = function(logs)
        return begin - value, -slope

    return falling


def _step(information: Floats, slope: Floats) -> tuple[Floats, float]:
    """Newton's step, and how far it would raise the mean."""
    values, vectors = np.linalg.eigh(information)
    along = vectors.T @ slope
    curved = np.maximum(np.abs(values), LEAST_CURVATURE)
    return vectors @ (along / curved), float((along**2 / curved).sum() / 2)


def _climbed(function: Function, logs: Floats) -> Floats:
    """The rest of the way along a flat ridge, where steps of a general method become too short."""
    for _ in range(MOST_STEPS):
        free = np.abs(logs) < BOUND - 1e-6
        step = np.zeros_like(logs)
        step[free], gain = _step(*_information(function, logs, free))
        if gain < NO_GAIN:
            break
        value = function(logs)[0]
        for share in (1.0, 0.5, 0.1, 0.01):
            there = np.clip(logs + share * step, -BOUND, BOUND)
            if function(there)[0] > value:
                logs = there
                break
        else:
            break
    return logs


def _followed_up(function: Function, rough: Function, logs: Floats) -> Floats | None:
    """From the maximum of a sample to that of all, by the curvature of the sample; None where that
    leads elsewhere."""
    information, _ = _information(rough, logs, np.ones(len(logs), dtype=bool))
    if np.linalg.eigvalsh(information).min() < LEAST_CURVATURE:
        return None
    value, slope = function(logs)
    for _ in range(MOST_STEPS):
        if np.abs(slope).max() < NO_SLOPE:
            return logs
        there = logs + np.linalg.solve(information, slope)
        if np.abs(there).max() > BOUND:
            return None
        now, slope = function(there)
        if not now >= value - 1e-12:
            return None
        logs, value = there, now
    return None


def _information(
    function: Function, logs: Floats, free: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """The observed information of one observation, by differences of the gradient; and that."""
    places, here = np.flatnonzero(free), function(logs)[1]
    found = np.zeros((len(places), len(places)))
    for row, place in enumerate(places):
        step = np.zeros_like(logs)
        step[place] = STEP
        found[row] = (here - function(logs + step)[1])[places] / STEP
    return (found + found.T) / 2, here[places]


def _covariance(
    information: Floats, free: NDArray[np.bool_], size: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """The inverse of the observed information; and which parameters lie along a direction in
    which there is none."""
    places = np.flatnonzero(free)
    covariance, is_flat = np.zeros((len(free), len(free))), np.zeros(len(free), dtype=bool)
    values, vectors = np.linalg.eigh(information)
    if len(places) and values.min() < -LEAST_CURVATURE:
        raise NoForecast("The likelihood has a saddle in place of a maximum.")
    told = values > LEAST_CURVATURE
    known = vectors[:, told]
    covariance[np.ix_(places, places)] = (known / (size * values[told])) @ known.T
    is_flat[places] = (np.abs(vectors[:, ~told]) > LEAST_LOADING).any(axis=1)
    return covariance, is_flat


def weighed(shares: Floats, values: Floats) -> float:
    """The weighted sum, without the threads of BLAS: waiting for them takes longer than this."""
    return float((shares * values).sum())
