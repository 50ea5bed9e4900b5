"""How good lists are: per customer against what was bought next, and over the whole shop."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from django_clvrec.core.histories import Floats, Histories, Ints

PER_CUSTOMER = ("recall", "precision", "ndcg", "hit", "map")
PER_SHOP = ("coverage", "novelty", "diversity", "answered")


@dataclass(frozen=True)
class PerCustomer:
    """Metrics at k of the customers with something to find, each an array over them."""

    recall: Floats
    """Share of the items bought next that are listed."""
    precision: Floats
    """Share of the k places that hold an item bought next."""
    ndcg: Floats
    """Discounted gain over that of the best possible list (Järvelin & Kekäläinen, 2002)."""
    hit: Floats
    """1 where at least one listed item was bought next."""
    map: Floats
    """Average precision at k, over the smaller of k and the items to find."""


def per_customer(lists: Ints, truth: csr_array) -> PerCustomer:
    """Metrics of `lists`, customers × k positions filled up with -1, best first.

    `truth` is customers × items: what each bought next, at least one item.
    """
    k = lists.shape[1]
    sizes = np.diff(truth.indptr)
    found = hits(lists, truth)
    discounts = 1 / np.log2(np.arange(2, k + 2))
    best = np.concatenate([[0], np.cumsum(discounts)])[np.minimum(sizes, k)]
    so_far = np.cumsum(found, axis=1) / np.arange(1, k + 1)
    return PerCustomer(
        recall=found.sum(axis=1) / sizes,
        precision=found.sum(axis=1) / k,
        ndcg=(found * discounts).sum(axis=1) / best,
        hit=found.max(axis=1, initial=0.0),
        map=(so_far * found).sum(axis=1) / np.minimum(sizes, k),
    )


def hits(lists: Ints, truth: csr_array) -> Floats:
    """1 where the item at that place of the list was bought, else 0."""
    owners = np.repeat(np.arange(truth.shape[0]), np.diff(truth.indptr))
    width = truth.shape[1]
    bought = owners * width + truth.indices
    listed = np.arange(len(lists))[:, None] * width + lists
    return (np.isin(listed, bought) & (lists >= 0)).astype(np.float64)


def per_shop(lists: Ints, histories: Histories, seed: int = 1) -> dict[str, float]:
    """What the lists of all customers are like, whether or not anything was bought.

    coverage: share of the items that somebody is recommended; novelty: mean of -log₂ of the share
    of customers who bought the item; diversity: 1 - mean cosine of the buyers of two items of a
    list; answered: share of customers with any item.
    """
    listed = lists[lists >= 0]
    if not len(listed):
        return dict.fromkeys(PER_SHOP, 0.0)
    share = histories.buyers().clip(min=0.5) / max(1, len(histories))
    return {
        "coverage": len(np.unique(listed)) / max(1, histories.size),
        "novelty": float(-np.log2(share[listed]).mean()),
        "diversity": _diversity(lists, histories, seed),
        "answered": float((lists >= 0).any(axis=1).mean()),
    }


DIRECTIONS = 64
"""Of a random projection, which keeps cosines on average."""


def _diversity(lists: Ints, histories: Histories, seed: int) -> float:
    bought = histories.bought()
    lengths = np.sqrt(np.asarray(bought.sum(axis=0))).clip(min=1)
    random = np.random.default_rng(seed).standard_normal((bought.shape[0], DIRECTIONS))
    items = (bought.T @ random) / (lengths[:, None] * np.sqrt(DIRECTIONS))
    # what is not there adds nothing
    items = np.concatenate([items, np.zeros((1, DIRECTIONS))]).astype(np.float32)
    own = (items**2).sum(axis=1)
    sizes = (lists >= 0).sum(axis=1)
    together = (items[lists].sum(axis=1) ** 2).sum(axis=1) - own[lists].sum(axis=1)
    several = sizes > 1
    if not several.any():
        return 0.0
    pairs = sizes[several] * (sizes[several] - 1)
    return float(1 - np.mean(together[several] / pairs))
