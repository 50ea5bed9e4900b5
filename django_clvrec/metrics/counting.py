"""Counters and histograms of one process. Labels have few values, and none is personal."""

import logging
from collections.abc import Mapping

from prometheus_client import Counter, Histogram

from django_clvrec.logs import say

ANSWER_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
REFRESH_SECONDS = (1, 5, 15, 60, 300, 900, 1800, 3600, 2 * 3600, 4 * 3600, 8 * 3600)

METERS: dict[str, Counter | Histogram] = {
    "answers": Counter(
        "clvrec_answers",
        "Answers to visitors, by where their first item came from.",
        ("source", "level", "intent"),
    ),
    "answer_seconds": Histogram(
        "clvrec_answer_seconds",
        "Seconds that an answer took, by where its first item came from.",
        ("source",),
        buckets=ANSWER_SECONDS,
    ),
    "fold_ins": Counter(
        "clvrec_fold_ins",
        "Lists made at the visit, of customers who bought or moved since the snapshot.",
        ("level", "intent"),
    ),
    "cache": Counter(
        "clvrec_cache_facts", "Facts that the cache was asked for: hit or miss.", ("found",)
    ),
    "degraded": Counter(
        "clvrec_degraded", "Answers that were less than they might be, by the reason.", ("reason",)
    ),
    "feedback": Counter(
        "clvrec_feedback_events",
        "Events that browsers reported: recorded, or why they were ignored.",
        ("outcome",),
    ),
    "refreshes": Counter(
        "clvrec_refreshes", "Refreshes that ended in this process.", ("source", "state")
    ),
    "refresh_seconds": Histogram(
        "clvrec_refresh_stage_seconds",
        "Seconds of each stage of refreshes in this process.",
        ("source", "stage"),
        buckets=REFRESH_SECONDS,
    ),
}
"""By what `tally.note` calls them."""


def take(name: str, value: float, labels: Mapping[str, str]) -> None:
    """Count. What counts never stops what is counted, such as on a disk that is full."""
    try:
        meter = METERS[name].labels(**labels)
        if isinstance(meter, Counter):
            meter.inc(value)
        else:
            meter.observe(value)
    except Exception as error:  # noqa: BLE001 - its files may fail as files do
        kind = type(error).__name__
        say(logging.WARNING, "metrics.uncounted", "A metric could not be counted: %s", kind)
