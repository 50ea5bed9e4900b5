"""Experiments as tables for a terminal."""

from collections.abc import Iterable
from datetime import datetime
from math import isnan

from django.utils import timezone

from django_clvrec.core.experiments import Figure, Result
from django_clvrec.experiments import Estimates, ExperimentReport, Part
from django_clvrec.management.evaluations import aligned
from django_clvrec.models import Experiment

METRICS = {
    "click_rate": "lists clicked",
    "buyer_rate": "buyers",
    "revenue": "revenue per subject",
}
NOTHING = "Nothing was shown yet: it has not run, or no page reports what is shown."


def moment(at: datetime) -> str:
    """In the time of TIME_ZONE, as the admin shows it."""
    return f"{timezone.localtime(at) if timezone.is_aware(at) else at:%Y-%m-%d %H:%M}"


def experiments_table(experiments: Iterable[Experiment]) -> str:
    """One line each."""
    rows = [["key", "active", "level", "tiers", "variants", "from", "until"]]
    for one in experiments:
        weights = ", ".join(f"{name} {weight:g}" for name, weight in one.weights.items())
        times = [moment(at) if at else "–" for at in (one.starts_at, one.ends_at)]
        active = "yes" if one.is_active else "no"
        rows.append(
            [one.key, active, one.level or "all", ", ".join(one.tiers) or "all", weights, *times]
        )
    if len(rows) == 1:
        return "There is no experiment yet. Add one in the admin."
    return "\n".join(aligned(rows))


def report_tables(report: ExperimentReport) -> str:
    """By level: all subjects, then each tier of their first list."""
    lines = [f"{report.key}, {moment(report.at)}, 90 % intervals"]
    for level in report.levels:
        for part in (level.overall, *level.by_tier):
            tier = f", {part.tier} when first shown" if part.tier else ""
            lines += ["", f"{level.level}{tier}", *_part(part, report.control)]
    if not report.levels:
        lines.append(NOTHING)
    return "\n".join(lines)


def estimates_table(found: Estimates) -> str:
    """What was, and what the three estimators say would have been."""
    rows = [["", "clicks per item", "90 % interval", "effective", "clipped"]]
    rows.append(["as it was", f"{found.logged:.4f}", "", "", ""])
    named = {"IPS": found.ips, "SNIPS": found.snips, "doubly robust": found.doubly_robust}
    for name, one in named.items():
        interval = f"{one.low:.4f} – {one.high:.4f}"
        rows.append(
            [name, f"{one.value:.4f}", interval, f"{one.effective:,.0f}", f"{one.clipped:.1%}"]
        )
    title = (
        f"{found.level}, popular items alone: {found.lists:,} lists of {found.length} items with "
        f"propensities, {found.subjects:,} subjects"
    )
    lines = [title, "", *aligned(rows)]
    if found.known < 1:
        lines.append(f"Of the popular items {found.known:.0%} were tried out; this is of those.")
    return "\n".join(lines)


def _part(part: Part, control: str) -> Iterable[str]:
    rows = [["variant", "subjects", *METRICS.values()]]
    for name, result in part.results.items():
        figures = [_figure(metric, result.figures[metric]) for metric in METRICS]
        rows.append([name, f"{result.subjects:,}", *figures])
    yield from aligned(rows)
    differences = [["minus " + control, *METRICS.values()]]
    differences += [
        [name, *(_difference(metric, result) for metric in METRICS)]
        for name, result in part.results.items()
        if result.differences
    ]
    yield from aligned(differences)
    yield f"sample ratio: p = {part.ratio.p_value:.3f}"
    yield from part.notes


def _difference(metric: str, result: Result) -> str:
    found = result.differences[metric]
    said = "" if isnan(found.p_value) else f" p = {found.p_value:.3f}"
    return _figure(metric, found, sign="+") + said


def _figure(metric: str, figure: Figure, sign: str = "") -> str:
    if isnan(figure.value):
        return "–"
    form = f"{sign},.2f" if metric == "revenue" else f"{sign}.2%"
    if isnan(figure.low):
        return f"{figure.value:{form}}"
    return f"{figure.value:{form}} ({figure.low:{form}} – {figure.high:{form}})"
