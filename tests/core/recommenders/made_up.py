"""Histories by hand, at random, and of a shop whose customers have one of two tastes."""

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st
from scipy.sparse import csr_array

from django_clvrec.core.histories import Histories, Shown

NOBODY = np.array([], dtype=np.int64)
TASTES, EACH = 2, 20


def histories_of(*customers, size, orders=None, tiers=None):
    """Of customers who each are a list of `(item, days ago)`; an order for each time."""
    events = [event for customer in customers for event in customer]
    lengths = [len(customer) for customer in customers]
    counts = [len({days for _, days in customer}) for customer in customers]
    return Histories(
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        items=np.array([item for item, _ in events], dtype=np.int32),
        days=np.array([days for _, days in events], dtype=np.float32),
        orders=np.array(counts if orders is None else orders, dtype=np.int64),
        tiers=np.array(tiers or ["low"] * len(customers), dtype=object),
        size=size,
    )


def random_histories(seed, *, customers=12, items=9, density=0.3, most=3):
    """Customers who buy some of the items up to `most` times; some of them buy nothing."""
    random = np.random.default_rng(seed)
    times = random.integers(1, most + 1, (customers, items))
    times[random.random((customers, items)) > density] = 0
    times[0, 0] = max(1, times[0, 0])
    rows = [
        [
            (item, float(day))
            for item in np.flatnonzero(row)
            for day in random.permutation(row[item])
        ]
        for row in times
    ]
    rows = [[(item, day + random.integers(0, 90)) for item, day in row] for row in rows]
    return histories_of(
        *rows,
        size=items,
        orders=[len(row) + int(random.integers(0, 3)) for row in rows],
        tiers=random.choice(["low", "mid"], customers).tolist(),
    )


def paid_and_shown(histories, seed):
    """The same customers, with what each event brought and up to four items shown to each."""
    random = np.random.default_rng(seed)
    lengths = random.integers(0, 5, len(histories))
    size = int(lengths.sum())
    shown = Shown(
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        items=random.integers(0, histories.size, size),
        days=random.uniform(0, 90, size).astype(np.float32),
        clicked=random.integers(0, 2, size).astype(np.float32),
        values=random.uniform(0, 9, size).astype(np.float32),
    )
    values = random.uniform(1, 50, len(histories.items)).astype(np.float32)
    return replace(histories, values=values, shown=shown)


HISTORIES = st.builds(
    random_histories,
    st.integers(0, 10**6),
    customers=st.integers(1, 14),
    items=st.integers(1, 10),
    density=st.sampled_from([0.05, 0.3, 0.9]),
)


@dataclass(frozen=True)
class Planted:
    """A shop with something to find."""

    histories: Histories
    truth: csr_array
    """Customers × items: two favourites, bought again, and three new items of the taste."""


def two_tastes(customers=240, seed=7):
    """Even customers buy among the first 20 items, odd ones among the last 20, with some noise.

    The first items of each taste appeal a little more than the last ones.
    """
    random = np.random.default_rng(seed)
    appeal = np.linspace(1.5, 0.5, EACH) / EACH
    rows, found = [], np.zeros((customers, TASTES * EACH), dtype=np.float32)
    for customer in range(customers):
        mine = customer % TASTES * EACH
        chosen = mine + random.choice(EACH, 9, replace=False, p=appeal)
        noise = (mine + EACH + random.choice(EACH, 2, replace=False)) % (TASTES * EACH)
        bought = [*chosen[:6], *np.repeat(chosen[:2], 3), *noise]
        rows.append([(int(item), float(random.integers(0, 1000)) / 10) for item in bought])
        found[customer, [*chosen[:2], *chosen[6:]]] = 1
    tiers = ["low" if customer // 2 % 2 else "mid" for customer in range(customers)]
    histories = histories_of(*rows, size=TASTES * EACH, tiers=tiers)
    return Planted(histories, csr_array(found))


def dense(histories):
    """Customers × items: in how many orders each holds each, counted one by one."""
    found = np.zeros((len(histories), histories.size))
    for customer in range(len(histories)):
        for event in range(histories.starts[customer], histories.starts[customer + 1]):
            found[customer, histories.items[event]] += 1
    return found


def shares_of_buyers(histories):
    """By item the share of buyers that breaks ties."""
    buyers = (dense(histories) > 0).sum(axis=0)
    return buyers / (1 + buyers.max(initial=0))
