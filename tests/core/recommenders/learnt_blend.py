"""A blend that learns like any other recommender: from the last days of the histories."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from django_clvrec.core.ranking import INTENTS
from django_clvrec.core.recommenders.blend import FittedBlend, examples_of, weigh
from django_clvrec.core.recommenders.features import ItemFacts
from django_clvrec.core.recommenders.names import BLEND

LAST_DAYS = 20.0


@dataclass(frozen=True)
class LearntBlend:
    """Learns weights from what was bought in the last days, then its parts from everything."""

    parts: dict

    name = BLEND

    def fit(self, histories):
        early, truth = split(histories, LAST_DAYS)
        learnt = {name: part.fit(early) for name, part in self.parts.items()}
        examples = examples_of(early, truth, learnt, ItemFacts.of(early), INTENTS)
        return FittedBlend(
            parts={name: part.fit(histories) for name, part in self.parts.items()},
            facts=ItemFacts.of(histories),
            weighings={intent: weigh(one) for intent, one in examples.items()},
        )

    def variants(self):
        return (self,)

    def limits(self, histories):
        return ""


def split(histories, days):
    """The histories up to so many days before their end, and what was bought after that."""
    late = histories.days < days
    cells = (np.ones(late.sum()), (histories.owners[late], histories.items[late]))
    truth = csr_array(cells, shape=(len(histories), histories.size))
    truth.data[:] = 1
    lengths = np.bincount(histories.owners[~late], minlength=len(histories))
    early = replace(
        histories,
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        items=histories.items[~late],
        days=histories.days[~late] - np.float32(days),
    )
    return early, truth
