"""What came of an experiment: by variant, by tier, and whether it is to be trusted."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from math import isfinite
from typing import Any

import numpy as np
from django.utils import timezone

from django_clvrec.core.experiments import Result, SampleRatio, Subjects, compare, sample_ratio
from django_clvrec.core.tiers import NEW, TIERS
from django_clvrec.exceptions import UnknownLevel
from django_clvrec.experiments.counting import Sums, levels_of, sums_of
from django_clvrec.models import Experiment
from django_clvrec.sources import registered

FEW_SUBJECTS, FEW_CLICKS, FEW_BUYERS = 100, 10, 30
"""With less, intervals are not what they say."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """All subjects at a level, or those who were in one tier when they first took part."""

    tier: str = ""
    """Empty: all tiers."""
    results: Mapping[str, Result]
    """By variant, the control first."""
    ratio: SampleRatio
    notes: tuple[str, ...] = ()
    """What keeps these figures from being believed."""


@dataclass(frozen=True, kw_only=True)
class LevelReport:
    """One level. Revenue of several levels must not be added up: a purchase counts at each."""

    level: str
    overall: Part
    by_tier: tuple[Part, ...] = ()
    """Of tiers with subjects. Each is a question of its own, so one of them looks good by chance
    sooner than all together."""


@dataclass(frozen=True, kw_only=True)
class ExperimentReport:
    """An experiment at one moment."""

    key: str
    control: str
    weights: Mapping[str, float]
    at: datetime
    levels: tuple[LevelReport, ...]
    """None where no list was shown yet."""

    def to_json(self) -> dict[str, Any]:
        """Plain values; null for what cannot be said."""
        found: dict[str, Any] = _plain(asdict(self))
        return found


def report(
    experiment: Experiment,
    level: str | None = None,
    tier: str | None = None,
    now: datetime | None = None,
) -> ExperimentReport:
    """Of lists that were shown until `now`, at each level or one, for all tiers or one.

    Subjects are counted in the variant and the tier of their first list, whatever came later: so
    neither can be moved by what the variant did. Raises UnknownLevel where no source has the level
    and no list was shown at it.
    """
    now = now or timezone.now()
    if level:
        _check_level(experiment, level)
    found = sums_of(experiment, now, level)
    return ExperimentReport(
        key=experiment.key,
        control=experiment.control,
        weights=experiment.weights,
        at=now,
        levels=tuple(
            _level(experiment, name, tier, found.get(name, []))
            for name in ([level] if level else found)
        ),
    )


def _check_level(experiment: Experiment, level: str) -> None:
    known = {one: None for source in registered().values() for one in source.levels}
    if level not in known:
        known |= dict.fromkeys(levels_of(experiment))
    if level not in known:
        raise UnknownLevel(f"There is no level {level!r}; there is {', '.join(known)}.")


def _level(
    experiment: Experiment, level: str, tier: str | None, subjects: Collection[Sums]
) -> LevelReport:
    if tier:
        return LevelReport(level=level, overall=_part(experiment, subjects, tier))
    present = {one.tier for one in subjects}
    return LevelReport(
        level=level,
        overall=_part(experiment, subjects),
        by_tier=tuple(
            _part(experiment, subjects, name) for name in (NEW, *TIERS) if name in present
        ),
    )


def _part(experiment: Experiment, subjects: Collection[Sums], tier: str = "") -> Part:
    mine = [one for one in subjects if tier in {"", one.tier}]
    counts = _counts(mine)
    by_variant = {
        name: _subjects(one for one in mine if one.variant == name) for name in experiment.weights
    }
    ratio = sample_ratio(counts, experiment.weights)
    return Part(
        tier=tier,
        results=compare(by_variant, experiment.control),
        ratio=ratio,
        notes=tuple(_notes(experiment, mine, by_variant, ratio)),
    )


def _counts(sums: Iterable[Sums]) -> Counter[str]:
    """Subjects by variant."""
    counts: Counter[str] = Counter()
    for one in sums:
        counts[one.variant] += one.subjects
    return counts


def _subjects(sums: Iterable[Sums]) -> Subjects:
    rows = [(one.subjects, one.shown, one.clicked, one.revenue) for one in sums]
    times, *each = np.array(rows, dtype=np.float64).reshape(-1, 4).T
    shown, clicked, revenue = np.repeat(each, times.astype(np.int64), axis=1)
    return Subjects(shown=shown, clicked=clicked, revenue=revenue)


def _notes(
    experiment: Experiment,
    subjects: Collection[Sums],
    by_variant: Mapping[str, Subjects],
    ratio: SampleRatio,
) -> Iterable[str]:
    if ratio.is_mismatch:
        counts = dict.fromkeys(by_variant, 0) | _counts(subjects)
        counted = ", ".join(f"{name} {number:,}" for name, number in counts.items())
        wanted = " : ".join(f"{weight:g}" for weight in experiment.weights.values())
        yield (
            f"Do not trust this: subjects are {counted}, which by chance would hardly come of the "
            f"weights {wanted} (p = {ratio.p_value:.2g}). Look for variants and weights that "
            "were changed, and for pages that report one variant less often; then start anew under "
            "another key."
        )
    few = [name for name, one in by_variant.items() if len(one.shown) < FEW_SUBJECTS]
    rare = [name for name, one in by_variant.items() if one.clicked.sum() < FEW_CLICKS]
    seldom = [name for name, one in by_variant.items() if (one.revenue > 0).sum() < FEW_BUYERS]
    if few:
        yield f"Too few to decide: under {FEW_SUBJECTS} subjects in {', '.join(few)}. Wait."
    elif rare:
        yield f"Too few to decide: under {FEW_CLICKS} clicked lists in {', '.join(rare)}. Wait."
    elif seldom:
        yield (
            f"Too few to compare buyers and revenue: under {FEW_BUYERS} buyers in "
            f"{', '.join(seldom)}. Wait, or go by clicks."
        )
    if crossed := sum(one.subjects for one in subjects if one.has_crossed):
        everybody = sum(one.subjects for one in subjects)
        yield (
            f"{crossed:,} of {everybody:,} subjects saw more than one variant. They count in "
            "their first, which makes differences look smaller than they are."
        )


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            return {key: _plain(one) for key, one in value.items()}
        case tuple() | list():
            return [_plain(one) for one in value]
        case datetime():
            return value.isoformat()
        case np.generic():
            return _plain(value.item())
        case float():
            return value if isfinite(value) else None
    return value
