"""A simulated shop in which what comes later matters: who looks ahead against who does not.

`python -m benchmarks.simulator --json PATH`

Each family of the shop has a machine, which earns little, and two refills, which earn much and are
bought by who owns the machine, and hardly by others. Bargains sell to everybody, again and again,
and lead to nothing. Customers come once a week and are shown one item; what they were shown at
random for a while is the log. Whoever learns from it is then let loose on new customers, and what
these spend is compared: deep Q-learning, the same without a horizon, and other recommenders.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from django_clvrec.core.evaluation.intervals import interval
from django_clvrec.core.histories import Histories, Shown
from django_clvrec.core.recommenders.base import Fitted, Recommender
from django_clvrec.core.recommenders.ease import Ease
from django_clvrec.core.recommenders.implicit_als import Als
from django_clvrec.core.recommenders.item_knn import ItemKnn
from django_clvrec.core.recommenders.personal import Personal
from django_clvrec.core.recommenders.popular import Popular
from django_clvrec.core.recommenders.tifu_knn import TifuKnn
from django_clvrec.engines.deep.q_learning import DeepQ

Ints = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]
Policy = Callable[[Histories], Ints]
"""The item that each customer is shown, by their past."""

FAMILIES, REFILLS, BARGAINS = 6, 2, 6
ITEMS = FAMILIES * (1 + REFILLS) + BARGAINS
MACHINE, REFILL, BARGAIN = 2.0, 8.0, 3.0
"""Prices."""
WEEK, VISITS = 7.0, 20
UNLIKELY = 0.02


@dataclass(frozen=True)
class Shop:
    """Machines come first, then their refills, then bargains."""

    seed: int = 1

    @property
    def family(self) -> Ints:
        """Of each item; -1 for bargains."""
        machines, refills = np.arange(FAMILIES), np.repeat(np.arange(FAMILIES), REFILLS)
        return np.concatenate([machines, refills, np.full(BARGAINS, -1)])

    @property
    def prices(self) -> Floats:
        counts = (FAMILIES, FAMILIES * REFILLS, BARGAINS)
        return np.repeat([MACHINE, REFILL, BARGAIN], counts)

    def chances(self, shown: Ints, owned: NDArray[np.bool_]) -> Floats:
        """That each customer buys what is shown, who owns the machines of `owned`."""
        family = self.family[shown]
        has = owned[np.arange(len(shown)), family.clip(min=0)]
        machine = np.where(has, UNLIKELY, 0.4)
        refill = np.where(has, 0.45, UNLIKELY)
        kinds = [shown < FAMILIES, family >= 0]
        return np.select(kinds, [machine, refill], 0.4)


@dataclass(frozen=True, kw_only=True)
class Log:
    """What customers were shown, visit after visit, and whether they bought it."""

    shown: Ints
    """Customers × visits."""
    bought: NDArray[np.bool_]
    prices: Floats

    @property
    def spent(self) -> Floats:
        """By customer."""
        return (self.prices[self.shown] * self.bought).sum(axis=1)

    def histories(self, *, with_shown: bool = True) -> Histories:
        """As they are after the last visit."""
        customers, visits = self.shown.shape
        rows, times = np.nonzero(self.bought)
        items = self.shown[rows, times]
        # a recorded visit is over when the next one begins
        days = (WEEK * (visits - np.arange(visits))).astype(np.float32)
        everything = np.arange(customers + 1) * visits
        prices = self.prices.astype(np.float32)
        return Histories(
            starts=np.concatenate([[0], np.cumsum(self.bought.sum(axis=1))]),
            items=items.astype(np.int32),
            days=days[times],
            orders=self.bought.sum(axis=1),
            tiers=np.full(customers, "low", dtype=object),
            size=ITEMS,
            values=prices[items],
            shown=Shown(
                starts=everything,
                items=self.shown.ravel(),
                days=np.tile(days, customers),
                clicked=self.bought.ravel().astype(np.float32),
                values=(prices[self.shown] * self.bought).ravel(),
            )
            if with_shown
            else None,
        )


def visited(shop: Shop, policy: Policy | None, customers: int, seed: int) -> Log:
    """New customers come VISITS times and are shown what `policy` says; None: anything."""
    random = np.random.default_rng(seed)
    owned = np.zeros((customers, FAMILIES), dtype=bool)
    shown = np.zeros((customers, VISITS), dtype=np.int64)
    bought = np.zeros((customers, VISITS), dtype=bool)
    for visit in range(VISITS):
        if policy is None:
            chosen = random.integers(0, ITEMS, customers)
        else:
            so_far = Log(shown=shown[:, :visit], bought=bought[:, :visit], prices=shop.prices)
            chosen = policy(so_far.histories(with_shown=False))
        shown[:, visit] = chosen
        bought[:, visit] = random.random(customers) < shop.chances(chosen, owned)
        sold = np.flatnonzero(bought[:, visit] & (chosen < FAMILIES))
        owned[sold, chosen[sold]] = True
    return Log(shown=shown, bought=bought, prices=shop.prices)


def best_by(fitted: Fitted) -> Policy:
    """What it scores highest."""
    return lambda histories: fitted.score(histories).argmax(axis=1)


def far_sighted(seed: int = 1) -> dict[str, Recommender]:
    """Deep Q-learning, with and without a horizon."""
    # with a log of random lists there is nothing to be cautious about
    ahead = DeepQ(caution=0.01, seed=seed)
    return {"dqn": ahead, "dqn, no horizon": DeepQ(caution=0.01, horizon_days=0.0, seed=seed)}


def short_sighted() -> dict[str, Recommender]:
    """By what was bought."""
    several: Sequence[Recommender] = (
        Popular(), Personal(), ItemKnn(), TifuKnn(), Ease(regularization=50.0), Als()
    )  # fmt: skip
    return {one.name: one for one in several}


def compared(
    recommenders: Mapping[str, Recommender], *, seed: int = 1, learnt: int = 2000, met: int = 1000
) -> dict[str, Floats]:
    """What each customer spends, by recommender, and where anything is shown at random."""
    shop = Shop()
    past = visited(shop, None, learnt, seed).histories()
    found = {"random": visited(shop, None, met, seed + 1).spent}
    for name, one in recommenders.items():
        found[name] = visited(shop, best_by(one.fit(past)), met, seed + 1).spent
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    words = argparse.ArgumentParser(prog="python -m benchmarks.simulator", description=__doc__)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--json", type=Path, help="where to write the result")
    options = words.parse_args(arguments)
    spent = compared(far_sighted(options.seed) | short_sighted(), seed=options.seed)
    rows = [
        {"name": name, "spent": float(values.mean()), "interval": interval(values)}
        for name, values in sorted(spent.items(), key=lambda pair: -pair[1].mean())
    ]
    for row in rows:
        low, high = row["interval"]
        print(f"{row['name']:<18} {row['spent']:7.1f}  ({low:.1f} – {high:.1f})")  # noqa: T201
    if options.json:
        options.json.write_text(json.dumps({"rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
