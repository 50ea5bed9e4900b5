"""A/B experiments: who gets which variant, and which variant does better."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from django_clvrec.core.distributions import (
    chi_squared_tail,
    normal_quantile,
    student_quantile,
    student_tails,
)
from django_clvrec.core.evaluation.intervals import LEVEL
from django_clvrec.core.ranking import Floats

MISMATCH = 0.001
"""A sample ratio less probable than this is taken for a fault, not for chance."""


def assign(subject_key: str, experiment_key: str, weights: Mapping[str, float]) -> str:
    """The variant of a subject, the same at every call, with probability weight / sum of weights.

    Weighted rendezvous hashing (Thaler & Ravishankar, 1998; Schindelhauer & Schomaker, 2005): each
    variant draws an exponential time at the rate of its weight from a hash of experiment, variant
    and subject, and the first to come wins. So the order of variants does not matter; a variant
    that is added takes its share evenly from the others and nobody moves between those; one that
    is taken away or gets the weight 0 gives up its own subjects only. Renaming a variant draws
    anew. Experiments are independent of each other. ValueError where no weight is above 0.
    """
    if not any(weights.values()) or any(not 0 <= weight < np.inf for weight in weights.values()):
        raise ValueError("Weights of variants must be finite and at least 0, and one above 0.")
    times = {
        variant: -np.log(_uniform(experiment_key, variant, subject_key)) / weight
        for variant, weight in weights.items()
        if weight
    }
    return min(times, key=lambda variant: (times[variant], variant))


def _uniform(*keys: str) -> float:
    """A number above 0 and below 1, from the keys alone."""
    # as JSON, so that "a" and "bc" are not "ab" and "c"
    digest = blake2b(json.dumps(keys).encode(), digest_size=8).digest()
    return ((int.from_bytes(digest) >> 12) + 0.5) / 2**52


@dataclass(frozen=True, kw_only=True)
class SampleRatio:
    """Whether variants got as many subjects as they should."""

    p_value: float
    is_mismatch: bool
    """The p-value is below MISMATCH: results of this experiment are not to be trusted."""


def sample_ratio(counts: Mapping[str, int], weights: Mapping[str, float]) -> SampleRatio:
    """χ² test of subjects per variant against the weights (Fabijan et al., 2019).

    A variant that is missing from `counts` has no subject, and one missing from `weights` the
    weight 0: a subject of it is a mismatch. Without any subject the p-value is 1.
    """
    if any(count and not weights.get(variant, 0) for variant, count in counts.items()):
        return SampleRatio(p_value=0.0, is_mismatch=True)
    expected = np.array([weight for weight in weights.values() if weight])
    observed = np.array([counts.get(variant, 0) for variant, weight in weights.items() if weight])
    if len(expected) < 2 or not observed.any():
        return SampleRatio(p_value=1.0, is_mismatch=False)
    expected = expected / expected.sum() * observed.sum()
    squares = float(((observed - expected) ** 2 / expected).sum())
    p_value = chi_squared_tail(squares, len(expected) - 1)
    return SampleRatio(p_value=p_value, is_mismatch=p_value < MISMATCH)


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """What came of the subjects of one variant: sums per subject, with those who did nothing."""

    shown: Floats
    """Lists shown to each."""
    clicked: Floats
    """Those of the lists that were clicked."""
    revenue: Floats
    """Money each spent; who spent any is a buyer."""

    def __post_init__(self) -> None:
        """Raises ValueError unless the arrays are of the same subjects."""
        if not len(self.shown) == len(self.clicked) == len(self.revenue):
            raise ValueError("Sums must have one entry per subject each.")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A metric of one variant, with bounds; NaN is what cannot be said."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Difference(Figure):
    """A metric of one variant minus that of the control."""

    p_value: float
    """Two-sided."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """One variant of an experiment."""

    subjects: int
    figures: Mapping[str, Figure]
    """By metric: `click_rate` is lists clicked per list shown, `buyer_rate` buyers per subject,
    `revenue` the mean per subject."""
    differences: Mapping[str, Difference]
    """By metric, to the control; empty for the control itself."""


def compare(
    variants: Mapping[str, Subjects], control: str, level: float = LEVEL
) -> dict[str, Result]:
    """Each variant's metrics with intervals at `level`, and its differences to `control`.

    Subjects are what was randomised, so all variances are between subjects. A metric is a ratio of
    two sums over subjects, with a variance by the delta method (Deng, Knoblich & Lu, 2018); a
    rate's interval is Wilson's (1927), and where lists of one subject are alike, that of as many
    independent lists as have this variance (Korn & Graubard, 1998). Differences are Welch's (1947).

    The p-values hold for one look at a number of subjects fixed beforehand, and for one variant and
    one metric: with several, compare them with 0.05 / comparisons (Bonferroni).
    """
    ratios = {variant: _ratios(subjects) for variant, subjects in variants.items()}
    return {
        variant: Result(
            subjects=len(variants[variant].shown),
            figures={name: _figure(name, ratio, level) for name, ratio in own.items()},
            differences={}
            if variant == control
            else {name: _difference(own[name], ratios[control][name], level) for name in own},
        )
        for variant, own in ratios.items()
    }


@dataclass(frozen=True, kw_only=True)
class _Ratio:
    """A sum over subjects by another, with the variance of that."""

    value: float
    variance: float
    subjects: int
    """Those that have a say: of the others, the denominator is 0."""
    total: float
    """The denominator."""


def _ratios(subjects: Subjects) -> dict[str, _Ratio]:
    each = np.ones(len(subjects.revenue))
    return {
        "click_rate": _ratio(subjects.clicked, subjects.shown),
        "buyer_rate": _ratio((subjects.revenue > 0).astype(np.float64), each),
        "revenue": _ratio(subjects.revenue, each),
    }


def _ratio(numerators: Floats, denominators: Floats) -> _Ratio:
    counts = denominators > 0
    size, total = int(counts.sum()), float(denominators.sum())
    value = float(numerators[counts].sum()) / total if total else np.nan
    rest = numerators[counts] - value * denominators[counts]
    variance = float((rest**2).sum()) * size / (size - 1) / total**2 if size > 1 else np.nan
    return _Ratio(value=value, variance=variance, subjects=size, total=total)


def _figure(name: str, ratio: _Ratio, level: float) -> Figure:
    if name != "revenue":
        return _wilson(ratio, level)
    width = student_quantile((1 + level) / 2, ratio.subjects - 1) * np.sqrt(ratio.variance)
    return Figure(value=ratio.value, low=ratio.value - width, high=ratio.value + width)


def _wilson(ratio: _Ratio, level: float) -> Figure:
    """Of the trials that this variance is worth; of one per subject where it is 0."""
    spread = ratio.value * (1 - ratio.value)
    trials = spread / ratio.variance if ratio.variance > 0 else float(ratio.subjects)
    trials = min(trials, ratio.total)
    if not trials > 0:
        return Figure(value=ratio.value, low=np.nan, high=np.nan)
    z2 = normal_quantile((1 + level) / 2) ** 2
    middle = (ratio.value + z2 / (2 * trials)) / (1 + z2 / trials)
    width = np.sqrt(z2 * (spread / trials + z2 / (4 * trials**2))) / (1 + z2 / trials)
    return Figure(value=ratio.value, low=max(0.0, middle - width), high=min(1.0, middle + width))


def _difference(own: _Ratio, control: _Ratio, level: float) -> Difference:
    """Welch's t interval and test. Without any variance there is none; of what is equal the p-value
    is 1, and of what is not nothing can be said: so are four subjects who all did alike."""
    value = own.value - control.value
    parts = np.array([own.variance, control.variance])
    sizes = np.array([own.subjects, control.subjects])
    variance = parts.sum()
    if variance == 0 and value == 0:
        return Difference(value=value, low=value, high=value, p_value=1.0)
    if variance == 0 or np.isnan(variance):
        return Difference(value=value, low=np.nan, high=np.nan, p_value=np.nan)
    freedom = float(variance**2 / (parts**2 / (sizes - 1)).sum())
    error = float(np.sqrt(variance))
    width = student_quantile((1 + level) / 2, freedom) * error
    return Difference(
        value=value,
        low=float(value - width),
        high=float(value + width),
        p_value=student_tails(abs(value) / error, freedom),
    )
