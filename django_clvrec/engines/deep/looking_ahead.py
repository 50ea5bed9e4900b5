"""Training a network of deep Q-learning on decisions that were made, without making any."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from numpy.typing import NDArray
from torch import Tensor

from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.recommenders.networks import CONTEXT, FittedNetwork
from django_clvrec.engines.deep.budget import Stopwatch
from django_clvrec.engines.deep.decisions import Standing, decisions_of
from django_clvrec.engines.deep.moments import Cells, Timeline, ranges
from django_clvrec.engines.deep.networks import Network, bytes_of, device_of
from django_clvrec.engines.deep.q_learning import DeepQ
from django_clvrec.engines.deep.training import Trained, descend, fit_within, run
from django_clvrec.exceptions import NotTrained

BATCH = 256
MOST_DECISIONS = 40_000
"""In one epoch, drawn at random."""
FOLLOWS = 0.01
"""By which share the target network moves to the one that learns, in each step (Lillicrap et al.,
“Continuous control with deep reinforcement learning”, ICLR 2016)."""


def fit_q(recommender: DeepQ, histories: Histories) -> FittedNetwork:
    """Raises NotTrained."""

    def through_the_log(learners: Any, histories: Histories, watch: Stopwatch) -> Trained:
        learner: LookingAhead = learners(histories)
        if not len(learner.usable):
            raise NotTrained(
                "There is nothing to learn from: no order is followed by another one, or is "
                f"{recommender.horizon_days:g} days old."
            )
        return run(learner, watch, epochs=recommender.epochs)

    def size(items: int) -> int:  # the target network too
        return bytes_of(2 * items + CONTEXT, recommender.widths, items) * 5 // 4

    found: FittedNetwork = fit_within(recommender, histories, LookingAhead, size, through_the_log)
    return found


@dataclass(frozen=True, kw_only=True)
class States:
    """Rows that a network can be asked about."""

    inputs: Tensor
    rows: Tensor
    items: Tensor
    own: Tensor

    def values(self, network: Network) -> Tensor:
        """Rows × items: what each action is worth."""
        found: Tensor = network(self.inputs, self.rows, self.items, self.own)
        return found


class LookingAhead:
    """Double Q-learning: van Hasselt, Guez & Silver, “Deep reinforcement learning with double
    Q-learning”, AAAI 2016; the penalty is that of Kumar, Zhou, Tucker & Levine, “Conservative
    Q-learning for offline reinforcement learning”, NeurIPS 2020, eq. 4.
    """

    def __init__(
        self, recommender: DeepQ, histories: Histories, items: Ints, others: Floats
    ) -> None:
        self.recommender, self.items, self.others = recommender, items, others
        inputs = 2 * len(items) + CONTEXT
        self.random = np.random.default_rng(recommender.seed)
        self.device = device_of(recommender.budget.device)
        known = histories.only(items)
        self.timeline = Timeline(known)
        self.decisions = decisions_of(self.timeline, known, recommender.click)
        self.usable = self.decisions.usable(recommender.horizon_days)
        self.standing = Standing(self.timeline, known)
        # what the penalty alone would make of an item of which nothing else is known
        prior = np.log(known.buyers() / max(1, len(known)) + 1e-4)
        self.network = Network(inputs, recommender.widths, len(items), prior).to(self.device)
        self.target = deepcopy(self.network)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=recommender.learning_rate)

    def epoch(self) -> Iterator[None]:
        order = self.random.permutation(self.usable)[:MOST_DECISIONS]
        for at in range(0, len(order), BATCH):
            self._learn(np.sort(order[at : at + BATCH]))
            yield

    def fitted(self) -> FittedNetwork:
        return self.network.kept(self.recommender.half_life_days, self.items, self.others)

    def _learn(self, chosen: Ints) -> None:
        decisions = self.decisions
        starts, counts = decisions.starts[chosen], np.diff(decisions.starts)[chosen]
        rows, places = ranges(starts, starts + counts)
        owner, item = self._tensor(rows), self._tensor(decisions.items[places])
        share = self._tensor((1 / counts)[rows].astype(np.float32))
        worth = self._states(chosen).values(self.network)
        done = worth[owner, item]
        goal = self._tensor(decisions.rewards[places]) + self._later(chosen)[owner]
        errors = F.smooth_l1_loss(done, goal, reduction="none")
        penalty = torch.logsumexp(worth, dim=1).sum() - (share * done).sum()
        loss = (share * errors).sum() + self.recommender.caution * penalty
        descend(self.optimiser, loss / len(chosen))
        with torch.no_grad():
            for slow, fast in zip(self.target.parameters(), self.network.parameters(), strict=True):
                slow.lerp_(fast, FOLLOWS)

    def _later(self, chosen: Ints) -> Tensor:
        """What is to come after decisions: the best of the next one, by two networks."""
        decisions, horizon = self.decisions, self.recommender.horizon_days
        found = torch.zeros(len(chosen), device=self.device)
        some = np.flatnonzero(decisions.has_next[chosen])
        if not len(some) or not horizon:
            return found
        after = chosen[some] + 1
        faded = np.exp((decisions.days[after] - decisions.days[after - 1]) / horizon)
        with torch.no_grad():
            states = self._states(after)
            best = states.values(self.network).argmax(dim=1, keepdim=True)
            worth = states.values(self.target).gather(1, best)[:, 0]
        found[self._tensor(some)] = worth * self._tensor(faded.astype(np.float32))
        return found

    def _states(self, chosen: Ints) -> States:
        """As customers stood just before decisions."""
        line, decisions = self.timeline, self.decisions
        customers, days = decisions.customers[chosen], decisions.days[chosen]
        end = line.first_since(customers, days)
        cells = Cells.of(line, line.starts[customers], end, days, self.recommender.half_life_days)
        context = self.standing.at(customers, end, days)
        return States(
            inputs=self._tensor(np.concatenate([cells.inputs(), context], axis=1)),
            rows=self._tensor(cells.rows),
            items=self._tensor(cells.items),
            own=self._tensor(cells.own()),
        )

    def _tensor(self, rows: NDArray[Any]) -> Tensor:
        return torch.from_numpy(rows).to(self.device)
