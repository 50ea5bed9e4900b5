"""A recommender of a shop's own that learns from what was paid, shown, clicked and bought."""

from dataclasses import dataclass

import numpy as np

LEARNT = []
"""The histories of every training, in order; a test empties it."""


@dataclass(frozen=True)
class Learner:
    """What brought most is best, what was clicked counts ten, and what came of it as it brought."""

    name = "learner"
    learns_from_values = True
    learns_from_feedback = True

    def fit(self, histories):
        LEARNT.append(histories)
        scores = np.bincount(histories.items, histories.values, minlength=histories.size)
        if (shown := histories.shown) is not None:
            worth = 10 * shown.clicked + shown.values
            scores += np.bincount(shown.items, worth, minlength=histories.size)
        return FittedLearner(scores.astype(np.float32))

    def variants(self):
        return (self,)

    def limits(self, histories):
        return ""


@dataclass(frozen=True)
class FittedLearner:
    scores: np.ndarray

    def score(self, histories):
        return np.repeat(self.scores[None, :], len(histories), axis=0)

    def explain(self, history, item):
        return np.empty(0, dtype=int)
