"""Who is to serve whom: by a backtest of the shop's own orders, or as the settings pin it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from django_clvrec import __version__
from django_clvrec.conf import get_config
from django_clvrec.core.clusters import Clusters
from django_clvrec.core.dimensions import DIMENSIONS
from django_clvrec.core.recommenders.base import Recommender, learn_from_feedback
from django_clvrec.core.recommenders.contestants import described
from django_clvrec.core.recommenders.implicit_als import Als
from django_clvrec.core.recommenders.names import ALS, AUTO, BLEND, POPULAR
from django_clvrec.core.tiers import NEW, TIERS
from django_clvrec.engines.backtests import Question, ask, competitors, steps
from django_clvrec.engines.base import Parameters
from django_clvrec.engines.events import EPOCH
from django_clvrec.engines.plans import Plan, pinned
from django_clvrec.engines.rfm import day_of
from django_clvrec.exceptions import NothingToEvaluate
from django_clvrec.models import Snapshot
from django_clvrec.progress import Progress

BACKTEST = "backtest"
READ_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Planned:
    """The parameters of a run with its plans, and what they are based on."""

    parameters: Parameters
    stored: dict[str, Any]
    """For `Snapshot.plan`."""
    leaderboard: list[dict[str, Any]]
    left_out: list[dict[str, str]] = field(default_factory=list)
    """`level`, `name` and `why` of contestants that took no part."""


def after_last(source: str, parameters: Parameters) -> Parameters:
    """The parameters of a run with the clusters of the live snapshot, which stay where they can."""
    live = Snapshot.objects.live(source).first()
    if live is None:
        return parameters
    try:
        before = {name: Clusters.of_json(live.report["clusters"][name]) for name in DIMENSIONS}
    except (KeyError, TypeError):  # of another version
        return parameters
    end = live.as_of if timezone.is_aware(live.as_of) else timezone.make_aware(live.as_of)
    days = day_of(parameters.as_of) - day_of(end)
    return replace(parameters, clusters_before=before, days_since=days)


def pins() -> dict[str, str]:
    """By tier the recommender that CLVREC["RECOMMENDER"] names, or AUTO.

    One name for all is meant for customers who are known: newcomers see what is popular.
    """
    setting = get_config()["RECOMMENDER"]
    if isinstance(setting, Mapping):
        return {tier: setting.get(tier, AUTO) for tier in (NEW, *TIERS)}
    newcomers = AUTO if setting == AUTO else POPULAR
    return {NEW: newcomers, **dict.fromkeys(TIERS, setting)}


def levels_with_feedback(parameters: Parameters) -> list[str]:
    """Levels at which somebody who may serve learns from what was shown."""
    wanted, found = pins(), []
    for level in parameters.levels:
        able = competitors(parameters, level)
        is_pinned = not {AUTO, BLEND} & {*wanted.values()}
        chosen = pinned(wanted, able).to_fit() if is_pinned else able.values()
        if learn_from_feedback(chosen):
            found.append(level)
    return found


def make_plans(
    snapshot: Snapshot, log: Path, parameters: Parameters, progress: Progress
) -> Planned:
    """Plans for every level. A backtest takes place where something is to be chosen or blended.

    What is still valid of the snapshot before is kept: all of it where the orders are the same,
    else the parameters that were searched in the last SEARCH_DAYS.
    """
    wanted = pins()
    if not {AUTO, BLEND} & {*wanted.values()}:
        plans = {
            level: pinned(wanted, competitors(parameters, level)) for level in parameters.levels
        }
        return Planned(parameters=_with(parameters, plans), stored={}, leaderboard=[])
    question = Question(most_customers=get_config()["BACKTEST_CUSTOMERS"])
    before = Snapshot.objects.live(snapshot.source).first()
    last = _Last.of(before, parameters)
    settings = _digest(parameters, question, wanted)
    # with another budget somebody else may be trained; parameters that were found stay good
    budget = get_config()["DEEP"]
    fingerprint = _digest(settings, budget, log, *parameters.shown.values())
    if before and last.fingerprint == fingerprint:
        stored = {**before.plan, "is_reused": True}
        return Planned(
            parameters=_with(parameters, last.plans),
            stored=stored,
            leaderboard=before.report.get("leaderboard", []),
            left_out=before.report.get("left_out", []),
        )
    known = last.searched(settings, timezone.now())
    tested = _backtests(log, parameters, question, known, last=last, progress=progress)
    stored = {
        "fingerprint": fingerprint,
        "settings": settings,
        "searched_at": (last.searched_at if known else timezone.now()).isoformat(),
        "plans": {level: plan.to_json() for level, plan in tested.plans.items()},
        "is_reused": False,
    }
    return Planned(
        parameters=_with(parameters, tested.plans),
        stored=stored,
        leaderboard=tested.leaderboard,
        left_out=tested.left_out,
    )


@dataclass
class _Tested:
    """What came of the backtests of all levels."""

    plans: dict[str, Plan] = field(default_factory=dict)
    leaderboard: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[dict[str, str]] = field(default_factory=list)


def _backtests(
    log: Path,
    parameters: Parameters,
    question: Question,
    known: Mapping[str, Mapping[str, Recommender]],
    *,
    last: "_Last",
    progress: Progress,
) -> _Tested:
    found = _Tested()
    total, done = steps(parameters, question), iter(range(1, 1 << 30))

    def on_step(_: str) -> None:
        progress(BACKTEST, min(next(done), total), total)

    progress(BACKTEST, 0, total)
    for level in parameters.levels:
        alone = replace(parameters, levels=(level,))
        try:
            answer = next(ask(log, alone, question, known, on_step=on_step, pins=pins()))
        except NothingToEvaluate:
            plain = {tier: POPULAR if n in {AUTO, BLEND} else n for tier, n in pins().items()}
            found.plans[level] = pinned(plain, competitors(parameters, level))
            continue
        found.plans[level] = answer.plan(pins(), last.plans.get(level))
        found.leaderboard += answer.leaderboard()
        found.left_out += [
            {"level": level, "name": name, "why": why} for name, why in answer.left_out.items()
        ]
    return found


def _with(parameters: Parameters, plans: Mapping[str, Plan]) -> Parameters:
    """The parameters of a run by these plans; factorisations get what was searched for them."""
    als = dict(parameters.als)
    for level, plan in plans.items():
        found = plan.recommenders.get(ALS)
        if isinstance(found, Als):
            als[level] = found.parameters
    return replace(parameters, plans=plans, als=als)


@dataclass(frozen=True, kw_only=True)
class _Last:
    """What the live snapshot knows of its plans."""

    fingerprint: str = ""
    settings: str = ""
    searched_at: datetime = datetime.min  # noqa: DTZ901 - only asked for where something is known
    plans: Mapping[str, Plan]

    @classmethod
    def of(cls, snapshot: Snapshot | None, parameters: Parameters) -> "_Last":
        stored = snapshot.plan if snapshot else {}
        try:
            plans = {
                level: Plan.from_json(one, parameters.own) for level, one in stored["plans"].items()
            }
            found = cls(
                fingerprint=stored["fingerprint"],
                settings=stored["settings"],
                searched_at=parse_datetime(stored["searched_at"]) or timezone.now(),
                plans=plans,
            )
        except (KeyError, TypeError, ValueError):  # none, or of another version
            return cls(plans={})
        return found if {*plans} == {*parameters.levels} else cls(plans={})

    def searched(self, settings: str, now: datetime) -> dict[str, Mapping[str, Recommender]]:
        """Recommenders by level, if their parameters were searched by these settings lately."""
        age = timedelta(days=get_config()["SEARCH_DAYS"])
        if not self.plans or self.settings != settings or now - self.searched_at > age:
            return {}
        return {level: plan.recommenders for level, plan in self.plans.items()}


def _digest(*parts: Any) -> str:
    """A checksum of settings and of the files in folders, the time of observation left aside."""
    found = hashlib.blake2b(__version__.encode(), digest_size=16)
    for part in parts:
        if isinstance(part, Path):
            for file in sorted(part.iterdir()) if part.is_dir() else [part]:
                with file.open("rb") as stream:
                    while data := stream.read(READ_BYTES):
                        found.update(data)
            continue
        if isinstance(part, Parameters):
            own = {name: (type(one), described(one)) for name, one in part.own.items()}
            found.update(repr((own, sorted(part.als_given))).encode())
            # sets have no order of their own, and other objects tell their address
            part = replace(  # noqa: PLW2901
                part,
                as_of=EPOCH,
                plans={},
                own={},
                als_given=frozenset(),
                horizon_days=0,
                clusters_before={},
                days_since=0,
                shown={},
            )
        found.update(repr(part).encode())
    return found.hexdigest()
