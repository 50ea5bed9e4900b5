"""The variant of an experiment that a customer or visitor gets, and what it changes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django_clvrec.cache import recall
from django_clvrec.core.merchandising import ShopRule, Window
from django_clvrec.models import Experiment
from django_clvrec.replica import read_database
from django_clvrec.serving.room import room_of
from django_clvrec.serving.rules import rule_of
from django_clvrec.serving.stored import Live
from django_clvrec.serving.visit import moment_of
from django_clvrec.watching import degraded

EXPERIMENTS = ("experiments",)
"""What caches know of them."""
FIELDS = ("key", "level", "tiers", "variants", "starts_at", "ends_at")


@dataclass(frozen=True, kw_only=True)
class Variant:
    """What is done for one share of the subjects; what it does not name is as ever."""

    label: str = ""
    """As it is logged: "key:name"."""
    recommender: str = ""
    template: str = ""
    most_per_category: int | None = None
    rules: tuple[ShopRule, ...] = ()

    def window(self, window: Window) -> Window:
        """The shop's window with this variant's own rules behind it."""
        return Window(
            rules=(*window.rules, *self.rules),
            most_per_category=self.most_per_category or window.most_per_category,
        )


NORMAL = Variant()
"""Outside of experiments."""


def variant_of(live: Live, level: str, tier: str, now: datetime, who: str | None) -> Variant:
    """The same at every call for one subject and experiment; NORMAL for who cannot be told apart.

    Whether an experiment applies depends on the tier; who gets which variant does not, so nobody
    changes sides by moving. No query without experiments; else one.
    """
    if not live.has_experiments or not who:
        return NORMAL
    running = next(_running(level, tier, now), None)
    if running is None or not _can_be_served(running, live, level):
        return NORMAL
    from django_clvrec.core.experiments import assign  # SciPy, which other pages do without

    by_name = {one["name"]: one for one in running["variants"]}
    weights = {name: float(one["weight"]) for name, one in by_name.items()}
    return _variant(running["key"], by_name[assign(who, running["key"], weights)])


def missing_recommenders(
    variants: Iterable[Mapping[str, Any]], live: Live, level: str
) -> list[str]:
    """Those that variants name and the live snapshot did not keep at `level`."""
    named = {one["recommender"] for one in variants if one.get("recommender")}
    room = room_of(live, level) if named else None
    return sorted(name for name in named if room and room.named(name) is None)


def _running(level: str, tier: str, now: datetime) -> Iterator[Mapping[str, Any]]:
    rows = Experiment.objects.using(read_database()).filter(is_active=True).order_by("pk")
    for one in recall(EXPERIMENTS, lambda: list(rows.values(*FIELDS))):
        begin, end = one["starts_at"], one["ends_at"]
        if (
            one["level"] in {"", level}
            and (not one["tiers"] or tier in one["tiers"])
            and (begin is None or moment_of(begin) <= now)
            and (end is None or now < moment_of(end))
        ):
            yield one


def _can_be_served(experiment: Mapping[str, Any], live: Live, level: str) -> bool:
    """Without one of its recommenders it rests for everybody, the control too.

    Were only the variant that names it to get the normal list, or not to be counted, the
    comparison would be of something else than it says.
    """
    missing = missing_recommenders(experiment["variants"], live, level)
    if missing:
        _warn(experiment["key"], level, live.snapshot_id, ", ".join(missing))
    return not missing


@cache
def _warn(key: str, level: str, snapshot_id: int, missing: str) -> None:
    """Once per process and snapshot."""
    degraded(
        "experiment",
        "Experiment %s rests at level %s: snapshot %d keeps no recommender %s. "
        'Use RECOMMENDER = "auto", or one that is served, and refresh.',
        key,
        level,
        snapshot_id,
        missing,
    )


def _variant(key: str, given: Mapping[str, Any]) -> Variant:
    return Variant(
        label=f"{key}:{given['name']}",
        recommender=given.get("recommender", ""),
        template=given.get("template", ""),
        most_per_category=given.get("most_per_category"),
        rules=tuple(rule_of(rule) for rule in given.get("rules", ())),
    )
