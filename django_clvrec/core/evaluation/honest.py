"""What rating algorithms are worth on customer–item pairs that they have not seen."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from django_clvrec.core.evaluation.rating_algorithms import MEANS, Algorithm, popularity
from django_clvrec.core.evaluation.rating_metrics import expected_hits, rmse, spread
from django_clvrec.core.evaluation.ratings import (
    TEST,
    Flags,
    Floats,
    Ints,
    Pairs,
    Ratings,
    known_rows,
    leaked_rows,
    pair_numbers,
    random_parts,
    refuse_leak,
)

CELLS = 2_000_000
"""Customer–item pairs to be ranked in one split; with more, customers are drawn at random."""


@dataclass(frozen=True, kw_only=True)
class HonestRow:
    """One algorithm: means over the splits, `None` where it does not apply."""

    name: str
    rmse: float | None
    """Over the rows that every algorithm predicts: the same for all."""
    rmse_sd: float | None
    """Standard deviation of it between the splits."""
    hit_rate: float | None
    """Share of held-out pairs among the first `n` of all items that the customer has not rated."""
    hit_rate_sd: float | None
    ndcg: float | None


@dataclass(frozen=True, kw_only=True)
class Honest:
    """The honest table: counts are sums over the splits."""

    n: int
    test_rows: int
    known_rows: int
    """Rows whose customer and item are in the training part: what is predicted."""
    ranked_pairs: int
    """Different pairs among them, each ranked among all items."""
    rows: tuple[HonestRow, ...]

    def summary(self) -> dict[str, Any]:
        """Everything, for JSON."""
        return asdict(self) | {"leaked_rows": 0}


def honest_evaluation(
    rows: Ratings,
    pair_of_row: Ints,
    algorithms: Mapping[str, Algorithm],
    *,
    splits: int,
    seed: int,
    n: int,
) -> Honest:
    """Every algorithm on a random fifth of the pairs, trained on the rows of the others.

    Rows of a pair stay on one side, which `refuse_leak` checks. Held-out pairs are ranked among
    all items without a training row of the customer, other held-out ones included; ties are
    broken at random in expectation. Means have only an RMSE; “popularity” (number of training
    rows) and “random” have only a ranking.
    """
    cases = [
        _Case.of(rows, random_parts(pair_of_row, random), random)
        for random in np.random.default_rng(seed).spawn(splits)
    ]
    found = [dict(_figures(case, algorithms, n)) for case in cases]
    return Honest(
        n=n,
        test_rows=sum(case.test_rows for case in cases),
        known_rows=sum(len(case.test) for case in cases),
        ranked_pairs=sum(len(case.held_out) for case in cases),
        rows=tuple(_row(name, [split[name] for split in found]) for name in found[0]),
    )


@dataclass(frozen=True, kw_only=True)
class _Case:
    """One split: what to predict, and what to rank."""

    train: Ratings
    test: Ratings
    test_rows: int
    grid: Pairs
    """Every item for each customer that is ranked."""
    seen: Flags
    lists: Ints
    """Row of the grid's customer, for every pair held out."""
    held_out: Ints

    @classmethod
    def of(cls, rows: Ratings, parts: Ints, random: np.random.Generator) -> "_Case":
        train, test = rows.where(parts != TEST), rows.where(parts == TEST)
        refuse_leak(train, test)
        known = test.where(known_rows(train, test))
        width = int(rows.items.max()) + 1
        drawn = random.permutation(np.unique(known.customers))[: max(1, CELLS // width)]
        ranked = np.sort(drawn)
        grid = Pairs(
            customers=np.repeat(ranked, width), items=np.tile(np.arange(width), len(ranked))
        )
        first = np.zeros(len(known), dtype=bool)
        first[np.unique(pair_numbers(known), return_index=True)[1]] = True
        held = known.where(first & np.isin(known.customers, ranked))
        return cls(
            train=train,
            test=known,
            test_rows=len(test),
            grid=grid,
            seen=leaked_rows(train, grid).reshape(-1, width),
            lists=np.searchsorted(ranked, held.customers),
            held_out=held.items,
        )

    def predicted(self, algorithm: Algorithm) -> tuple[Floats, Floats]:
        """A prediction for each test row, and customers × items scores, from one fit."""
        asked = Pairs(
            customers=np.concatenate([self.test.customers, self.grid.customers]),
            items=np.concatenate([self.test.items, self.grid.items]),
        )
        found = algorithm(self.train, asked)
        return found[: len(self.test)], found[len(self.test) :].reshape(self.seen.shape)

    def ranked(self, scores: Floats, n: int) -> dict[str, float]:
        """Mean hit rate and NDCG of what was held out; NaN without any."""
        if not len(self.held_out):
            return {"hit_rate": np.nan, "ndcg": np.nan}
        candidates = np.where(self.seen, -np.inf, np.nan_to_num(scores, nan=-1e300))
        hits, gains = expected_hits(candidates[self.lists], self.held_out, n)
        return {"hit_rate": float(hits.mean()), "ndcg": float(gains.mean())}


def _figures(
    case: _Case, algorithms: Mapping[str, Algorithm], n: int
) -> Iterator[tuple[str, dict[str, float]]]:
    """The figures of every algorithm in one split, by the names they have in `HonestRow`."""
    found = {name: case.predicted(predict) for name, predict in {**MEANS, **algorithms}.items()}
    shared = np.all([np.isfinite(predicted) for predicted, _ in found.values()], axis=0)
    truth = case.test.ratings[shared]
    for name, (predicted, scores) in found.items():
        ranking = {} if name in MEANS else case.ranked(scores, n)
        yield name, {"rmse": rmse(truth, predicted[shared])} | ranking
    yield "popularity", case.ranked(case.predicted(popularity)[1], n)
    yield "random", case.ranked(np.zeros(case.seen.shape), n)


def _row(name: str, splits: list[dict[str, float]]) -> HonestRow:
    def over_splits(figure: str) -> tuple[float | None, float | None]:
        return spread([split.get(figure, np.nan) for split in splits])

    (error, error_sd), (hits, hits_sd) = over_splits("rmse"), over_splits("hit_rate")
    return HonestRow(
        name=name,
        rmse=error,
        rmse_sd=error_sd,
        hit_rate=hits,
        hit_rate_sd=hits_sd,
        ndcg=over_splits("ndcg")[0],
    )
