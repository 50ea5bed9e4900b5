"""Backtests of a purchase log: what every recommender would have reached, and who is to serve."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from django_clvrec.core.evaluation.backtest import Backtest, Settings, backtest
from django_clvrec.core.evaluation.choice import choose
from django_clvrec.core.evaluation.folds import Events, cut_at
from django_clvrec.core.evaluation.leaderboard import Row, rows
from django_clvrec.core.evaluation.names import SPLIT
from django_clvrec.core.ranking import INTENTS
from django_clvrec.core.recommenders.base import (
    Recommender,
    learn_from_feedback,
    learn_from_values,
)
from django_clvrec.core.recommenders.contestants import contestants
from django_clvrec.core.recommenders.names import AUTO, BLEND, PARTS, with_own
from django_clvrec.core.tiers import NEW, TIERS
from django_clvrec.engines.base import EXPLICIT, Parameters
from django_clvrec.engines.events import events_of, sampled_lines, tiers_by_time
from django_clvrec.engines.plans import FACTORISATIONS, Plan
from django_clvrec.engines.shown import shown_by

OnStep = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked of a backtest."""

    names: Collection[str] = ()
    """Who competes; empty for all."""
    intents: Sequence[str] = INTENTS
    k: int = 10
    cut: int | float = SPLIT
    """A moment in microseconds since 1970, or a share of the log's time."""
    folds: int = 1
    """The time after the cut in so many blocks; each is evaluated by all that came before it."""
    most_customers: int = 20_000
    """Of more, a sample takes part."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of a backtest at one level."""

    level: str
    tests: Sequence[Backtest]
    k: int
    names: Sequence[str]
    """Who competed, the simplest first."""
    customers: int
    """In the log."""
    sampled: int
    """Who took part; less than `customers` on a large shop."""

    @property
    def left_out(self) -> dict[str, str]:
        """Why a contestant took no part, by its name."""
        everyone = {name: why for test in self.tests for name, why in test.left_out.items()}
        return {name: everyone[name] for name in self.names if name in everyone}

    def leaderboard(self) -> list[Row]:
        return rows(self.tests, self.level, self.k, self.names)

    def plan(self, pins: Mapping[str, str], reigning: Plan | None) -> Plan:
        """Who is to serve from now on; `pins` are names by tier, or AUTO."""
        newest = self.tests[-1]
        served = {}
        for intent, board in newest.boards.items():
            able = [name for name in self.names if name in board.metrics]
            held = reigning.served.get(intent, {}) if reigning else {}
            found = choose(board, able, (NEW, *TIERS), held)
            chosen = {
                tier: found[tier] if pins.get(tier, AUTO) == AUTO else pins[tier]
                for tier in (NEW, *TIERS)
            }
            # a blend that is pinned may not have had enough to learn for this intent
            is_missing = intent not in newest.weighings
            served[intent] = {
                tier: found[tier] if name == BLEND and is_missing else name
                for tier, name in chosen.items()
            }
        return Plan(served=served, recommenders=newest.recommenders, weighings=newest.weighings)


def ask(
    log: Path,
    parameters: Parameters,
    question: Question,
    known: Mapping[str, Mapping[str, Recommender]],
    *,
    on_step: OnStep = lambda _: None,
    pins: Mapping[str, str] | None = None,
) -> Iterator[Answer]:
    """The answer for each level of `parameters`.

    `known` are recommenders by level whose parameters were searched before; `pins` are names by
    tier that nothing is chosen for, or AUTO. Raises NothingToEvaluate.
    """
    lines, customers = sampled_lines(log, question.most_customers)
    tiers_at = tiers_by_time(lines, parameters)
    names = [name for name in with_own(parameters.own) if name in (question.names or {name})]
    for level in parameters.levels:
        competing = competitors(parameters, level, names)
        events = events_of(lines, level, with_values=learn_from_values(competing.values()))
        searched = known.get(level, {})
        is_searched = not competing.keys() <= searched.keys()
        if not is_searched:
            competing = {name: searched[name] for name in competing}
        settings = Settings(
            tiers=(NEW, *TIERS),
            min_buyers=parameters.min_buyers,
            k=question.k,
            intents=question.intents,
            names=names,
            pins={tier: name for tier, name in (pins or {}).items() if name != AUTO},
        )
        cuts = _cuts(events, question)
        is_asked = level in parameters.shown and learn_from_feedback(competing.values())
        shown = shown_by(parameters.shown[level], lines, level) if is_asked else None
        tests = [
            backtest(
                events.where(events.times <= end),
                cut,
                competing,
                settings,
                tiers_at=tiers_at,
                shown_by=shown,
                step=on_step,
                is_searched=is_searched,
            )
            for cut, end in pairwise(cuts)
        ]
        yield Answer(
            level=level,
            tests=tests,
            k=question.k,
            names=names,
            customers=customers,
            sampled=events.customer_count,
        )


def competitors(
    parameters: Parameters, level: str, names: Collection[str] = ()
) -> dict[str, Recommender]:
    """Those of `names` with their default parameters, and the parts of a blend.

    With ratings, a factorisation predicts how something is liked, not what is bought, so it does
    not compete.
    """
    names = names or with_own(parameters.own)
    wanted = {*names, *(PARTS if BLEND in names else ())}
    own = {name: one for name, one in parameters.own.items() if name in wanted}
    if parameters.feedback == EXPLICIT:
        wanted -= FACTORISATIONS
    is_given = level in parameters.als_given
    built_in = contestants(
        popularity_days=parameters.popularity_days,
        als=parameters.als[level] if is_given else None,
        min_tier_customers=parameters.min_tier_customers,
        names=wanted,
    )
    return built_in | own


def _cuts(events: Events, question: Question) -> list[int]:
    """The ends of the blocks, from the cut to the last order."""
    cut = question.cut
    first = cut if isinstance(cut, int) else cut_at(events, cut)
    last = int(events.times.max(initial=first))
    blocks = question.folds
    return [first + (last - first) * number // blocks for number in range(blocks + 1)]


def steps(parameters: Parameters, question: Question) -> int:
    """About how many steps a backtest tells of, for a progress bar."""
    each: Any = 0
    for level in parameters.levels:
        competing = competitors(parameters, level, question.names).values()
        variants = sum(len(one.variants()) for one in competing if len(one.variants()) > 1)
        each += variants + 4 * len(competing) + 3
    return int(each * question.folds)
