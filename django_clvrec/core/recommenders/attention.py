"""Attention in NumPy: what was trained with PyTorch to look back at a customer's baskets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.recommenders.base import NO_REASON, strongest
from django_clvrec.core.recommenders.baskets import Baskets
from django_clvrec.core.recommenders.networks import Past, own_past, summed_up, with_others

CELLS = 1 << 21
"""Of the largest array while many customers are scored."""
REASONS = 30
"""Items that are left out to see what they did: the latest."""
SMALL = 1e-5
NOT = np.float32(-1e9)


@dataclass(frozen=True, kw_only=True)
class Block:
    """One look back, and what is made of what was seen."""

    attend: Floats
    """4 × width × width: for what is looked, what is looked at, what is seen, and mixed."""
    norms: Floats
    """Twice, before looking and after it, what each number is multiplied by and what is added."""
    inner: Floats
    inner_bias: Floats
    outer: Floats
    outer_bias: Floats

    def all(self, tokens: Floats, is_there: NDArray[np.bool_], heads: int) -> Floats:
        """Rows × places × width: every place looks at all of its row that are there."""
        return self._look(tokens, tokens, is_there, heads)

    def first(self, tokens: Floats, is_there: NDArray[np.bool_], heads: int) -> Floats:
        """The same of the first place only."""
        return self._look(tokens[:, :1], tokens, is_there, heads)

    def _look(
        self, mine: Floats, tokens: Floats, is_there: NDArray[np.bool_], heads: int
    ) -> Floats:
        ask, key, see, mix = self.attend
        around = normed(tokens, self.norms[0])
        asked = _headed(around[:, : mine.shape[1]] @ ask, heads)
        keys, seen = (_headed(around @ weights, heads) for weights in (key, see))
        logits = asked @ keys.swapaxes(2, 3) / np.float32(np.sqrt(asked.shape[-1]))
        shares = _shares(np.where(is_there[:, None, None, :], logits, NOT))
        found = mine + (shares @ seen).swapaxes(1, 2).reshape(mine.shape) @ mix
        bent = np.maximum(normed(found, self.norms[1]) @ self.inner + self.inner_bias, 0)
        sums: Floats = found + bent @ self.outer + self.outer_bias
        return sums


@dataclass(frozen=True, kw_only=True)
class FittedNextBasket:
    """From a customer's last baskets to one score per item.

    Baskets are the sum of what their items stand for, with when they were and their rank. All that
    was ever bought, as `FittedNetwork` sees it, looks back at them. Scores are logarithms of rates:
    that of what a customer has bought of an item itself is added to the rate, so that popularity
    counts little for what was bought often, and much for what was bought once.
    """

    half_life_days: float
    heads: int
    whole: Floats
    """Twice the items × width: what all that was ever bought is summed up by."""
    whole_bias: Floats
    inside: Floats
    """Items × width: what an item in a basket stands for."""
    times: Floats
    """BUCKETS × width: how long ago a basket was."""
    ranks: Floats
    """Baskets that are looked at × width, the latest first."""
    blocks: Sequence[Block]
    norm: Floats
    outputs: Floats
    """Items × width."""
    bias: Floats
    own: Floats
    """Items × OWN: what `own_past` counts."""
    items: Ints
    """Positions of the items that the network knows."""
    others: Floats
    stopped: str = ""
    """What there was not enough of to train it as long as it wanted."""

    def score(self, histories: Histories) -> Floats:
        mine = histories if len(self.items) == histories.size else histories.only(self.items)
        known = self._known(mine) if len(mine) == 1 else self._in_pieces(mine)
        return with_others(known, self.items, self.others)

    def explain(self, history: Histories, item: int) -> Ints:
        """By leaving out: what the score loses without the item. Of the latest items only."""
        column = int(np.searchsorted(self.items, item))
        if column == len(self.items) or self.items[column] != item:
            return NO_REASON
        mine = history.only(self.items)
        bought = _latest(mine)
        whole = self._known(mine)[0, column]
        without = [self._known(mine.without(one))[0, column] for one in bought.tolist()]
        return self.items[strongest(whole - np.array(without), bought)]

    def _in_pieces(self, histories: Histories) -> Floats:
        found = np.empty((len(histories), len(self.items)), dtype=np.float32)
        size = max(len(self.items), (1 + len(self.ranks)) * 4 * self.norm.shape[1])
        # neighbours of much the same length waste little room
        by_length = np.argsort(np.diff(histories.starts), kind="stable")
        step = max(1, CELLS // size)
        for at in range(0, len(by_length), step):
            some = by_length[at : at + step]
            found[some] = self._known(histories.take(some))
        return found

    def _known(self, histories: Histories) -> Floats:
        past = Past.of(histories, self.items, self.half_life_days)
        found = self._looked(past, Baskets.last(histories, len(self.ranks))) @ self.outputs.T
        found += self.bias
        rows, places = past.ever.owners, past.ever.indices
        own = (self.own[places] * own_past(past.ever.data, past.late.data)).sum(axis=1)
        # where logarithms were added, popularity would count as much after a hundred orders
        found[rows, places] = np.logaddexp(found[rows, places], own)
        return found

    def _looked(self, past: Past, baskets: Baskets) -> Floats:
        """Rows × width: what is made of the baskets."""
        shape = (past.ever.shape[0], 1 + baskets.width, self.norm.shape[1])
        tokens, is_there = np.zeros(shape, np.float32), np.zeros(shape[:2], dtype=bool)
        tokens[:, 0], is_there[:, 0] = np.tanh(summed_up(past, self.whole) + self.whole_bias), True
        if len(baskets.first):
            inside = self.inside[baskets.items] * baskets.weights[:, None]
            sums = np.add.reduceat(inside, baskets.first, axis=0)
            place = (baskets.rows, 1 + baskets.ranks)
            tokens[place] = sums + self.times[baskets.buckets] + self.ranks[baskets.ranks]
            is_there[place] = True
        for block in self.blocks[:-1]:
            tokens = block.all(tokens, is_there, self.heads)
        found = normed(self.blocks[-1].first(tokens, is_there, self.heads)[:, 0], self.norm)
        found[past.ever.lengths == 0] = 0  # which leaves how popular an item is
        return found


def normed(values: Floats, norm: Floats) -> Floats:
    """Mean 0 and variance 1 along the last axis, then by `norm`: times one row, plus the other."""
    apart = values - values.mean(axis=-1, keepdims=True)
    scale = np.sqrt((apart**2).mean(axis=-1, keepdims=True) + np.float32(SMALL))
    found: Floats = apart / scale * norm[0] + norm[1]
    return found


def _headed(values: Floats, heads: int) -> Floats:
    """Rows × heads × places × their share of the width."""
    rows, places, width = values.shape
    return values.reshape(rows, places, heads, width // heads).swapaxes(1, 2)


def _shares(logits: Floats) -> Floats:
    found: Floats = np.exp(logits - logits.max(axis=-1, keepdims=True))
    found /= found.sum(axis=-1, keepdims=True)
    return found


def _latest(history: Histories) -> Ints:
    """Some distinct items of one customer, those bought last."""
    items = history.items[np.argsort(history.days, kind="stable")].astype(np.int64)
    _, first = np.unique(items, return_index=True)
    return items[np.sort(first)[:REASONS]]
