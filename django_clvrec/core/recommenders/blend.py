"""A blend: what several recommenders say of a candidate, weighed as the past taught.

Candidates are the best of each part; a logistic regression tells how likely each is bought next.
Boosted trees in its place, or beside it, were measured: no better, and forty times slower.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from django_clvrec.core.histories import Floats, Histories, Ints
from django_clvrec.core.ranking import AGAIN, DISCOVER, MIXED, best_in_rows
from django_clvrec.core.recommenders.base import NO_REASON, Fitted
from django_clvrec.core.recommenders.features import ItemFacts, features, standardised
from django_clvrec.core.sampling import spread

if TYPE_CHECKING:  # a visit is scored without SciPy
    from scipy.sparse import csr_array

REASONS = ("item_knn", "ease", "personal", "als")
"""Whose reasons are told, the easiest to understand first."""
CANDIDATES = 50
"""Taken from each part."""
CELLS = 1 << 22
"""Customer × item scores held at once, of each part."""
MOST_PAIRS = 200_000
"""Candidates learnt from; more add time, not skill (measured)."""
LEAST_BOUGHT = 20
"""With fewer candidates that were bought there is nothing to learn."""


@dataclass(frozen=True)
class Weighing:
    """What was learnt: log-odds that a candidate is bought, linear in its features."""

    weights: Floats
    intercept: float

    def log_odds(self, rows: Floats) -> Floats:
        found: Floats = rows @ self.weights + self.intercept
        return found


@dataclass(frozen=True, kw_only=True)
class FittedBlend:
    """Fitted parts, and what was learnt of them for each intent."""

    parts: Mapping[str, Fitted]
    facts: ItemFacts
    weighings: Mapping[str, Weighing]

    def score(self, histories: Histories) -> Floats:
        """By the intent “mixed”; `-inf` for all but the candidates."""
        return self.score_by_intent(histories, (MIXED,))[MIXED]

    def score_by_intent(self, histories: Histories, intents: Sequence[str]) -> dict[str, Floats]:
        """The same for several intents, each of which has candidates of its own."""
        shape = (len(histories), histories.size)
        found = {intent: np.full(shape, -np.inf, dtype=np.float32) for intent in intents}
        for piece in histories.pieces(CELLS):
            pairs = _Pairs.of(histories.take(piece), self.parts, self.facts)
            for intent in intents:
                rows, items = pairs.candidates(intent)
                odds = self.weighings[intent].log_odds(pairs.features(rows, items))
                found[intent][piece[rows], items] = odds
        return found

    def explain(self, history: Histories, item: int) -> Ints:
        """What the first part says that has a reason; item models come before factors."""
        names = (name for name in REASONS if name in self.parts)
        reasons = (self.parts[name].explain(history, item) for name in names)
        return next((found for found in reasons if len(found)), NO_REASON)


@dataclass(frozen=True)
class _Pairs:
    """What the parts say of some customers and all items."""

    histories: Histories
    facts: ItemFacts
    said: Mapping[str, Floats]
    """Standardised scores, customers × items."""
    scores: Mapping[str, Floats]
    bought: NDArray[np.bool_]

    @classmethod
    def of(cls, histories: Histories, parts: Mapping[str, Fitted], facts: ItemFacts) -> "_Pairs":
        scores = {name: part.score(histories) for name, part in parts.items()}
        said = {name: standardised(one) for name, one in scores.items()}
        return cls(histories, facts, said, scores, histories.cells().toarray() > 0)

    def candidates(self, intent: str) -> tuple[Ints, Ints]:
        """Customers and items, by ascending customer, then item."""
        chosen = np.zeros(self.bought.shape, dtype=bool)
        for scores in self.scores.values():
            allowed = scores
            if intent == DISCOVER:
                allowed = np.where(self.bought, -np.inf, scores)
            elif intent == AGAIN:
                allowed = np.where(self.bought, scores, -np.inf)
            best = best_in_rows(allowed, CANDIDATES)
            rows, places = np.nonzero(best >= 0)
            chosen[rows, best[rows, places]] = True
        rows, items = np.nonzero(chosen)
        return rows, items

    def features(self, rows: Ints, items: Ints) -> Floats:
        return features(self.histories, self.facts, self.said, rows, items)


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Candidates of customers who bought something next, and whether they bought these."""

    customers: Ints
    """Positions in the histories."""
    items: Ints
    features: Floats
    is_bought: NDArray[np.bool_]

    def of(self, chosen: NDArray[np.bool_]) -> "Examples":
        return Examples(
            customers=self.customers[chosen],
            items=self.items[chosen],
            features=self.features[chosen],
            is_bought=self.is_bought[chosen],
        )


def examples_of(
    histories: Histories,
    truth: "csr_array",
    parts: Mapping[str, Fitted],
    facts: ItemFacts,
    intents: Sequence[str],
) -> dict[str, Examples]:
    """What can be learnt from what customers bought next: `truth` is customers × items.

    The parts and the facts know the histories up to then, not what came next.
    """
    active = np.flatnonzero(np.diff(truth.indptr))
    active = active[spread(len(active), max(1, MOST_PAIRS // (CANDIDATES * 2)))]
    taken: dict[str, list[tuple[Any, ...]]] = {intent: [] for intent in intents}
    for piece in histories.take(active).pieces(CELLS):
        some = active[piece]
        pairs = _Pairs.of(histories.take(some), parts, facts)
        bought = truth[some].toarray() > 0
        for intent in intents:
            rows, items = pairs.candidates(intent)
            columns = pairs.features(rows, items)
            taken[intent].append((some[rows], items, columns, bought[rows, items]))
    found = {}
    for intent, pieces in taken.items():
        if pieces:
            customers, items, columns, labels = (
                np.concatenate(one) for one in zip(*pieces, strict=True)
            )
            found[intent] = Examples(
                customers=customers, items=items, features=columns, is_bought=labels
            )
    return found


def weigh(examples: Examples) -> Weighing | None:
    """Learn; None where too few of the candidates were bought, or too few were not.

    Large buyers have many examples. So that they do not drown the others, each example counts
    1 / √(what its customer bought).
    """
    # imported where it is learnt: who only scores needs none of it
    from sklearn.linear_model import LogisticRegression

    bought = np.count_nonzero(examples.is_bought)
    if min(bought, len(examples.is_bought) - bought) < LEAST_BOUGHT:
        return None
    table = examples.features.astype(np.float64)
    centre, spread_ = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-9)
    counts = np.bincount(examples.customers, examples.is_bought)[examples.customers]
    weights = 1 / np.sqrt(counts.clip(min=1))
    # fast with many rows and few columns
    learner = LogisticRegression(solver="newton-cholesky")
    learner.fit((table - centre) / spread_, examples.is_bought, weights / weights.mean())
    slopes = learner.coef_[0] / spread_
    return Weighing(slopes.astype(np.float32), float(learner.intercept_[0] - slopes @ centre))
