"""The report of a refresh as a table for people."""

from collections.abc import Iterable, Sequence
from typing import Any

from django_clvrec.core.evaluation.names import ALL, SERVED


def report_table(report: dict[str, Any]) -> str:
    """The report as lines of text, a section each."""
    dropped = {rule: count for rule, count in report["lines_dropped"].items() if count}
    sections = (
        (
            "Purchases",
            [
                ("lines read", f"{report['lines_read']:,}"),
                *_kept_rows(report),
                *((f"dropped: {rule}", f"{count:,}") for rule, count in dropped.items()),
                ("customers", f"{report['customers']:,}"),
            ],
        ),
        ("Clusters", [_cluster_row(*item) for item in report["clusters"].items()]),
        ("Tiers", [(tier, f"{count:,}") for tier, count in report["tiers"].items()]),
        ("Served by", _served_rows(report)),
        ("Models", [_model_row(model) for model in report["models"]]),
        (
            "Result",
            [
                ("recommendation lists", f"{report['recommendations']:,}"),
                ("peak memory", f"{report['peak_memory_mb']:,} MB"),
                ("engine", report["engine"]),
                ("snapshot", str(report["snapshot"])),
            ],
        ),
        ("Seconds", _stage_rows(report["stages"])),
    )
    return "\n".join(line for title, rows in sections if rows for line in _section(title, rows))


def _kept_rows(report: dict[str, Any]) -> list[tuple[str, str]]:
    kept = report.get("lines_kept", 0)  # reports of older versions do not have it
    anew = report["lines_read"] - kept
    return [("of these anew", f"{anew:,}"), ("of these kept", f"{kept:,}")] if kept else []


def _cluster_row(dimension: str, clusters: dict[str, Any]) -> tuple[str, ...]:
    centres = "  ".join(f"{centre:,.1f}" for centre in clusters["centres"])
    return (dimension, f"k = {clusters['k']}", f"centres {centres}")


def _served_rows(report: dict[str, Any]) -> list[tuple[str, ...]]:
    """By level and intent who serves each tier, and what that reached in the backtest."""
    reached = {
        (row["level"], row["intent"]): f"NDCG@10 {row['ndcg@10']:.3f}"
        for row in report.get("leaderboard", [])
        if row["name"] == SERVED and row["tier"] == ALL
    }
    return [
        (
            f"{level} / {intent}",
            "  ".join(f"{tier}: {name}" for tier, name in by_tier.items()),
            reached.get((level, intent), ""),
        )
        for level, served in report.get("served", {}).items()
        for intent, by_tier in served.items()
    ]


def _model_row(model: dict[str, Any]) -> tuple[str, ...]:
    name = f"{model['level']} / {model['tier']}"
    if model["fallback"]:
        return (name, model["fallback"])
    size = f"{model['customers']:,} customers × {model['items']:,} items"
    return (name, size, f"{model['interactions']:,} interactions", f"{model['seconds']:.1f} s")


def _stage_rows(stages: dict[str, float]) -> list[tuple[str, ...]]:
    rows = [(name, f"{seconds:.1f}") for name, seconds in stages.items()]
    return [*rows, ("total", f"{sum(stages.values()):.1f}")]


def _section(title: str, rows: Sequence[tuple[str, ...]]) -> Iterable[str]:
    yield title
    for row in rows:
        yield "  " + f"{row[0]:<26}" + "  ".join(row[1:])
