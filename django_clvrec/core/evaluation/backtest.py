"""A backtest: search parameters, learn the blend and choose on one fold, measure on the next."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
from scipy.sparse import csr_array

from django_clvrec.core.evaluation.choice import EVERYONE, choose
from django_clvrec.core.evaluation.contest import Board, Step, compare, newcomers, search
from django_clvrec.core.evaluation.folds import Events, Fold, ShownBy, TiersAt, cut_at, fold_at
from django_clvrec.core.evaluation.metrics import PerCustomer, per_customer
from django_clvrec.core.histories import Floats, Ints
from django_clvrec.core.ranking import INTENTS
from django_clvrec.core.recommenders.base import Fitted, Recommender, told_limits
from django_clvrec.core.recommenders.blend import (
    Examples,
    FittedBlend,
    Weighing,
    examples_of,
    weigh,
)
from django_clvrec.core.recommenders.features import ItemFacts
from django_clvrec.core.recommenders.names import BLEND, NAMES, PARTS
from django_clvrec.core.recommenders.popular import FittedPopular
from django_clvrec.exceptions import NothingToEvaluate, NotTrained

PARTS_APART = 5
"""Into so many parts customers are divided, to see what a blend reaches with those it never saw."""
INNER_SHARE = 0.8
"""Of the time before the split, after which the inner fold looks for what was bought."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to evaluate."""

    tiers: Sequence[str]
    min_buyers: int
    k: int = 10
    intents: Sequence[str] = INTENTS
    names: Collection[str] = NAMES
    """Who may be chosen; others take part as parts of a blend only."""
    pins: Mapping[str, str] = field(default_factory=dict)
    """Who serves a tier, whatever was best before the split."""


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """What came of one split."""

    cut: int
    customers: int
    """Those with an order before the split."""
    recommenders: Mapping[str, Recommender]
    """With the parameters that did best before the split."""
    limits: Mapping[str, str]
    """What a contestant leaves out, by its name."""
    left_out: Mapping[str, str]
    """Why a contestant took no part, by its name."""
    boards: Mapping[str, Board]
    """By intent."""
    choices: Mapping[str, Mapping[str, str]]
    """By intent and tier, made by what was known before the split: what would have been served."""
    newcomers: Mapping[str, PerCustomer]
    weighings: Mapping[str, Weighing]
    """By intent: the blend as it is learnt from the newest split, for serving from now on."""


def backtest(
    events: Events,
    cut: int,
    recommenders: Mapping[str, Recommender],
    settings: Settings,
    *,
    tiers_at: TiersAt,
    shown_by: ShownBy | None = None,
    step: Step = lambda _: None,
    is_searched: bool = True,
) -> Backtest:
    """Measure `recommenders`, the simplest first, and their blend on what was bought after `cut`.

    Nothing after the cut takes part in parameters, blend or choice; only `weighings`, which
    measure nothing here, are learnt from it. Where the time before the cut is too short for that,
    parameters are the defaults and the simplest of those that may be chosen is. Raises
    NothingToEvaluate.
    """
    if not recommenders:
        raise NothingToEvaluate("Nobody competes: name recommenders that can.")
    outer = fold_at(events, cut, settings.min_buyers, tiers_at, shown_by)
    inner = _inner_fold(events, cut, settings, tiers_at, shown_by)
    known = _Rehearsal(
        recommenders, {}, dict.fromkeys(settings.intents, _simplest(recommenders, settings))
    )
    if inner is not None:
        known = _rehearse(inner, recommenders, settings, step, is_searched=is_searched)
    fitted, left_out = _fit(outer, known.recommenders, step, known.left_out)
    if not fitted:
        raise NothingToEvaluate(f"Nobody could be trained: {' '.join(left_out.values())}")
    boards = compare(outer, fitted, settings.intents, settings.k, step)
    weighings = known.weighings
    if _is_blended(settings, fitted):
        boards = _beside_blend(outer, fitted, weighings, boards, settings=settings, step=step)
        step("learn blend")
        weighings = {**weighings, **_weighings(_examples(outer, fitted, settings))}
    plain = {name: one for name, one in fitted.items() if isinstance(one, FittedPopular)}
    return Backtest(
        cut=cut,
        customers=len(outer.customers),
        recommenders=known.recommenders,
        limits={
            name: told_limits(one, fitted.get(name), outer.histories)
            for name, one in known.recommenders.items()
        },
        left_out=left_out,
        boards=boards,
        choices={
            intent: _served({**choice, **settings.pins}, choice, boards[intent])
            for intent, choice in known.choices.items()
        },
        newcomers=newcomers(outer, plain, settings.k),
        weighings=weighings,
    )


@dataclass(frozen=True)
class _Rehearsal:
    """What was found out before the split."""

    recommenders: Mapping[str, Recommender]
    weighings: Mapping[str, Weighing]
    choices: Mapping[str, Mapping[str, str]]
    left_out: Mapping[str, str] = field(default_factory=dict)


def _rehearse(
    fold: Fold,
    recommenders: Mapping[str, Recommender],
    settings: Settings,
    step: Step,
    *,
    is_searched: bool,
) -> _Rehearsal:
    """Parameters, blend and choice by a fold that ends before the split."""
    best, given_up = search(fold, recommenders, step) if is_searched else (recommenders, {})
    fitted, left_out = _fit(fold, best, step, given_up)
    boards = compare(fold, fitted, settings.intents, settings.k, step)
    weighings: dict[str, Weighing] = {}
    if _is_blended(settings, fitted):
        step("learn blend")
        examples = _examples(fold, fitted, settings)
        weighings = _weighings(examples)
        for intent in weighings:
            to_find = fold.to_find(intent)
            boards[intent] = _with_blend(boards[intent], to_find, examples[intent], settings.k)
    choices = {}
    for intent, board in boards.items():
        able = [name for name in board.metrics if name in settings.names]
        choices[intent] = (
            choose(board, able, settings.tiers) if able else _simplest(recommenders, settings)
        )
    return _Rehearsal(best, weighings, choices, left_out)


def _served(wanted: Mapping[str, str], chosen: Mapping[str, str], board: Board) -> dict[str, str]:
    """Who is wanted by tier; or else who was chosen, or the simplest of those that were trained."""
    first = next(iter(board.metrics))
    return {
        tier: next(one for one in (name, chosen.get(tier, first), first) if one in board.metrics)
        for tier, name in wanted.items()
    }


def _simplest(recommenders: Collection[str], settings: Settings) -> dict[str, str]:
    """The first that may be chosen, for everybody; the first of all where none of them may be."""
    able = [name for name in recommenders if name in settings.names]
    return dict.fromkeys([EVERYONE, *settings.tiers], next(iter(able or recommenders)))


def _beside_blend(
    fold: Fold,
    fitted: Mapping[str, Fitted],
    weighings: Mapping[str, Weighing],
    boards: Mapping[str, Board],
    *,
    settings: Settings,
    step: Step,
) -> dict[str, Board]:
    """The boards with the blend, for those intents that it could learn."""
    blend = FittedBlend(
        parts=_parts(fitted), facts=ItemFacts.of(fold.histories), weighings=weighings
    )
    intents = [intent for intent in settings.intents if intent in weighings]
    if not intents:
        return dict(boards)
    also = compare(fold, {BLEND: blend}, intents, settings.k, step)
    return {intent: _joined(board, also.get(intent)) for intent, board in boards.items()}


def _inner_fold(
    events: Events, cut: int, settings: Settings, tiers_at: TiersAt, shown_by: ShownBy | None
) -> Fold | None:
    before = events.where(events.times <= cut)
    try:
        inner = cut_at(before, INNER_SHARE)
        return fold_at(before, inner, settings.min_buyers, tiers_at, shown_by)
    except NothingToEvaluate:
        return None


def _fit(
    fold: Fold,
    recommenders: Mapping[str, Recommender],
    step: Step,
    given_up: Mapping[str, str] | None = None,
) -> tuple[dict[str, Fitted], dict[str, str]]:
    """Those that could be trained within their budget; and why the others are left out.

    What was given up before is not tried with more to learn from.
    """
    fitted, left_out = {}, dict(given_up or {})
    for name, one in recommenders.items():
        step(f"fit {name}")
        if name in left_out:
            continue
        try:
            fitted[name] = one.fit(fold.learnt)
        except NotTrained as error:
            left_out[name] = str(error)
    return fitted, left_out


def _is_blended(settings: Settings, recommenders: Collection[str]) -> bool:
    return BLEND in settings.names and sum(name in recommenders for name in PARTS) > 1


def _parts(fitted: Mapping[str, Fitted]) -> dict[str, Fitted]:
    return {name: fitted[name] for name in PARTS if name in fitted}


def _examples(fold: Fold, fitted: Mapping[str, Fitted], settings: Settings) -> dict[str, Examples]:
    facts = ItemFacts.of(fold.histories)
    return examples_of(fold.histories, fold.truth, _parts(fitted), facts, settings.intents)


def _weighings(examples: Mapping[str, Examples]) -> dict[str, Weighing]:
    found = {intent: weigh(one) for intent, one in examples.items()}
    return {intent: weighing for intent, weighing in found.items() if weighing is not None}


def _with_blend(board: Board, to_find: csr_array, examples: Examples, k: int) -> Board:
    """The board with the blend, for the customers that it was learnt from.

    Each is served by what the customers of the other parts taught, so that it knows no answer.
    """
    # not by their numbers: a sample can hold every fifth customer only
    part = np.unique(examples.customers, return_inverse=True)[1] % PARTS_APART
    odds = np.zeros(len(part))
    for one in np.unique(part):
        weighing = weigh(examples.of(part != one))
        if weighing is None:
            return board
        odds[part == one] = weighing.log_odds(examples.features[part == one])
    lists = _best(examples, odds, to_find.shape[0], k)
    kept = np.isin(board.customers, examples.customers)
    some = board.customers[kept]
    metrics = {
        name: PerCustomer(*(getattr(one, field.name)[kept] for field in fields(one)))
        for name, one in board.metrics.items()
    }
    metrics[BLEND] = per_customer(lists[some], csr_array(to_find[some]))
    return replace(board, customers=some, tiers=board.tiers[kept], metrics=metrics)


def _best(examples: Examples, odds: Floats, customers: int, k: int) -> Ints:
    """Customers × k items of the highest odds, filled up with -1."""
    order = np.lexsort((examples.items, -odds, examples.customers))
    rows = examples.customers[order]
    rank = np.arange(len(rows)) - np.searchsorted(rows, rows)
    kept = rank < k
    lists = np.full((customers, k), -1, dtype=np.int64)
    lists[rows[kept], rank[kept]] = examples.items[order[kept]]
    return lists


def _joined(board: Board, other: Board | None) -> Board:
    if other is None:
        return board
    return replace(
        board, metrics={**board.metrics, **other.metrics}, lists={**board.lists, **other.lists}
    )
