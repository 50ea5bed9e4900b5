"""The same customers served by every contestant: how each would have done on one fold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from scipy.sparse import csr_array

from django_clvrec.core.evaluation.folds import Fold
from django_clvrec.core.evaluation.metrics import PerCustomer, per_customer
from django_clvrec.core.histories import Histories, Ints, Strings
from django_clvrec.core.ranking import DISCOVER, MIXED
from django_clvrec.core.recommenders.base import Fitted, Recommender
from django_clvrec.core.recommenders.by_tier import ByTier
from django_clvrec.core.recommenders.lists import lists_by_intent, padded
from django_clvrec.core.sampling import spread
from django_clvrec.exceptions import NotTrained

SEARCH_CUSTOMERS = 1000
"""By whom parameters are chosen; they differ by more than so many leave in doubt."""
CELLS = 1 << 22
"""Customer × item scores held at once."""

Step = Callable[[str], None]
"""Called with what is about to be done."""


@dataclass(frozen=True, kw_only=True)
class Board:
    """What every contestant reached for one intent, customer by customer."""

    customers: Ints
    """Positions among the fold's customers of those with something to find."""
    tiers: Strings
    metrics: Mapping[str, PerCustomer]
    """By contestant; arrays over `customers`."""
    lists: Mapping[str, Ints]
    """By contestant; all of the fold's customers × k positions."""
    histories: Histories
    """Of all of the fold's customers."""

    def served(self, choice: Mapping[str, str]) -> PerCustomer:
        """Every customer by the contestant that is chosen for the tier."""
        found = {}
        for metric in fields(PerCustomer):
            values = np.zeros(len(self.customers))
            for tier in np.unique(self.tiers.astype(str)):
                mine = self.tiers == tier
                values[mine] = getattr(self.metrics[choice[tier]], metric.name)[mine]
            found[metric.name] = values
        return PerCustomer(**found)

    def served_lists(self, choice: Mapping[str, str]) -> Ints:
        """The lists of all of the fold's customers, by the contestant that is chosen."""
        found = np.full_like(next(iter(self.lists.values())), -1)
        for tier in np.unique(self.histories.tiers.astype(str)):
            mine = self.histories.tiers == tier
            found[mine] = self.lists[choice[tier]][mine]
        return found


def search(
    fold: Fold, recommenders: Mapping[str, Recommender], step: Step
) -> tuple[dict[str, Recommender], dict[str, str]]:
    """Each recommender with those of its parameters that do best on `fold`.

    That is the highest NDCG@10, new items and repeats alike: the mean over both intents of what
    each variant reaches of the best variant. Besides, by name, why one could not be trained.
    """
    to_find = {intent: fold.to_find(intent) for intent in (DISCOVER, MIXED)}
    active = np.flatnonzero(np.diff(to_find[MIXED].indptr))
    active = active[spread(len(active), SEARCH_CUSTOMERS)]
    histories = fold.histories.take(active)
    truth = {intent: csr_array(rows[active]) for intent, rows in to_find.items()}
    best: dict[str, Recommender] = {}
    given_up: dict[str, str] = {}
    for name, recommender in recommenders.items():
        if isinstance(recommender, ByTier) and recommender.each.name in best:
            best[name] = ByTier(each=best[recommender.each.name], least=recommender.least)
            continue
        variants = recommender.variants()
        if len(variants) == 1:
            best[name] = recommender
            continue
        reached: list[list[float]] = []
        for number, variant in enumerate(variants, start=1):
            step(f"{name} {number}/{len(variants)}")
            try:
                reached.append(_ndcg(variant.fit(fold.learnt), histories, truth))
            except NotTrained as error:
                if not reached:
                    given_up[name] = str(error)
                break  # the others would take as much
        best[name] = variants[_best_of(reached)] if reached else recommender
    return best, given_up


def _best_of(reached: Sequence[Sequence[float]]) -> int:
    table = np.array(reached)
    highest = table.max(axis=0)
    return int((table / np.where(highest > 0, highest, 1)).mean(axis=1).argmax())


def _ndcg(fitted: Fitted, histories: Histories, truth: Mapping[str, csr_array]) -> list[float]:
    lists = listed(fitted, histories, 10, list(truth))
    found = []
    for intent, rows in truth.items():
        some = np.flatnonzero(np.diff(rows.indptr))
        ndcg = per_customer(lists[intent][some], csr_array(rows[some])).ndcg
        found.append(float(ndcg.mean()) if len(some) else 0.0)
    return found


def compare(
    fold: Fold, fitted: Mapping[str, Fitted], intents: Sequence[str], k: int, step: Step
) -> dict[str, Board]:
    """What each contestant would have listed for the customers of `fold`, against the truth."""
    to_find = {intent: fold.to_find(intent) for intent in intents}
    active = {intent: np.flatnonzero(np.diff(rows.indptr)) for intent, rows in to_find.items()}
    metrics: dict[str, dict[str, PerCustomer]] = {intent: {} for intent in intents}
    found: dict[str, dict[str, Ints]] = {intent: {} for intent in intents}
    for name, one in fitted.items():
        step(name)
        for intent, lists in listed(one, fold.histories, k, intents).items():
            some = active[intent]
            metrics[intent][name] = per_customer(lists[some], csr_array(to_find[intent][some]))
            found[intent][name] = lists
    return {
        intent: Board(
            customers=active[intent],
            tiers=fold.histories.tiers[active[intent]],
            metrics=metrics[intent],
            lists=found[intent],
            histories=fold.histories,
        )
        for intent in intents
    }


def newcomers(fold: Fold, fitted: Mapping[str, Fitted], k: int) -> dict[str, PerCustomer]:
    """Whether first-time buyers bought what each contestant shows to those it does not know."""
    some = np.flatnonzero(np.diff(fold.newcomers.indptr))
    truth = csr_array(fold.newcomers[some])
    nothing = np.empty(0, dtype=np.int32)
    unknown = Histories(
        starts=np.zeros(2, dtype=np.int64),
        items=nothing,
        days=nothing.astype(np.float32),
        orders=np.zeros(1, dtype=np.int64),
        tiers=np.array(["new"]),
        size=fold.histories.size,
    )
    found = {}
    for name, one in fitted.items():
        lists = listed(one, unknown, k, (MIXED,))[MIXED]
        found[name] = per_customer(np.repeat(lists, len(some), axis=0), truth)
    return found


def listed(fitted: Fitted, histories: Histories, k: int, intents: Sequence[str]) -> dict[str, Ints]:
    """By intent the best `k` items of all customers, filled up with -1; a piece after another."""
    pieces: dict[str, list[Ints]] = {intent: [] for intent in intents}
    for piece in histories.pieces(CELLS):
        for intent, lists in lists_by_intent(fitted, histories.take(piece), k, intents).items():
            pieces[intent].append(padded(lists, k))
    empty = np.empty((0, k), dtype=np.int64)
    return {intent: np.concatenate([empty, *found]) for intent, found in pieces.items()}
