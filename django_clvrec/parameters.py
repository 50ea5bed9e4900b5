"""From the CLVREC setting to the parameters of a run."""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from django.utils.module_loading import import_string

from django_clvrec.conf import asked_recommenders, get_config
from django_clvrec.core.dimensions import DIMENSIONS
from django_clvrec.core.recommenders.als import AlsParameters
from django_clvrec.core.recommenders.names import DEEP
from django_clvrec.core.segments import DEFAULT, SegmentRule, rules_of
from django_clvrec.engines.base import Parameters
from django_clvrec.engines.deep.needs import require_torch
from django_clvrec.models import SegmentTable
from django_clvrec.sources import PurchaseSource

ALS_FIELDS = frozenset(field.name for field in fields(AlsParameters))


def engine_name() -> str:
    return str(get_config()["ENGINE"])


def engine_options(name: str) -> dict[str, Any]:
    """The setting that is called like the engine; none for engines by dotted path."""
    return dict(get_config().get(name.upper(), {}))


def run_parameters(
    source: PurchaseSource, as_of: datetime, asked: Collection[str] = ()
) -> Parameters:
    """What the settings say of a run over `source`; `asked` are names that may compete besides.

    Raises DeepNotInstalled.
    """
    config = get_config()
    own = own_recommenders(asked)
    if any(hasattr(one, "budget") for one in own.values()):
        require_torch()
    low, high = config["RATING_RANGE"]
    return Parameters(
        as_of=as_of,
        levels=source.levels,
        clusters=clusters_by_dimension(config["CLUSTERS"]),
        tiers=dict(config["TIERS"]),
        min_orders=config["MIN_ORDERS"],
        feedback=config["FEEDBACK"],
        rating_midpoint=(low + high) / 2,
        als={level: als_parameters(config["ALS"], level) for level in source.levels},
        min_tier_customers=config["MIN_TIER_CUSTOMERS"],
        min_buyers=config["MIN_BUYERS"],
        popularity_days=config["POPULARITY_DAYS"],
        list_length=config["LIST_LENGTH"],
        horizon_days=config["CLV_DAYS"],
        own=own,
        als_given=frozenset(level for level in source.levels if _is_given(config["ALS"], level)),
    )


def segment_rules(source: str) -> tuple[SegmentRule, ...]:
    """The table of segments: the one that admins keep, else that of the settings."""
    rows = SegmentTable.objects.filter(source__in=(source, ""))
    tables = dict(rows.values_list("source", "rules"))
    kept = tables.get(source) or tables.get("")
    return rules_of(kept) if kept else segment_rules_of_settings()


def segment_rules_of_settings() -> tuple[SegmentRule, ...]:
    return rules_of(get_config()["SEGMENTS"] or DEFAULT)


def own_recommenders(asked: Collection[str] = ()) -> dict[str, Any]:
    """Contestants beside those that always compete, by name: the shop's own come last.

    Those that have a budget, and no other than by default, have that of CLVREC["DEEP"].
    """
    made = [import_string(path)() for path in get_config()["CONTESTANTS"] if path not in DEEP]
    names = needing_torch(asked)
    if not names and not any(hasattr(one, "budget") for one in made):
        return {one.name: one for one in made}
    # so that no process that asks for none of them loads them
    from django_clvrec.engines.deep.budget import Budget
    from django_clvrec.engines.deep.contestants import deep_recommenders

    budget = Budget(**get_config()["DEEP"])
    own = [
        replace(one, budget=budget) if getattr(one, "budget", None) == Budget() else one
        for one in made
    ]
    return {**deep_recommenders(names, budget), **{one.name: one for one in own}}


def needing_torch(asked: Collection[str] = ()) -> list[str]:
    """Names of recommenders that are trained with PyTorch: by the settings, and of `asked`."""
    # a list, for checks ask about settings that hold anything
    wanted = [*asked_recommenders(), *asked]
    return [name for name in DEEP if name in wanted]


def end_of_observation(text: str) -> datetime:
    """An ISO time, or an ISO date: then the end of that day in the current time zone."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat(text)
    return timezone.make_aware(datetime.combine(day, time.max))


def clusters_by_dimension(setting: Any) -> dict[str, int | None]:
    """k by dimension; None for the elbow."""
    chosen = setting if isinstance(setting, Mapping) else dict.fromkeys(DIMENSIONS, setting)
    ks = {dimension: chosen.get(dimension, "elbow") for dimension in DIMENSIONS}
    return {dimension: None if k == "elbow" else k for dimension, k in ks.items()}


def _is_given(setting: Mapping[str, Any], level: str) -> bool:
    """Whether a level's factorisation is described, so that there is nothing to search."""
    return bool(setting.get(level)) or not setting.keys().isdisjoint(ALS_FIELDS)


def als_parameters(setting: Mapping[str, Any], level: str) -> AlsParameters:
    """ALS parameters at `level`: those for all levels, overridden by the level's own."""
    common = {name: value for name, value in setting.items() if name in ALS_FIELDS}
    return AlsParameters(**common | setting.get(level, {}))
