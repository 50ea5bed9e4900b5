"""Attention in PyTorch: the same forward pass as in `core.recommenders.attention`."""

from dataclasses import dataclass, fields

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from django_clvrec.core.histories import Floats
from django_clvrec.core.recommenders.attention import SMALL, Block
from django_clvrec.core.recommenders.baskets import BUCKETS
from django_clvrec.core.recommenders.networks import OWN
from django_clvrec.engines.deep.networks import array_of

SPREAD = 0.02
"""Standard deviation of what begins at random and near 0."""
OWN_PRIOR = (1.0, 1.0, -2.0)
"""What an item's own past counts to begin with: roughly the logarithm of its orders."""


@dataclass(frozen=True, kw_only=True)
class Looking:
    """What a network sees of some customers, as tensors."""

    inputs: Tensor
    """Of all that was ever bought: see `Cells.inputs`."""
    items: Tensor
    weights: Tensor
    first: Tensor
    rows: Tensor
    ranks: Tensor
    buckets: Tensor
    """As in `Baskets`."""
    own_rows: Tensor
    own_items: Tensor
    own: Tensor
    """Cells × OWN, with the place of each."""


class LookingBack(nn.Module):
    """One block: attention, and a layer of its own for each place."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attend = nn.Parameter(torch.empty(4, width, width))
        self.norms = nn.Parameter(torch.tensor([1.0, 0.0])[None, :, None].repeat(2, 1, width))
        self.inner = nn.Parameter(torch.empty(width, 2 * width))
        self.inner_bias = nn.Parameter(torch.zeros(2 * width))
        self.outer = nn.Parameter(torch.empty(2 * width, width))
        self.outer_bias = nn.Parameter(torch.zeros(width))
        for weights in (*self.attend, self.inner, self.outer):
            nn.init.xavier_uniform_(weights)

    def forward(self, mine: Tensor, tokens: Tensor, is_there: Tensor) -> Tensor:
        """`mine` are the first of the `tokens`: they look at all of them."""
        around = normed(tokens, self.norms[0])
        asked = self._headed(around[:, : mine.shape[1]] @ self.attend[0])
        keys, seen = self._headed(around @ self.attend[1]), self._headed(around @ self.attend[2])
        logits = asked @ keys.transpose(2, 3) / asked.shape[-1] ** 0.5
        shares = logits.masked_fill(~is_there[:, None, None, :], -1e9).softmax(dim=-1)
        found: Tensor = mine + (shares @ seen).transpose(1, 2).reshape(mine.shape) @ self.attend[3]
        bent = F.relu(normed(found, self.norms[1]) @ self.inner + self.inner_bias)
        return found + bent @ self.outer + self.outer_bias

    def kept(self) -> Block:
        return Block(**{one.name: array_of(getattr(self, one.name)) for one in fields(Block)})

    def _headed(self, values: Tensor) -> Tensor:
        rows, places, width = values.shape
        return values.reshape(rows, places, self.heads, width // self.heads).transpose(1, 2)


class BasketNetwork(nn.Module):
    """What was ever bought looks back at the last baskets."""

    def __init__(
        self, *, width: int, heads: int, blocks: int, baskets: int, dropout: float, prior: Floats
    ) -> None:
        """`prior` are log-odds of each item to begin with."""
        super().__init__()
        self.dropout = dropout
        items = len(prior)
        self.whole = nn.Parameter(torch.empty(2 * items, width))
        self.whole_bias = nn.Parameter(torch.zeros(width))
        self.inside = nn.Parameter(torch.randn(items, width) * width**-0.5)
        self.times = nn.Parameter(torch.randn(BUCKETS, width) * SPREAD)
        self.ranks = nn.Parameter(torch.randn(baskets, width) * SPREAD)
        self.looks = [LookingBack(width, heads) for _ in range(blocks)]
        self.blocks = nn.ModuleList(self.looks)  # which has them among the parameters
        self.norm = nn.Parameter(torch.tensor([1.0, 0.0])[:, None].repeat(1, width))
        self.outputs = nn.Parameter(torch.empty(items, width))
        self.bias = nn.Parameter(torch.from_numpy(prior.astype(np.float32)))
        self.common = nn.Parameter(torch.tensor(OWN_PRIOR))
        self.each = nn.Parameter(torch.zeros(items, OWN))
        for weights in (self.whole, self.outputs):
            nn.init.xavier_uniform_(weights)

    def forward(self, seen: Looking) -> Tensor:
        """Rows × items."""
        inner = F.dropout(self.inner(seen), self.dropout, self.training)
        found = inner @ self.outputs.T + self.bias
        own = (seen.own * (self.common + self.each[seen.own_items])).sum(dim=1)
        place = (seen.own_rows, seen.own_items)
        # rates add up, see `FittedNextBasket`
        return found.index_put(place, torch.logaddexp(found[place], own))

    def inner(self, seen: Looking) -> Tensor:
        """Rows × width."""
        inputs = F.dropout(seen.inputs, self.dropout, self.training)
        whole = torch.tanh(inputs @ self.whole + self.whole_bias)
        places = 2 + int(seen.ranks.max()) if len(seen.ranks) else 1
        tokens = whole.new_zeros(len(whole), places, whole.shape[1])
        is_there = torch.zeros(tokens.shape[:2], dtype=torch.bool, device=whole.device)
        place = (seen.rows, 1 + seen.ranks)
        tokens = tokens.index_put(place, self._baskets(seen))
        tokens = torch.cat([whole[:, None], tokens[:, 1:]], dim=1)
        is_there[place] = True
        is_there[:, 0] = True
        *early, last = self.looks
        for block in early:
            tokens = block(tokens, tokens, is_there)
        found = normed(last(tokens[:, :1], tokens, is_there)[:, 0], self.norm)
        is_known = torch.zeros_like(is_there[:, :1])
        is_known[seen.own_rows] = True
        return found * is_known

    def _baskets(self, seen: Looking) -> Tensor:
        """Baskets × width."""
        weights = F.dropout(seen.weights, self.dropout, self.training)
        sums = F.embedding_bag(
            seen.items, self.inside, seen.first, mode="sum", per_sample_weights=weights
        )
        return sums + self.times[seen.buckets] + self.ranks[seen.ranks]


def normed(values: Tensor, norm: Tensor) -> Tensor:
    return F.layer_norm(values, values.shape[-1:], norm[0], norm[1], SMALL)
