"""The quality gate: a snapshot that is much worse than the live one does not go live by itself."""

from collections.abc import Iterator, Mapping
from typing import Any

from django_clvrec.core.evaluation.names import ALL, SERVED

Report = Mapping[str, Any]
BOUNDS = ("customers", "lists", "coverage", "ndcg")
"""What may be bounded."""


def shortfalls(new: Report, live: Report, bounds: Mapping[str, float]) -> list[str]:
    """What of the report `new` falls below its bound, a share of what `live` has, in words.

    A bound is looked at where both reports know what it is about.
    """
    return [
        f"{what} fell from {_said(before)} to {_said(now)}, and "
        f"QUALITY_GATE asks for {bounds[bound]:.0%} of what is live"
        for bound, what, before, now in _measured(new, live)
        if bound in bounds and before > 0 and now < bounds[bound] * before
    ]


def _measured(new: Report, live: Report) -> Iterator[tuple[str, str, float, float]]:
    """The name of a bound, what is measured, and both values."""
    yield "customers", "the number of customers", live["customers"], new["customers"]
    # another recommender lists other items, or none for newcomers; what it is worth NDCG tells
    if new.get("served") == live.get("served"):
        yield "lists", "the number of lists", live["recommendations"], new["recommendations"]
        for level, before in live.get("items_listed", {}).items():
            now = new.get("items_listed", {}).get(level, 0)
            yield "coverage", f"the number of different items listed at {level}", before, now
    reached = _ndcg(new)
    for where, before in _ndcg(live).items():
        if where in reached:
            yield "ndcg", f"NDCG of {where}", before, reached[where]


def _ndcg(report: Report) -> dict[str, float]:
    """What was served reached in the backtest, by level and intent."""
    return {
        f"{row['level']}, {row['intent']}": row["ndcg@10"]
        for row in report.get("leaderboard", [])
        if row["name"] == SERVED and row["tier"] == ALL
    }


def _said(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
