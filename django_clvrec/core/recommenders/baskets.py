"""The last baskets of customers, as a network that attends to them sees them."""

from dataclasses import dataclass

import numpy as np

from django_clvrec.core.histories import Floats, Histories, Ints

BUCKETS = 20
"""Of how long ago a basket was, each longer than the one before."""


@dataclass(frozen=True, kw_only=True)
class Baskets:
    """What was bought at one time, with a rank among the baskets of its row: 0 for the latest."""

    items: Ints
    """Of all baskets, one after the other."""
    weights: Floats
    """Of each item: a large basket is no longer than a small one."""
    first: Ints
    """Where each basket begins among the items."""
    rows: Ints
    ranks: Ints
    buckets: Ints
    """Of how long ago each basket was: half days first, months in the end."""

    @classmethod
    def of(cls, rows: Ints, items: Ints, ages: Floats, most: int) -> "Baskets":
        """The latest `most` of each row. Events are given by row, and the oldest of a row first."""
        is_first = np.ones(len(rows), dtype=bool)
        is_first[1:] = (np.diff(rows) != 0) | (np.diff(ages) != 0)
        numbers = np.cumsum(is_first) - 1
        first = np.flatnonzero(is_first)
        ranks = np.searchsorted(rows[first], rows[first], side="right") - 1 - np.arange(len(first))
        sizes = np.diff(first, append=len(rows))
        kept, is_kept = ranks < most, ranks[numbers] < most
        return cls(
            items=items[is_kept],
            weights=(1 / np.sqrt(sizes[numbers[is_kept]])).astype(np.float32),
            first=np.cumsum(sizes[kept]) - sizes[kept],
            rows=rows[first[kept]],
            ranks=ranks[kept],
            buckets=bucket_of(ages[first[kept]]),
        )

    @classmethod
    def last(cls, histories: Histories, most: int) -> "Baskets":
        """Of whole histories, seen from the end of observation."""
        owners = histories.owners
        order = np.lexsort((-histories.days, owners))
        return cls.of(owners[order], histories.items[order], histories.days[order], most)

    @property
    def width(self) -> int:
        """Of a table that has a column for each rank."""
        return int(self.ranks.max(initial=-1)) + 1


def bucket_of(days: Floats) -> Ints:
    """Two buckets each time that 1 + `days` doubles."""
    found = (2 * np.log2(1 + days.clip(min=0))).astype(np.int64)
    clipped: Ints = found.clip(max=BUCKETS - 1)
    return clipped
