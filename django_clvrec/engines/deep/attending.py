"""Training a network that looks back at baskets, from moments of the past."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.recommenders.attention import FittedNextBasket
from django_clvrec.core.recommenders.baskets import Baskets
from django_clvrec.core.recommenders.networks import OWN
from django_clvrec.engines.deep.attention import BasketNetwork, Looking
from django_clvrec.engines.deep.denoising import BATCH, PASSES, TIMED, hidden_of, loss_of
from django_clvrec.engines.deep.moments import Cells, Moments, Timeline, bought_between, ranges
from django_clvrec.engines.deep.networks import ADAM, FLOAT, array_of, device_of
from django_clvrec.engines.deep.next_basket import NextBasket
from django_clvrec.engines.deep.training import descend, fit_within

Table = NDArray[np.bool_]
"""Rows × items."""


def fit_next_basket(recommender: NextBasket, histories: Histories) -> FittedNextBasket:
    """Raises NotTrained."""
    each = (4 * recommender.width + OWN) * FLOAT * ADAM
    found: FittedNextBasket = fit_within(
        recommender, histories, Attending, lambda items: items * each
    )
    return found


class Attending:
    """A network that learns from moments drawn at random."""

    def __init__(
        self, recommender: NextBasket, histories: Histories, items: Ints, others: Floats
    ) -> None:
        self.recommender, self.items, self.others = recommender, items, others
        self.random = np.random.default_rng(recommender.seed)
        self.timeline = Timeline(histories.only(items))
        shares = histories.buyers()[items] / max(1, len(histories))
        self.device = device_of(recommender.budget.device)
        self.network = BasketNetwork(
            width=recommender.width,
            heads=recommender.heads,
            blocks=recommender.blocks,
            baskets=recommender.baskets,
            dropout=recommender.dropout,
            prior=np.log(shares + 1e-4),
        ).to(self.device)
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=recommender.learning_rate)

    def epoch(self) -> Iterator[None]:
        self.network.train()
        known = np.flatnonzero(np.diff(self.timeline.starts))
        order = np.concatenate([self.random.permutation(known) for _ in range(PASSES)])
        for at in range(0, len(order), BATCH):
            self._learn(order[at : at + BATCH])
            yield

    def fitted(self) -> FittedNextBasket:
        network, recommender = self.network, self.recommender
        return FittedNextBasket(
            half_life_days=recommender.half_life_days,
            heads=recommender.heads,
            whole=array_of(network.whole),
            whole_bias=array_of(network.whole_bias),
            inside=array_of(network.inside),
            times=array_of(network.times),
            ranks=array_of(network.ranks),
            blocks=[block.kept() for block in network.looks],
            norm=array_of(network.norm),
            outputs=array_of(network.outputs),
            bias=array_of(network.bias),
            own=array_of(network.common)[None, :] + array_of(network.each),
            items=self.items,
            others=self.others.astype(np.float32),
        )

    def looking(self, known: Cells, baskets: Baskets) -> Looking:
        """What the network is shown."""
        tensor = self._tensor
        return Looking(
            inputs=tensor(known.inputs()),
            items=tensor(baskets.items),
            weights=tensor(baskets.weights),
            first=tensor(baskets.first),
            rows=tensor(baskets.rows),
            ranks=tensor(baskets.ranks),
            buckets=tensor(baskets.buckets),
            own_rows=tensor(known.rows),
            own_items=tensor(known.items),
            own=tensor(known.own()),
        )

    def _learn(self, customers: Ints) -> None:
        line, window = self.timeline, self.recommender.window_days
        seen = Moments.drawn(line, self.random, customers, TIMED, window)
        known = Cells.of(line, seen.begin, seen.end, seen.days, self.recommender.half_life_days)
        hidden = hidden_of(self.random, known, ~seen.is_timed)
        rest = known.where(~hidden)
        wanted = self._wanted(customers, seen, rest.table())
        wanted[known.rows[hidden], known.items[hidden]] = True
        scores = self.network(self.looking(rest, self._baskets(seen, rest.table())))
        loss = loss_of(scores, self._tensor(wanted), self._tensor(rest.table()))
        descend(self.optimiser, loss)

    def _wanted(self, customers: Ints, seen: Moments, is_own: Table) -> Table:
        """Of new items all that followed, of the others the next basket: what is bought again and
        again is in all that follows, which tells little of how often."""
        line = self.timeline
        soon = np.where(seen.is_timed, line.first_after(customers, seen.days), seen.end)
        again = bought_between(line, seen.end, soon) & is_own
        return again | (bought_between(line, seen.end, seen.last) & ~is_own)

    def _baskets(self, seen: Moments, is_seen: Table) -> Baskets:
        line = self.timeline
        rows, places = ranges(seen.begin, seen.end)
        kept = is_seen[rows, line.items[places]]
        rows, places = rows[kept], places[kept]
        ages = line.days[places] - seen.days[rows]
        return Baskets.of(rows, line.items[places], ages, self.recommender.baskets)

    def _tensor(self, rows: NDArray[Any]) -> Tensor:
        return torch.from_numpy(rows).to(self.device)
