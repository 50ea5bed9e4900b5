"""The article's evaluation with its leak, and beside it what the same algorithms are worth."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from django_clvrec.core.evaluation.honest import Honest, honest_evaluation
from django_clvrec.core.evaluation.rating_algorithms import MEANS, Algorithm
from django_clvrec.core.evaluation.rating_metrics import precision_recall, rmse, spread
from django_clvrec.core.evaluation.ratings import (
    TEST,
    Ratings,
    known_rows,
    leaked_rows,
    numbered,
    random_parts,
)
from django_clvrec.exceptions import TooFewRatings

PUBLISHED_RMSE = {
    "ALS": {"high": 0.375, "mid": 0.646, "low": 0.635},
    "SlopeOne": {"high": 0.726, "mid": 1.130, "low": 1.172},
    "NMF": {"high": 0.745, "mid": 1.136, "low": 1.176},
    "CoClustering": {"high": 0.788, "mid": 1.140, "low": 1.175},
    "SVD": {"high": 0.813, "mid": 1.156, "low": 1.196},
    "SVD++": {"high": 0.830, "mid": 1.171, "low": 1.204},
}
"""What the article prints, by tier."""

PUBLISHED_PRECISION, PUBLISHED_RECALL = 1.0, (0.86, 0.88)
"""What it prints for its ALS at k = 5: of recall, the least and the most of the tiers."""


@dataclass(frozen=True, kw_only=True)
class Leak:
    """How many test rows were training rows too, in all splits together."""

    test_rows: int
    known_rows: int
    """Those whose customer and item were in training: all that its ALS was scored on."""
    leaked_rows: int
    """Those whose customer–item pair is."""

    @property
    def share(self) -> float | None:
        """Leaked rows among the known ones: 96–99 % in the article; `None` without any."""
        return self.leaked_rows / self.known_rows if self.known_rows else None

    def summary(self) -> dict[str, Any]:
        """Counts and shares, for JSON."""
        of_all = self.leaked_rows / self.test_rows
        return asdict(self) | {"share": self.share, "share_of_all_test_rows": of_all}


@dataclass(frozen=True, kw_only=True)
class ArticleRow:
    """One algorithm under the article's protocol: means over the splits, `None` where undefined."""

    name: str
    rows: int
    """Test rows it predicts, in all splits together. The others are left out, as in the article."""
    rmse: float | None
    """Over those rows, which are not the same for all: what the article compares."""
    rmse_sd: float | None
    """Standard deviation of it between the splits."""
    rmse_same_rows: float | None
    """Over the rows that every algorithm predicts."""
    precision: float | None
    recall: float | None
    recall_sd: float | None
    default_precision: float | None
    """Share of customers whose precision is 1 since nothing was recommended to them."""
    default_recall: float | None
    """Share of customers whose recall is 1 since they have no row worth recommending."""


@dataclass(frozen=True, kw_only=True)
class ArticleTable:
    """Both evaluations of the same ratings."""

    rows: int
    pairs: int
    customers: int
    items: int
    splits: int
    k: int
    threshold: float
    leak: Leak
    article: tuple[ArticleRow, ...]
    honest: Honest

    def summary(self) -> dict[str, Any]:
        """Everything, for JSON."""
        return asdict(self) | {"leak": self.leak.summary(), "honest": self.honest.summary()}


def article_table(
    customers: ArrayLike,
    items: ArrayLike,
    ratings: ArrayLike,
    algorithms: Mapping[str, Algorithm],
    *,
    splits: int = 10,
    seed: int = 1,
    k: int = 5,
    threshold: float = 3.0,
    n: int = 10,
) -> ArticleTable:
    """The article's table of one set of ratings, and the honest one.

    `customers`, `items` and `ratings` have one entry a row, the first two of any kind that
    sorts. The article divides the rows at random, 60/20/20; the second part chose its parameters.
    Here they are given, so that all algorithms train on both: that agrees best with what it
    prints. `MEANS` are added as baselines. Ties keep the order of the rows. All is repeated
    `splits` times with other random parts, as one split of a small set says little: with 3,000
    rows the RMSE of ALS varies by .1 from split to split, so that 40 are better than 10.
    Raises `TooFewRatings` where a part would be empty. The honest part: `honest_evaluation`.
    """
    rows, pair_of_row = numbered(customers, items, ratings)
    if len(rows) < 5:
        raise TooFewRatings
    everything = {**MEANS, **algorithms}
    leaks: list[Leak] = []
    found: list[dict[str, dict[str, float]]] = []
    for random in np.random.default_rng(seed).spawn(splits):
        parts = random_parts(np.arange(len(rows)), random)
        train, test = rows.where(parts != TEST), rows.where(parts == TEST)
        leaks.append(_leak(train, test))
        found.append(_figures(train, test, everything, k=k, threshold=threshold))
    return ArticleTable(
        rows=len(rows),
        pairs=int(pair_of_row.max()) + 1,
        customers=int(rows.customers.max()) + 1,
        items=int(rows.items.max()) + 1,
        splits=splits,
        k=k,
        threshold=threshold,
        leak=_sum(leaks),
        article=tuple(_row(name, [split[name] for split in found]) for name in everything),
        honest=honest_evaluation(rows, pair_of_row, algorithms, splits=splits, seed=seed, n=n),
    )


def _leak(train: Ratings, test: Ratings) -> Leak:
    return Leak(
        test_rows=len(test),
        known_rows=int(known_rows(train, test).sum()),
        leaked_rows=int(leaked_rows(train, test).sum()),
    )


def _sum(leaks: Sequence[Leak]) -> Leak:
    return Leak(
        test_rows=sum(leak.test_rows for leak in leaks),
        known_rows=sum(leak.known_rows for leak in leaks),
        leaked_rows=sum(leak.leaked_rows for leak in leaks),
    )


def _figures(
    train: Ratings,
    test: Ratings,
    algorithms: Mapping[str, Algorithm],
    *,
    k: int,
    threshold: float,
) -> dict[str, dict[str, float]]:
    """The figures of every algorithm in one split, by the names they have in `ArticleRow`."""
    predictions = {name: predict(train, test.pairs) for name, predict in algorithms.items()}
    shared = np.all([np.isfinite(predicted) for predicted in predictions.values()], axis=0)
    found = {}
    for name, predicted in predictions.items():
        answered = np.isfinite(predicted)
        own = test.where(answered)
        lists = precision_recall(
            own.customers, own.ratings, predicted[answered], k=k, threshold=threshold
        )
        found[name] = asdict(lists) | {
            "rows": int(answered.sum()),
            "rmse": rmse(own.ratings, predicted[answered]),
            "rmse_same_rows": rmse(test.ratings[shared], predicted[shared]),
        }
    return found


def _row(name: str, splits: Sequence[Mapping[str, float]]) -> ArticleRow:
    means, deviations = {}, {}
    for figure in splits[0]:
        means[figure], deviations[figure] = spread([split[figure] for split in splits])
    return ArticleRow(
        name=name,
        rows=int(sum(split["rows"] for split in splits)),
        rmse=means["rmse"],
        rmse_sd=deviations["rmse"],
        rmse_same_rows=means["rmse_same_rows"],
        precision=means["precision"],
        recall=means["recall"],
        recall_sd=deviations["recall"],
        default_precision=means["default_precision"],
        default_recall=means["default_recall"],
    )
