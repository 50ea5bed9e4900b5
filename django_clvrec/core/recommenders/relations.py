"""How items can belong together, for pages that train nothing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from django_clvrec.core.sparse import Ints

TOGETHER, ALSO = "together", "also"
RELATIONS = (TOGETHER, ALSO)
"""together: in the same order; also: by the same customers, whenever."""


@dataclass(frozen=True)
class Neighbours:
    """For each item the nearest others, best first, filled up with -1."""

    places: NDArray[np.int32]
    """Items × K positions."""
    scores: NDArray[np.float32]
    """0..1: common / (√(mine × theirs) + shrinkage)."""

    def of(self, items: Ints, n: int) -> list[tuple[int, float, int]]:
        """The best for some items together: position, score, and the item it is nearest to.

        The items themselves are left out. Scores are summed over the items; on a tie the lower
        position comes first.
        """
        found = self.places[items].ravel()
        scores = self.scores[items].ravel()
        owners = np.repeat(items, self.places.shape[1])
        kept = (found >= 0) & ~np.isin(found, items)
        found, scores, owners = found[kept], scores[kept], owners[kept]
        order = np.lexsort((owners, -scores, found))
        found, scores, owners = found[order], scores[order], owners[order]
        places, first = np.unique(found, return_index=True)
        sums = np.add.reduceat(scores, first) if len(first) else scores
        best = np.lexsort((places, -sums))[:n]
        # the strongest of each is the first of its run
        return [(int(places[i]), float(sums[i]), int(owners[first[i]])) for i in best]
