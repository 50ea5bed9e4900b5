"""Judges the CLVREC setting."""

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from itertools import pairwise
from os import PathLike
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.db import connections
from django.utils.module_loading import import_string

from django_clvrec.checks.rules import are_rules, are_segments
from django_clvrec.conf import DEFAULTS, get_config, own_names
from django_clvrec.core.dimensions import DIMENSIONS
from django_clvrec.core.recommenders.names import AUTO, DEEP, NAMES
from django_clvrec.core.tiers import MAX_OVERALL, NEW, TIERS
from django_clvrec.drift import BOUNDS as DRIFTS
from django_clvrec.drift import HOLD, PSI
from django_clvrec.engines.base import EXPLICIT, IMPLICIT
from django_clvrec.engines.java import has_java
from django_clvrec.engines.registry import ENGINES, NEED_JAVA, TRAINING, can_train, is_installed
from django_clvrec.feedback.attribution import CLICKED, SHOWN
from django_clvrec.gate import BOUNDS
from django_clvrec.movement.delivery import is_webhook
from django_clvrec.movement.telling import EVENTS
from django_clvrec.parameters import ALS_FIELDS
from django_clvrec.policy import Policy

CONTESTANT_PARTS = ("name", "fit", "variants", "limits")
"""What the protocol in `core.recommenders.base` asks for."""
SHORTEST_SECRET = 32
"""Characters of a key that nobody finds by trying."""
LONGEST_CACHE = 600
"""Seconds in which nobody refreshes so often that a snapshot is removed to which a cache leads."""


@register(Tags.compatibility)
def check_settings(**_: Any) -> list[CheckMessage]:
    """Names and values of the CLVREC setting."""
    given = getattr(settings, "CLVREC", {})
    if not isinstance(given, Mapping):
        return [Error("CLVREC must be a dict.", hint="CLVREC = {}", id="clvrec.E002")]
    unknown = [_unknown(name) for name in given if name not in DEFAULTS]
    return [*unknown, *_values(get_config()), *_engine(get_config()["ENGINE"])]


def _unknown(name: str) -> Error:
    near = get_close_matches(str(name), DEFAULTS, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}?" if near else f"There is {', '.join(DEFAULTS)}."
    return Error(f"CLVREC has no setting {name!r}.", hint=hint, id="clvrec.E001")


def _values(config: dict[str, Any]) -> Iterator[Error]:
    for name, (is_right, wanted) in RIGHT.items():
        if not is_right(config[name]):
            yield Error(
                f"CLVREC[{name!r}] is {_shown(name, config[name])!r}, which is not {wanted}.",
                hint=f"The default is {DEFAULTS[name]!r}.",
                id="clvrec.E002",
            )


def _shown(name: str, value: Any) -> Any:
    """A value as it may stand in the log of a deployment: without its secret."""
    if name == "PSEUDONYM_KEY":
        return "…"
    if not isinstance(value, Mapping):
        return value
    return {**value, **{one: "…" for one in ("secret", "token") if value.get(one)}}


def _is_pseudonym_key(value: Any) -> bool:
    if value is None:
        return True
    others = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return isinstance(value, str) and len(value) >= SHORTEST_SECRET and value not in others


def _is_whole(least: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and value >= least


def _is_k(value: Any) -> bool:
    return value == "elbow" or _is_whole(1)(value)


def _are_clusters(value: Any) -> bool:
    if isinstance(value, Mapping):
        return set(value) <= set(DIMENSIONS) and all(_is_k(k) for k in value.values())
    return _is_k(value)


def _are_tiers(value: Any) -> bool:
    if not isinstance(value, Mapping) or set(value) != set(TIERS):
        return False
    bounds = [value[tier] for tier in TIERS]
    whole = all(type(bound) is int for bound in bounds)
    return whole and bounds[0] == 0 and bounds[-1] <= MAX_OVERALL and _rises(bounds)


def _is_range(value: Any) -> bool:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        return False
    return all(isinstance(bound, (int, float)) for bound in value) and _rises(list(value))


def _rises(numbers: list[Any]) -> bool:
    return all(a < b for a, b in pairwise(numbers))


def _is_als(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    common = {name: given for name, given in value.items() if name in ALS_FIELDS}
    by_level = [given for name, given in value.items() if name not in ALS_FIELDS]
    return _are_als_values(common) and all(
        isinstance(given, Mapping) and set(given) <= ALS_FIELDS and _are_als_values(given)
        for given in by_level
    )


def _are_als_values(values: Mapping[str, Any]) -> bool:
    return all(
        _is_whole(1)(value)
        if name in {"factors", "iterations"}
        else type(value) is int
        if name == "seed"
        else isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
        for name, value in values.items()
    )


def _is_recommender(value: Any) -> bool:
    names = list(value.values()) if isinstance(value, Mapping) else [value]
    tiers = set(value) if isinstance(value, Mapping) else set()
    try:
        own = own_names() if _are_contestants(get_config()["CONTESTANTS"]) else []
    except ModuleNotFoundError:
        return True
    known = (AUTO, *NAMES, *DEEP, *own)
    return tiers <= {NEW, *TIERS} and all(name in known for name in names)


def _are_contestants(value: Any) -> bool:
    if not isinstance(value, (list, tuple)):
        return False
    try:
        made = [import_string(path)() for path in value if path not in DEEP]
    except (AttributeError, ImportError, TypeError, ValueError) as error:
        return _is_elsewhere(error)
    right = all(hasattr(one, part) for one in made for part in CONTESTANT_PARTS)
    names = [one.name for one in made] if right else []
    names += [path for path in value if path in DEEP]
    return right and len({*names, *NAMES}) == len(names) + len(NAMES)


def _is_elsewhere(error: Exception) -> bool:
    """Whether a shop's own class needs what trains, so that it is judged where that is."""
    missing = error.name or "" if isinstance(error, ModuleNotFoundError) else ""
    return missing.partition(".")[0] in TRAINING and not can_train()


def _is_gate(value: Any) -> bool:
    if not isinstance(value, Mapping) or not set(value) <= set(BOUNDS):
        return False
    return all(
        isinstance(bound, (int, float)) and not isinstance(bound, bool) and 0 <= bound <= 1
        for bound in value.values()
    )


def _is_drift(value: Any) -> bool:
    if not isinstance(value, Mapping) or not set(value) <= {*DRIFTS, HOLD}:
        return False
    bounds = {name: bound for name, bound in value.items() if name != HOLD}
    return isinstance(value.get(HOLD, False), bool) and all(
        type(bound) in {int, float} and bound >= 0 and (name == PSI or bound <= 1)
        for name, bound in bounds.items()
    )


def _is_metrics(value: Any) -> bool:
    if value is None:
        return True
    token = value.get("token", "…") if isinstance(value, Mapping) else None
    return isinstance(token, str) and len(token) > 0 and set(value) <= {"token"}


def _are_caps(value: Any) -> bool:
    if not isinstance(value, Mapping) or not set(value) <= {"per_day", "in_all"}:
        return False
    return all(cap is None or _is_whole(1)(cap) for cap in value.values())


def _is_quarantine(value: Any) -> bool:
    if value is None:
        return True
    if not isinstance(value, Mapping) or not set(value) <= set(DEFAULTS["QUARANTINE"]):
        return False
    given = DEFAULTS["QUARANTINE"] | dict(value)
    shares = (given["share"], given["chance"])
    return (
        _is_whole(1)(given["days"])
        and _is_whole(1)(given["buyers"])
        and all(type(share) in {int, float} and 0 < share <= 1 for share in shares)
    )


def _are_shares(value: Any) -> bool:
    if not isinstance(value, Mapping) or not set(value) <= {NEW, *TIERS}:
        return False
    return all(type(share) in {int, float} and 0 <= share <= 1 for share in value.values())


def _is_folder(value: Any) -> bool:
    return value is None or (isinstance(value, (str, PathLike)) and bool(str(value)))


def _is_spark(value: Any) -> bool:
    if not isinstance(value, Mapping) or not set(value) <= {"master", "config"}:
        return False
    return isinstance(value.get("master", ""), str) and isinstance(value.get("config", {}), Mapping)


def _is_deep(value: Any) -> bool:
    kinds = {"memory_mb": _is_whole(1), "customers": _is_whole(1), "device": _is_text}
    kinds["seconds"] = lambda given: type(given) in {int, float} and 0 < given < float("inf")
    if not isinstance(value, Mapping) or not set(value) <= set(kinds):
        return False
    return all(kinds[name](given) for name, given in value.items())


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_local(value: Any) -> bool:
    if not isinstance(value, Mapping) or not set(value) <= {"threads"}:
        return False
    return value.get("threads") is None or _is_whole(1)(value["threads"])


def is_policy(path: Any) -> bool:
    """Whether a dotted path leads to a class of policies."""
    try:
        return issubclass(import_string(path), Policy)
    except (ImportError, TypeError, ValueError, AttributeError):
        return False


def _is_discount(value: Any) -> bool:
    return type(value) in {int, float} and 0 <= value <= 10


def _is_cache_time(value: Any) -> bool:
    return _is_whole(0)(value) and value <= LONGEST_CACHE


def _is_budget(value: Any) -> bool:
    return value is None or (type(value) in {int, float} and 0.1 <= value <= 60)


def _is_cache(alias: Any) -> bool:
    return isinstance(alias, str) and alias in settings.CACHES


RIGHT: dict[str, tuple[Callable[[Any], bool], str]] = {
    "ENGINE": (lambda value: isinstance(value, str), "a name or a dotted path"),
    "SPARK": (
        _is_spark,
        'a dict of "master" and "config"',
    ),
    "LOCAL": (_is_local, 'a dict of "threads", a whole number from 1'),
    "RECOMMENDER": (
        _is_recommender,
        f"one of {', '.join((AUTO, *NAMES, *DEEP))}, or a dict by tier",
    ),
    "CONTESTANTS": (
        _are_contestants,
        f"a list of {', '.join(DEEP)}, and of dotted paths of recommender classes, each with a "
        "name of its own",
    ),
    "DEEP": (
        _is_deep,
        "a dict of seconds, a number above 0, memory_mb and customers, whole numbers from 1, and "
        "device, a text",
    ),
    "BACKTEST_CUSTOMERS": (_is_whole(100), "a whole number from 100"),
    "SEARCH_DAYS": (_is_whole(0), "a whole number of days"),
    "QUALITY_GATE": (_is_gate, f"a dict of {', '.join(BOUNDS)}, each from 0 to 1"),
    "POLICY": (is_policy, "the dotted path of a subclass of django_clvrec.policy.Policy"),
    "CLUSTERS": (_are_clusters, '"elbow", a number from 1, or a dict of these by dimension'),
    "TIERS": (_are_tiers, "a dict of low (0), mid and high with rising bounds up to 9"),
    "MIN_ORDERS": (_is_whole(1), "a whole number from 1"),
    "SEGMENTS": (
        lambda value: value is None or are_segments(value),
        "None, or a list of rules that put every customer into one segment",
    ),
    "CLV_DAYS": (_is_whole(1), "a whole number from 1"),
    "CLV_DISCOUNT": (_is_discount, "a number from 0 to 10"),
    "WEBHOOK": (
        lambda value: value is None or is_webhook(value),
        'None, or a dict of "url" (http or https), "secret" and "events", '
        f"which are of {', '.join(EVENTS)}",
    ),
    "FEEDBACK": (lambda value: value in (IMPLICIT, EXPLICIT), '"implicit" or "explicit"'),
    "RATING_RANGE": (_is_range, "a pair of the lowest and the highest rating"),
    "ALS": (_is_als, f"a dict of {', '.join(sorted(ALS_FIELDS))}, or of such dicts by level"),
    "MIN_TIER_CUSTOMERS": (_is_whole(1), "a whole number from 1"),
    "MIN_BUYERS": (_is_whole(1), "a whole number from 1"),
    "POPULARITY_DAYS": (_is_whole(1), "a whole number from 1"),
    "WEIGHT_CAPS": (
        _are_caps,
        "a dict of per_day and in_all, each None or a whole number from 1",
    ),
    "QUARANTINE": (
        _is_quarantine,
        "None, or a dict of days and buyers, whole numbers from 1, and of share and chance, "
        "above 0 and up to 1",
    ),
    "LIST_LENGTH": (_is_whole(1), "a whole number from 1"),
    "REST_DAYS": (_is_whole(0), "a whole number of days"),
    "MOST_PER_CATEGORY": (
        lambda value: value is None or _is_whole(1)(value),
        "None or a whole number from 1",
    ),
    "RULES": (are_rules, "a list of rules, each a dict of a level, an action and conditions"),
    "KEEP_SNAPSHOTS": (_is_whole(2), "a whole number from 2"),
    "WORK_DIR": (_is_folder, "a folder or None"),
    "LOG_DIR": (_is_folder, "a folder or None"),
    "LOG_WINDOW_DAYS": (_is_whole(1), "a whole number from 1"),
    "CACHE_SECONDS": (_is_cache_time, f"a whole number of seconds up to {LONGEST_CACHE}"),
    "CACHE_ALIAS": (_is_cache, "an alias in CACHES"),
    "SERVING_SECONDS": (_is_budget, "None, or a number of seconds from 0.1 to 60"),
    "READ_DATABASE": (
        lambda value: value is None or value in list(connections),
        "None or an alias in DATABASES",
    ),
    "FEEDBACK_DAYS": (_is_whole(1), "a whole number from 1"),
    "HISTORY_DAYS": (_is_whole(1), "a whole number from 1"),
    "TOKEN_HOURS": (_is_whole(1), "a whole number from 1"),
    "LISTS_PER_DAY": (_is_whole(1), "a whole number from 1"),
    "ATTRIBUTION_DAYS": (_is_whole(1), "a whole number from 1"),
    "ATTRIBUTION": (lambda value: value in (CLICKED, SHOWN), '"clicked" or "shown"'),
    "EXPLORATION": (_are_shares, f"a dict of {', '.join((NEW, *TIERS))}, each from 0 to 1"),
    "FRESH_HOURS": (
        lambda value: type(value) in {int, float} and value > 0,
        "a number of hours above 0",
    ),
    "DRIFT": (
        _is_drift,
        f"a dict of {', '.join(DRIFTS)}, each a number from 0, and {HOLD}, True or False",
    ),
    "METRICS": (_is_metrics, 'None, or a dict of "token", a text that is not empty'),
    "PSEUDONYM_KEY": (
        _is_pseudonym_key,
        f"None, or a text of {SHORTEST_SECRET} characters or more that is no SECRET_KEY",
    ),
}


def _is_engine(path: str) -> bool:
    try:
        engine = import_string(path)
    except (ImportError, TypeError, ValueError):
        return False
    return hasattr(engine, "open") and hasattr(engine, "name")


def _engine(name: Any) -> Iterator[CheckMessage]:
    if not isinstance(name, str):
        return
    if not can_train() and (name in ENGINES or "." in name):
        return  # engines are judged where they may run; `clvrec_doctor` tells that it is not here
    if name not in ENGINES:
        if not _is_engine(name):
            near = get_close_matches(name, ENGINES, n=1)
            hint = (
                f"Did you mean {near[0]!r}?" if near else f"Use {' or '.join(map(repr, ENGINES))}."
            )
            yield Error(f"There is no engine {name!r}.", hint=hint, id="clvrec.E003")
    elif not is_installed(name):
        yield Warning(
            f"The engine {name!r} is not installed, so this machine cannot refresh.",
            hint='Run `pip install "django-clvrec[spark]"` where refreshes run; '
            "web servers do not need it.",
            id="clvrec.W002",
        )
    elif name in NEED_JAVA and not has_java():
        yield Warning(
            f"The engine {name!r} finds no Java on this machine.",
            hint='Run `pip install "django-clvrec[spark]"`, which brings one.',
            id="clvrec.W003",
        )
