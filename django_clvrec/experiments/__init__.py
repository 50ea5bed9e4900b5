"""Experiments: what came of them, what others would have done, starting and stopping.

Who gets which variant is decided where lists are made, in `serving.variants`.
docs/how-to/experiments.md
"""

from django_clvrec.experiments.off_policy import Estimates, estimate, estimate_popular
from django_clvrec.experiments.reports import ExperimentReport, LevelReport, Part, report
from django_clvrec.experiments.switching import experiment_of, start, stop

__all__ = [
    "Estimates",
    "ExperimentReport",
    "LevelReport",
    "Part",
    "estimate",
    "estimate_popular",
    "experiment_of",
    "report",
    "start",
    "stop",
]
