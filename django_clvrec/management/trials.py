"""What a file of orders would give, for a terminal."""

from collections.abc import Mapping
from typing import Any

from django_clvrec.core.ranking import DISCOVER
from django_clvrec.management.evaluations import aligned, evaluation_table


def trial_text(found: Mapping[str, Any], path: object) -> str:
    """What was read, then tiers, segments, lifetime values and, by level, who recommends best."""
    lines = found["lines"]
    dropped = ", ".join(f"{rule} {number:,}" for rule, number in lines["dropped"].items())
    head = [
        f"{path}: {lines['read']:,} lines, dropped: {dropped or 'none'}",
        f"{found['customers']:,} customers, {found['orders']:,} orders "
        f"from {found['from'][:10]} to {found['until'][:10]}",
    ]
    parts = [head, _groups("tier", found), _groups("segment", found), _lifetime(found["lifetime"])]
    parts += [_level(level, one) for level, one in found["levels"].items()]
    return "\n\n".join("\n".join(part) for part in parts)


def _groups(kind: str, found: Mapping[str, Any]) -> list[str]:
    days = found["lifetime"]["days"]
    rows = [[kind, "customers", "share", "revenue", "share", f"value in {days} days", "alive"]]
    rows += [
        [
            one["name"],
            f"{one['customers']:,}",
            f"{one['share']:.0%}",
            f"{one['revenue']:,.0f}",
            f"{one['revenue_share']:.0%}",
            "–" if one["clv"] is None else f"{one['clv']:,.2f}",
            "–" if one["p_alive"] is None else f"{one['p_alive']:.0%}",
        ]
        for one in found[f"{kind}s"]
    ]
    return [*aligned(rows)]


def _lifetime(report: Mapping[str, Any]) -> list[str]:
    if report["reason"]:
        return [f"No lifetime values: {report['reason']}"]
    said = ["The value of a customer is what the next orders are expected to bring, discounted."]
    if "revenue" not in report:
        said.append(f"There is none here: {report['spending']['reason']}")
    return said


def _level(level: str, found: Mapping[str, Any]) -> list[str]:
    if "reason" in found:
        return [f"{level}: {found['reason']}"]
    benefit, k = found["benefit"], found["k"]
    what = "something new" if found["intent"] == DISCOVER else "something"
    return [
        evaluation_table(dict(found)),
        "",
        f"Of {found['customers']:,} customers who bought later, {benefit['served']:.1%} would have "
        f"found {what} that they then bought among {k} items; with bestsellers alone, "
        f"{benefit['bestsellers']:.1%}.",
        "What that is worth tells an experiment: some would have bought it anyway.",
    ]
