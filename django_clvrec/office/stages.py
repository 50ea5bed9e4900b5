"""The stages of a refresh in words, and how much of it is done when one is at work."""

from collections.abc import Iterable, Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

WORDS = {
    "": gettext_lazy("Starting"),
    "extract": gettext_lazy("Reading purchases"),
    "quarantine": gettext_lazy("Looking for items that are pushed"),
    "backtest": gettext_lazy("Finding out which recommender is right"),
    "start engine": gettext_lazy("Starting the engine"),
    "rfm": gettext_lazy("Counting orders and revenue of each customer"),
    "clusters": gettext_lazy("Finding the limits between scores"),
    "scores": gettext_lazy("Scoring customers"),
    "popularity": gettext_lazy("Finding what is popular"),
    "interactions": gettext_lazy("Counting who bought what"),
    "stop engine": gettext_lazy("Stopping the engine"),
    "lifetime value": gettext_lazy("Forecasting lifetime values"),
    "similar items": gettext_lazy("Finding similar items"),
    "publish": gettext_lazy("Writing scores and lists"),
}
BY_LEVEL = {
    "train": gettext_lazy("Training at the level “%(level)s”"),
    "fit": gettext_lazy("Fitting recommenders at the level “%(level)s”"),
    "recommend": gettext_lazy("Making lists at the level “%(level)s”"),
}
BEFORE = ("extract", "quarantine", "backtest", "start engine", "rfm", "clusters", "scores")
COUNT_LEVELS = ("popularity", "interactions")
"""Of these, `done` is the number of the level."""
AFTER = ("stop engine", "lifetime value", "similar items", "publish")


def words(stage: str) -> str:
    """What is being done; the stage itself where it is of an engine of the shop's own."""
    verb, _space, level = stage.partition(" ")
    if stage in WORDS:
        return str(WORDS[stage])
    if verb in BY_LEVEL and level:
        return str(BY_LEVEL[verb]) % {"level": level}
    return stage


def share_done(
    stage: str, done: int, total: int, seconds: Mapping[str, float], levels: Iterable[str]
) -> float | None:
    """How much of a refresh is done, by what its stages took the last time; None if not known.

    `seconds` are the last refresh's, by stage; `levels` stand in the order of the work.
    """
    steps = list(_steps(seconds, list(levels)))
    at = (stage, done if stage in COUNT_LEVELS else 0)
    names, whole = [name for name, _seconds in steps], sum(took for _name, took in steps)
    if at not in names or not whole:
        return None
    place = names.index(at)
    within = min(done / total, 1) if total and stage not in COUNT_LEVELS else 0
    return (sum(took for _name, took in steps[:place]) + within * steps[place][1]) / whole


def _steps(
    seconds: Mapping[str, float], levels: list[str]
) -> Iterator[tuple[tuple[str, int], float]]:
    """Stage and number of its level, and seconds, in the order of the work."""
    for stage in BEFORE:
        yield (stage, 0), seconds.get(stage, 0.0)
    for number, level in enumerate(levels):
        for stage in COUNT_LEVELS:
            yield (stage, number), seconds.get(stage, 0.0) / len(levels)
        for verb in BY_LEVEL:
            yield (f"{verb} {level}", 0), seconds.get(f"{verb} {level}", 0.0)
    for stage in AFTER:
        yield (stage, 0), seconds.get(stage, 0.0)


def time_left(seconds: float) -> str:
    """The time that is left, as people say it."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return _("less than a minute left")
    if minutes < 90:
        return _("about %(minutes)s min left") % {"minutes": minutes}
    return _("about %(hours)s h left") % {"hours": round(minutes / 60)}
