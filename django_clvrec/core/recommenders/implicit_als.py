"""Factorisation as a recommender: customers are folded in, so that new orders count at once."""

import os
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np

from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.recommenders.als import AlsParameters, fold_in, gram_of
from django_clvrec.core.recommenders.base import strongest
from django_clvrec.core.sparse import SparseRows


@dataclass(frozen=True, kw_only=True)
class Als:
    """Hu, Koren & Volinsky, “Collaborative filtering for implicit feedback datasets”, ICDM 2008."""

    parameters: AlsParameters = field(default_factory=AlsParameters)
    is_fixed: bool = False
    """Whether the parameters were given, so that there is nothing to search."""

    name = "als"

    def fit(self, histories: Histories) -> "FittedAls":
        # what trains needs SciPy; who only answers visits does without
        from django_clvrec.core.recommenders.factorise import factorise

        _, items = factorise(
            histories.matrix(),
            self.parameters,
            is_explicit=False,
            threads=os.cpu_count() or 1,
        )
        return FittedAls(items, self.parameters)

    def variants(self) -> tuple[Self, ...]:
        if self.is_fixed:
            return (self,)
        # twice the factors gain little and take four times as long, most of all on Spark (measured)
        return tuple(
            replace(self, parameters=replace(self.parameters, regularization=penalty))
            for penalty in (self.parameters.regularization, 0.05)
        )

    def limits(self, histories: Histories) -> str:
        return ""


@dataclass(frozen=True)
class FittedAls:
    """Item factors, by which any customer's factors are solved."""

    items: Floats
    """Items × factors."""
    parameters: AlsParameters

    def score(self, histories: Histories) -> Floats:
        """An item without factors, which nobody bought whom it learnt from, has `-inf`."""
        found: Floats = self._factors(histories.cells()) @ self.items.T
        found[:, self.unknown] = -np.inf
        return found

    def explain(self, history: Histories, item: int) -> Ints:
        """By how much each bought item adds to the score: section 5 of Hu, Koren & Volinsky."""
        own = history.cells()
        chosen = self.items[own.indices].astype(np.float64)
        confidence = self.parameters.alpha * own.data.astype(np.float64)
        gram = self.gram + (chosen.T * confidence) @ chosen
        gram[np.diag_indices_from(gram)] += self.parameters.regularization * len(own.indices) + 1e-9
        towards = np.linalg.solve(gram, self.items[item].astype(np.float64))
        return strongest((1 + confidence) * (chosen @ towards), own.indices)

    @cached_property
    def gram(self) -> Floats:
        return gram_of(self.items)

    @cached_property
    def unknown(self) -> Ints:
        return np.flatnonzero(~self.items.any(axis=1))

    def _factors(self, weights: SparseRows) -> Floats:
        if weights.shape[0] == 1 and len(weights.indices):  # a visitor waits for it
            places = weights.indices.astype(np.int64)
            one = fold_in(self.items, places, weights.data, self.parameters, self.gram)
            return one.astype(np.float32)[None, :]
        if not len(weights.indices):
            return np.zeros((weights.shape[0], self.items.shape[1]), dtype=np.float32)
        from django_clvrec.core.recommenders.factorise import fold_in_rows

        return fold_in_rows(weights.scipy(), self.items, self.parameters, is_explicit=False)
