"""How much one customer counts for one item: so often in a day, and so often in all."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer[Any]]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class WeightCaps:
    """The most orders of one item by one customer that are learnt from; None: any number."""

    per_day: int | None = 1
    in_all: int | None = 100
    """The newest count."""

    def may_exceed(self, cells: Ints, days: Ints) -> Flags:
        """Lines of so many that their orders have to be looked at; `cells` are customer × item."""
        found = np.zeros(len(cells), dtype=bool)
        if self.per_day is not None:
            found |= _sizes(cells, days) > self.per_day
        if self.in_all is not None:
            found |= _sizes(cells) > self.in_all
        return found

    def beyond(self, cells: Ints, days: Ints, orders: Ints) -> Flags:
        """Lines that do not count. Lines of one order are one; on a tie the higher one is newer."""
        order = np.lexsort((orders, days, cells))
        cells, days, orders = cells[order], days[order], orders[order]
        first = _starts(cells, days, orders)
        found = np.zeros(len(first), dtype=bool)
        if self.per_day is not None:
            found = _places(cells[first], days[first]) >= self.per_day
        if self.in_all is not None:
            left = np.flatnonzero(~found)[::-1]
            found[left] = _places(cells[first[left]]) >= self.in_all
        lines = np.empty(len(order), dtype=bool)
        lines[order] = np.repeat(found, np.diff(np.append(first, len(order))))
        return lines


def _sizes(*keys: Ints) -> Ints:
    """Of each entry, how many there are with the same keys."""
    order = np.lexsort(keys)
    starts = _starts(*(key[order] for key in keys))
    found = np.empty(len(order), dtype=np.int64)
    lengths = np.diff(np.append(starts, len(order)))
    found[order] = np.repeat(lengths, lengths)
    return found


def _places(*keys: Ints) -> Ints:
    """Of each entry its place, from 0, among its neighbours with the same keys."""
    starts = _starts(*keys)
    lengths = np.diff(np.append(starts, len(keys[0])))
    return np.arange(len(keys[0])) - np.repeat(starts, lengths)


def _starts(*keys: Ints) -> Ints:
    changes = np.zeros(len(keys[0]), dtype=bool)
    changes[:1] = True
    for key in keys:
        changes[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(changes)
