"""The quality gate: a snapshot that is much worse than the live one does not go live by itself."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django_clvrec.core.evaluation.names import ALL, SERVED

Report = Mapping[str, Any]
BOUNDS = ("customers", "lists", "coverage", "ndcg")
"""What may be bounded."""
WORDS = {
    "customers": "the number of customers",
    "lists": "the number of lists",
    "coverage": "the number of different items listed at {where}",
    "ndcg": "NDCG of {where}",
}


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What both reports know: the live one's value and the new one's."""

    bound: str
    where: str = ""
    """The level, or level and intent, where the bound is about one."""
    before: float
    now: float

    def falls(self, bounds: Mapping[str, float]) -> bool:
        """Whether it is below its bound, a share of what is live."""
        share = bounds.get(self.bound)
        return share is not None and self.before > 0 and self.now < share * self.before


def shortfalls(new: Report, live: Report, bounds: Mapping[str, float]) -> list[str]:
    """What of the report `new` falls below its bound, a share of what `live` has, in words.

    A bound is looked at where both reports know what it is about.
    """
    return [
        f"{WORDS[one.bound].format(where=one.where)} fell from {_said(one.before)} to "
        f"{_said(one.now)}, and QUALITY_GATE asks for {bounds[one.bound]:.0%} of what is live"
        for one in measured(new, live)
        if one.falls(bounds)
    ]


def measured(new: Report, live: Report) -> Iterator[Measure]:
    """What the gate looks at."""
    yield Measure(bound="customers", before=live["customers"], now=new["customers"])
    # another recommender lists other items, or none for newcomers; what it is worth NDCG tells
    if new.get("served") == live.get("served"):
        yield Measure(bound="lists", before=live["recommendations"], now=new["recommendations"])
        for level, before in live.get("items_listed", {}).items():
            now = new.get("items_listed", {}).get(level, 0)
            yield Measure(bound="coverage", where=level, before=before, now=now)
    reached = _ndcg(new)
    for where, before in _ndcg(live).items():
        if where in reached:
            yield Measure(bound="ndcg", where=where, before=before, now=reached[where])


def _ndcg(report: Report) -> dict[str, float]:
    """What was served reached in the backtest, by level and intent."""
    return {
        f"{row['level']}, {row['intent']}": row["ndcg@10"]
        for row in report.get("leaderboard", [])
        if row["name"] == SERVED and row["tier"] == ALL
    }


def _said(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
