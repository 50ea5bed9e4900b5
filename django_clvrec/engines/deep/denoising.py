"""Training an autoencoder: hide what came later, or some of it at random, and find it again."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from numpy.typing import NDArray
from torch import Tensor

from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.recommenders.names import MULT_VAE
from django_clvrec.core.recommenders.networks import FittedNetwork
from django_clvrec.engines.deep.autoencoders import WIDTHS, Autoencoder
from django_clvrec.engines.deep.moments import Cells, Moments, Random, Timeline, bought_between
from django_clvrec.engines.deep.networks import Network, VariationalNetwork, bytes_of, device_of
from django_clvrec.engines.deep.training import descend, fit_within

BATCH = 256
PASSES = 4
"""Moments of each customer in one epoch."""
TIMED = 0.8
"""Share of the examples whose later orders are hidden; of the others, items at random."""
HIDDEN = (0.2, 0.8)
"""Share of the items that is hidden at random."""
DIVERGENCE, ANNEALED = 0.2, 2000
"""What the divergence of a variational network counts, and after how many steps it counts all."""


def fit_autoencoder(recommender: Autoencoder, histories: Histories) -> FittedNetwork:
    """Raises NotTrained."""
    widths = WIDTHS[recommender.name]
    found: FittedNetwork = fit_within(
        recommender, histories, Denoising, lambda items: bytes_of(2 * items, widths, items)
    )
    return found


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Some moments: what a customer had bought, and what is to be found."""

    known: Cells
    wanted: NDArray[np.bool_]
    """Rows × items: whether it is to be found."""


class Denoising:
    """An autoencoder that learns from moments drawn at random."""

    def __init__(
        self, recommender: Autoencoder, histories: Histories, items: Ints, others: Floats
    ) -> None:
        self.recommender, self.items, self.others = recommender, items, others
        widths, inputs = WIDTHS[recommender.name], 2 * len(items)
        self.random = np.random.default_rng(recommender.seed)
        self.timeline = Timeline(histories.only(items))
        kind = VariationalNetwork if recommender.name == MULT_VAE else Network
        shares = histories.buyers()[items] / max(1, len(histories))
        self.device = device_of(recommender.budget.device)
        self.network = kind(inputs, widths, len(items), np.log(shares + 1e-4)).to(self.device)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=recommender.learning_rate)
        self.steps = 0

    def epoch(self) -> Iterator[None]:
        self.network.train()
        known = np.flatnonzero(np.diff(self.timeline.starts))
        order = np.concatenate([self.random.permutation(known) for _ in range(PASSES)])
        for at in range(0, len(order), BATCH):
            self._learn(self._examples(order[at : at + BATCH]))
            yield

    def fitted(self) -> FittedNetwork:
        self.network.train(mode=False)
        return self.network.kept(self.recommender.half_life_days, self.items, self.others)

    def _examples(self, customers: Ints) -> Examples:
        line, window = self.timeline, self.recommender.window_days
        seen = Moments.drawn(line, self.random, customers, TIMED, window)
        known = Cells.of(line, seen.begin, seen.end, seen.days, self.recommender.half_life_days)
        wanted = bought_between(line, seen.end, seen.last)
        hidden = hidden_of(self.random, known, ~seen.is_timed)
        wanted[known.rows[hidden], known.items[hidden]] = True
        return Examples(known=known.where(~hidden), wanted=wanted)

    def _learn(self, examples: Examples) -> None:
        known = examples.known
        inputs = F.dropout(self._tensor(known.inputs()), self.recommender.dropout)
        rows, items = self._tensor(known.rows), self._tensor(known.items)
        scores = self.network(inputs, rows, items, self._tensor(known.own()))
        loss = loss_of(scores, self._tensor(examples.wanted), self._tensor(known.table()))
        if isinstance(self.network, VariationalNetwork):
            self.steps += 1
            loss = loss + DIVERGENCE * min(1, self.steps / ANNEALED) * self.network.divergence
        descend(self.optimiser, loss)

    def _tensor(self, rows: NDArray[Any]) -> Tensor:
        return torch.from_numpy(rows).to(self.device)


def hidden_of(random: Random, known: Cells, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which cells are hidden at random, in some of the rows."""
    shares = random.uniform(*HIDDEN, known.shape[0]) * rows
    found: NDArray[np.bool_] = random.random(len(known.rows)) < shares[known.rows]
    return found


def loss_of(scores: Tensor, wanted: Tensor, is_own: Tensor) -> Tensor:
    """Minus the log-likelihood of what is to be found: among new items, and among own ones.

    Either is a multinomial distribution of its own, for lists show the one or the other. Rows count
    by the root of what there is to find, so that large buyers do not drown the others.
    """
    total = torch.zeros((), device=scores.device)
    for mine in (~is_own, is_own):
        found = wanted * mine
        counts = found.sum(dim=1)
        logs = F.log_softmax(scores.masked_fill(~mine, -1e9), dim=1)
        losses = -(found * logs).sum(dim=1) / counts.clamp(min=1).sqrt()
        total = total + losses.sum() / len(scores)
    return total
