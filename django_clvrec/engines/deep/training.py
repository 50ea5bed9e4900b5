"""How long to train: until what was held back is found no better, then the same on everything."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
from scipy.sparse import csr_array

from django_clvrec.core.evaluation.contest import listed
from django_clvrec.core.evaluation.folds import of_intent
from django_clvrec.core.evaluation.metrics import per_customer
from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.ranking import DISCOVER, MIXED
from django_clvrec.core.recommenders.base import Fitted, tie_breaker
from django_clvrec.core.recommenders.item_models import best_known
from django_clvrec.core.sampling import spread
from django_clvrec.engines.deep.autoencoders import MOST_ITEMS
from django_clvrec.engines.deep.budget import Stopwatch
from django_clvrec.engines.deep.moments import held_back
from django_clvrec.exceptions import NotTrained, OverBudget

HELD_BACK = 0.15
"""Share of the time after which is looked for what was bought."""
FIRST_HALF = 0.55
"""Of the time there is, for finding out how long to train."""
MOST_EPOCHS, PATIENCE = 40, 3
FEW_EPOCHS = 8
"""Where too little was held back to tell."""
JUDGES = 1000
"""Customers who tell how good an epoch was."""
LEAST_JUDGES = 20
DIVERGED = "weights that are no numbers"


@contextmanager
def apart(seed: int) -> Iterator[None]:
    """PyTorch with random numbers of our own and one thread, so that equal input gives equal output
    however many cores there are, and the host's settings are as they were.

    More threads gain little with networks so small, and where others use the cores they wait for
    each other (measured: seven times as long).
    """
    threads = torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


def fit_within(
    recommender: Any,
    histories: Histories,
    learner: Callable[[Any, Histories, Ints, Floats], "Learner"],
    size: Callable[[int], int],
    how: "How | None" = None,
) -> Any:
    """What `learner` learns of the best known items; `size` is how many bytes it takes for so many.

    `how` is `train` unless it is given. Raises NotTrained.
    """
    others, items = tie_breaker(histories), best_known(histories, MOST_ITEMS)
    watch = recommender.budget.start()
    watch.require(size(len(items)))
    with apart(recommender.seed):
        trained = (how or train)(
            lambda some: learner(recommender, some, items, others), histories, watch
        )
    fitted: Any = trained.fitted
    return replace(fitted, stopped=trained.stopped)


def descend(optimiser: torch.optim.Optimizer, loss: torch.Tensor) -> None:
    """One step towards less of it."""
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()


class Learner(Protocol):
    """A network that learns, and what it has learnt so far."""

    @property
    def network(self) -> torch.nn.Module:
        """What it learns with."""

    def epoch(self) -> Iterator[None]:
        """Learn from everything once, a step after the other."""

    def fitted(self) -> Fitted:
        """A copy of what was learnt, as arrays."""


Learners = Callable[[Histories], Learner]


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What came of a training."""

    fitted: Fitted
    epochs: int
    stopped: str = ""
    """Why it ended early, in words."""


How = Callable[[Learners, Histories, Stopwatch], Trained]


def train(learners: Learners, histories: Histories, watch: Stopwatch) -> Trained:
    """Train on all but the newest purchases until these are found no better, then on all.

    Where the budget is used up, what was learnt until then is taken: before the second training
    has ended its first epoch, that of the first. Raises NotTrained where there is nothing.
    """
    held = held_back(histories, HELD_BACK)
    judges = np.flatnonzero((np.diff(held.truth.indptr) > 0) & (np.diff(held.before.starts) > 0))
    if len(judges) < LEAST_JUDGES:
        return run(learners(histories), watch, epochs=FEW_EPOCHS)
    judges = judges[spread(len(judges), JUDGES)]
    jury = _Jury(held.before.take(judges), csr_array(held.truth[judges]))
    first = run(learners(held.before), watch, jury=jury, share=FIRST_HALF)
    try:
        second = run(learners(histories), watch, epochs=first.epochs)
        return replace(second, stopped=second.stopped or first.stopped)
    except NotTrained:
        why = first.stopped or watch.over() or DIVERGED
        return replace(first, stopped=f"{why}, so the newest orders are not learnt from")


@dataclass(frozen=True)
class _Jury:
    histories: Histories
    truth: csr_array

    def judge(self, fitted: Fitted) -> float:
        """The geometric mean of NDCG@10 for new items and for all, whose scales differ."""
        found = []
        for intent in (DISCOVER, MIXED):
            truth = of_intent(self.truth, self.histories, intent)
            some = np.flatnonzero(np.diff(truth.indptr))
            lists = listed(fitted, self.histories.take(some), 10, (intent,))[intent]
            found.append(per_customer(lists, csr_array(truth[some])).ndcg)
        means = [float(one.mean()) for one in found if len(one)]
        product = float(np.prod(means))
        return float(product ** (1 / max(1, len(means))))


def run(
    learner: Learner,
    watch: Stopwatch,
    *,
    epochs: int = MOST_EPOCHS,
    jury: _Jury | None = None,
    share: float = 1.0,
) -> Trained:
    """Some epochs, or as many as make the jury content. Raises NotTrained before the first ends."""
    best: Trained | None = None
    reached = -1.0
    for number in range(1, epochs + 1):
        try:
            for _ in learner.epoch():
                if over := watch.over(share):
                    return _stopped(best, over)
        except (torch.OutOfMemoryError, MemoryError):
            return _stopped(best, "all the memory there was")
        if not all(bool(torch.isfinite(one).all()) for one in learner.network.parameters()):
            return _stopped(best, DIVERGED)
        fitted = learner.fitted()
        judged = jury.judge(fitted) if jury else float(number)
        if judged > reached:
            reached, best = judged, Trained(fitted=fitted, epochs=number)
        elif best and number - best.epochs >= PATIENCE:
            break
    return best or _stopped(best, DIVERGED)


def _stopped(best: Trained | None, why: str) -> Trained:
    if best:
        return replace(best, stopped=why)
    if why == DIVERGED:
        raise NotTrained(f"Training came to nothing: {why}. Try a lower `learning_rate`.")
    raise OverBudget(f"Training was stopped before there was anything to use: it used {why}.")
