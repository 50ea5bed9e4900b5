"""Rows of ratings, their random parts, and the rows that leak from one part into another."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from django_clvrec.exceptions import BadRatings, LeakageFound

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

TRAINING, VALIDATION, TEST = 0, 1, 2
SHARES = 0.6, 0.8
"""Where the training part ends, and the validation part."""


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Customer–item pairs, one a row; customers and items are numbered from 0."""

    customers: Ints
    items: Ints

    def __len__(self) -> int:
        return len(self.customers)


@dataclass(frozen=True, kw_only=True)
class Ratings(Pairs):
    """The pairs and what was rated; the same pair may come more than once."""

    ratings: Floats

    def where(self, chosen: Flags) -> Self:
        """The chosen rows, in their order."""
        return type(self)(
            customers=self.customers[chosen],
            items=self.items[chosen],
            ratings=self.ratings[chosen],
        )

    @property
    def pairs(self) -> Pairs:
        """The rows without what an algorithm is to predict."""
        return Pairs(customers=self.customers, items=self.items)


def numbered(customers: ArrayLike, items: ArrayLike, ratings: ArrayLike) -> tuple[Ratings, Ints]:
    """The rows with customers and items numbered in their order, and the number of each row's pair.

    All three are equally long; `BadRatings` where a rating is missing or infinite.
    """
    values = np.asarray(ratings, dtype=np.float64)
    if not np.isfinite(values).all():
        raise BadRatings
    rows = Ratings(
        customers=np.unique(np.asarray(customers), return_inverse=True)[1],
        items=np.unique(np.asarray(items), return_inverse=True)[1],
        ratings=values,
    )
    if not len(rows.customers) == len(rows.items) == len(values):
        message = "customers, items and ratings must be equally long"
        raise ValueError(message)
    return rows, np.unique(pair_numbers(rows), return_inverse=True)[1]


def random_parts(groups: Ints, random: np.random.Generator) -> Ints:
    """`TRAINING`, `VALIDATION` or `TEST` for every row, 60/20/20 of the groups.

    Rows of one group stay together. With a group per row it is the article's split, with a group
    per customer–item pair it cannot leak. Fewer than five groups may leave a part empty.
    """
    names, members = np.unique(groups, return_inverse=True)
    places = random.permutation(len(names)) / len(names)
    return np.searchsorted(SHARES, places, side="right").astype(np.int64)[members]


def pair_numbers(pairs: Pairs) -> Ints:
    """One number per row, equal where customer and item are."""
    width = int(pairs.items.max(initial=0)) + 1
    return pairs.customers * width + pairs.items


def known_rows(train: Pairs, test: Pairs) -> Flags:
    """Rows of `test` whose customer and whose item are in `train`: what factors can score."""
    return np.isin(test.customers, train.customers) & np.isin(test.items, train.items)


def leaked_rows(train: Pairs, test: Pairs) -> Flags:
    """Rows of `test` whose customer–item pair is in `train`: the answer is known."""
    together = Pairs(
        customers=np.concatenate([train.customers, test.customers]),
        items=np.concatenate([train.items, test.items]),
    )
    numbers = pair_numbers(together)
    return np.isin(numbers[len(train) :], numbers[: len(train)])


def refuse_leak(train: Pairs, test: Pairs) -> None:
    """Nothing, or `LeakageFound` where a pair is on both sides."""
    if count := int(leaked_rows(train, test).sum()):
        message = (
            f"{count} of {len(test)} test rows are pairs of the training part as well, so what "
            "they measure is memory. Split by customer–item pair or by time."
        )
        raise LeakageFound(message)
