"""What another policy would have earned, from the log of one that explored."""

from dataclasses import dataclass

import numpy as np

from django_clvrec.core.distributions import student_quantile
from django_clvrec.core.evaluation.intervals import LEVEL
from django_clvrec.core.ranking import Floats, Ints
from django_clvrec.exceptions import BadPropensities, NoOverlap

CAP = 50.0
"""A weight above this counts as this: a little bias, downwards for clicks, for less variance."""


@dataclass(frozen=True, kw_only=True)
class Logged:
    """Events of a log, one entry each: what was shown, how probable that was, what came of it."""

    rewards: Floats
    """Such as 1 for a click, or revenue."""
    propensities: Floats
    """Probability that the logging policy did what it did, above 0 and at most 1."""
    targets: Floats
    """Probability that the policy to be judged does the same, 0 to 1."""
    customers: Ints | None = None
    """A number per event; events of one customer may depend on each other."""

    def __post_init__(self) -> None:
        """Raises BadPropensities, or NoOverlap where there is no event."""
        clusters = self.rewards if self.customers is None else self.customers
        same_length(self.rewards, self.propensities, self.targets, clusters)
        if not len(self.rewards):
            raise NoOverlap
        # written so that NaN fails
        if not np.all((self.propensities > 0) & (self.propensities <= 1)):
            raise BadPropensities
        if not np.all((self.targets >= 0) & (self.targets <= 1)):
            raise BadPropensities(
                "A target probability is not between 0 and 1. Correct the policy."
            )

    def weights(self, cap: float = CAP) -> Floats:
        """Target over logged probability, at most `cap`."""
        return np.minimum(self.targets / self.propensities, cap)


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Mean reward per event that the target policy would have had."""

    value: float
    low: float
    high: float
    """Bounds at the level asked for; infinite where there is but one customer."""
    effective: float
    """Events that as many equally weighted ones are worth: (Σw)² / Σw² (Kish, 1965)."""
    clipped: float
    """Share of what the target policy would do, as the weights say it, that is above the cap."""


def ips(logged: Logged, cap: float = CAP, level: float = LEVEL) -> Estimate:
    """Inverse propensity scoring: the mean of w · reward (Horvitz & Thompson, 1952).

    Unbiased where no weight is clipped, and propensities are above 0 wherever targets are.
    """
    gains = logged.weights(cap) * logged.rewards
    return _estimate(logged, cap, level, gains.mean(), gains - gains.mean())


def snips(logged: Logged, cap: float = CAP, level: float = LEVEL) -> Estimate:
    """Self-normalised: Σ(w · reward) / Σw (Swaminathan & Joachims, 2015, eq. 8).

    It lies within the range of rewards, and a constant added to all rewards adds that constant;
    its bias falls with the number of events. NoOverlap is raised where every weight is 0.
    """
    weights = logged.weights(cap)
    if not weights.any():
        raise NoOverlap
    value = np.average(logged.rewards, weights=weights)
    return _estimate(logged, cap, level, value, weights * (logged.rewards - value) / weights.mean())


def doubly_robust(
    logged: Logged, predicted: Floats, expected: Floats, cap: float = CAP, level: float = LEVEL
) -> Estimate:
    """The mean of expected + w · (reward - predicted) (Dudík, Langford & Li, 2011, eq. 4).

    `predicted` is a model's reward of what was shown, `expected` its mean reward over what the
    target policy would show, both per event, from a model that was not fitted on these events.
    Unbiased where either the propensities or the model is right; a good model lowers the variance.
    """
    same_length(logged.rewards, predicted, expected)
    gains = expected + logged.weights(cap) * (logged.rewards - predicted)
    return _estimate(logged, cap, level, gains.mean(), gains - gains.mean())


def same_length(*arrays: Floats | Ints) -> None:
    """Raises BadPropensities unless the arrays have as many entries, one per event."""
    if len({len(array) for array in arrays}) > 1:
        lengths = ", ".join(str(len(array)) for array in arrays)
        raise BadPropensities(
            f"Arrays of a log differ in length: {lengths}. Give each one entry per event."
        )


def _estimate(
    logged: Logged, cap: float, level: float, value: np.floating, influence: Floats
) -> Estimate:
    """With an interval from the variance of the influence function, summed up by customer.

    Student's t with one degree of freedom less than customers stands for the normal distribution
    (Cameron & Miller, 2015). It needs some dozens of customers with a reward: rare large rewards
    make it too short.
    """
    weights, whole = logged.weights(cap), logged.weights(np.inf).sum()
    sums = influence
    if logged.customers is not None:
        numbers = np.unique(logged.customers, return_inverse=True)[1]
        sums = np.bincount(numbers, influence).astype(np.float64)
    clusters = len(sums)
    width = np.inf
    if clusters > 1:
        variance = (sums**2).sum() * clusters / (clusters - 1) / len(influence) ** 2
        width = student_quantile((1 + level) / 2, clusters - 1) * np.sqrt(variance)
    squares = (weights**2).sum()
    return Estimate(
        value=float(value),
        low=float(value - width),
        high=float(value + width),
        effective=float(weights.sum() ** 2 / squares) if squares else 0.0,
        clipped=float(1 - weights.sum() / whole) if whole else 0.0,
    )
