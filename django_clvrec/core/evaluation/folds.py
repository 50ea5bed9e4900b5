"""Splits in time: learn from what came before a moment, look for what was bought after it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from django_clvrec.core.histories import Floats, Histories, Ints, Shown, Strings
from django_clvrec.core.ranking import AGAIN, DISCOVER
from django_clvrec.exceptions import LeakageFound, NothingToEvaluate

DAY = 86_400_000_000
"""Microseconds."""

TiersAt = Callable[[int], Strings]
"""The tier of every customer by number, as it was at a moment."""

ShownBy = Callable[[int, Ints, Ints], Shown]
"""What was known at a moment of what customers were shown of items, both ascending numbers."""


@dataclass(frozen=True, kw_only=True)
class Events:
    """Order lines at one level, by number; one entry per line."""

    customers: Ints
    orders: Ints
    """No two customers share one."""
    items: Ints
    """-1 where the line has no item at this level."""
    times: NDArray[np.int64]
    """Microseconds since 1970 in UTC."""
    customer_count: int
    item_count: int
    values: Floats | None = None
    """Revenue; None where nobody asked for it."""

    def where(self, chosen: NDArray[np.bool_]) -> "Events":
        return Events(
            customers=self.customers[chosen],
            orders=self.orders[chosen],
            items=self.items[chosen],
            times=self.times[chosen],
            customer_count=self.customer_count,
            item_count=self.item_count,
            values=None if self.values is None else self.values[chosen],
        )


@dataclass(frozen=True, kw_only=True)
class Fold:
    """One split."""

    cut: int
    """Lines at or before it are learnt from."""
    customers: Ints
    """Numbers of those with an order before the cut, ascending."""
    items: Ints
    """Numbers of those with enough buyers before the cut, ascending."""
    histories: Histories
    """Of `customers`, over `items`: to score by."""
    learnt: Histories
    """The same to learn from, with what was paid and shown where somebody asked for it. Not to
    score by: customers are served without it."""
    truth: csr_array
    """Customers × items: 1 for what was bought after the cut."""
    newcomers: csr_array
    """The same of those without an order before the cut."""

    def to_find(self, intent: str) -> csr_array:
        """`truth` of one intent: never bought before, bought before, or either."""
        return of_intent(self.truth, self.histories, intent)


def of_intent(truth: csr_array, histories: Histories, intent: str) -> csr_array:
    """What of `truth`, customers × items, an intent looks for, by what they had bought."""
    before = histories.bought()
    if intent == AGAIN:
        found = truth.multiply(before)
    elif intent == DISCOVER:
        found = truth - truth.multiply(before)
    else:
        found = truth.copy()
    found = csr_array(found)
    found.eliminate_zeros()
    return found


def cut_at(events: Events, share: float) -> int:
    """The moment at which `share` of the span of time has passed.

    Raises NothingToEvaluate where there is no span.
    """
    if not len(events.times) or events.times.min() == events.times.max():
        raise NothingToEvaluate
    first, last = int(events.times.min()), int(events.times.max())
    return first + int((last - first) * share)


def fold_at(
    events: Events,
    cut: int,
    min_buyers: int,
    tiers_at: TiersAt,
    shown_by: ShownBy | None = None,
) -> Fold:
    """Split `events` at `cut`; what was shown is learnt from where `shown_by` tells it.

    Raises NothingToEvaluate where there is nothing to learn from before it, or nothing to find
    after it.
    """
    is_before = events.times <= cut
    before, after = events.where(is_before), events.where(~is_before)
    refuse_leaks(before, after)
    items = known_items(before, min_buyers)
    customers = np.unique(before.customers)
    if not len(items) or not len(after.times):
        raise NothingToEvaluate
    learnt = histories_of(before, cut, customers, items, tiers_at(cut)[customers])
    if shown_by is not None:
        learnt = replace(learnt, shown=shown_by(cut, customers, items))
    return Fold(
        cut=cut,
        customers=customers,
        items=items,
        histories=replace(learnt, values=None, shown=None),
        learnt=learnt,
        truth=_bought(after, customers, items),
        newcomers=_bought(after, np.setdiff1d(after.customers, customers), items),
    )


def known_items(events: Events, min_buyers: int) -> Ints:
    """Numbers of the items that at least so many customers bought, ascending."""
    has_item = events.items >= 0
    width = max(1, events.item_count)
    pairs = np.unique(events.customers[has_item].astype(np.int64) * width + events.items[has_item])
    buyers = np.bincount(pairs % width, minlength=width)
    return np.flatnonzero(buyers >= max(1, min_buyers))


def histories_of(
    events: Events, end: int, customers: Ints, items: Ints, tiers: Strings
) -> Histories:
    """What `customers` bought of `items`, both ascending numbers, seen from the moment `end`."""
    once, first = np.unique(events.orders, return_index=True)
    owners = events.customers[first]
    place_of = _places(customers, events.customer_count)
    item_of = _places(items, events.item_count)
    counts = np.bincount(place_of[owners][place_of[owners] >= 0], minlength=len(customers))
    chosen = (events.items >= 0) & (place_of[events.customers] >= 0)
    chosen[chosen] = item_of[events.items[chosen]] >= 0
    order = np.searchsorted(once, events.orders[chosen])
    width = max(1, len(items))
    cells = order.astype(np.int64) * width + item_of[events.items[chosen]]
    pairs, places = np.unique(cells, return_index=True)
    lines = np.flatnonzero(chosen)[places]
    rows = place_of[events.customers[lines]]
    by_customer = np.argsort(rows, kind="stable")
    lines, rows = lines[by_customer], rows[by_customer]
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(customers)))])
    values = None
    if events.values is not None:
        of_pair = np.searchsorted(pairs, cells)
        sums = np.bincount(of_pair, events.values[chosen], minlength=len(pairs))
        values = sums[by_customer].astype(np.float32)
    return Histories(
        starts=starts,
        items=(pairs % width)[by_customer].astype(np.int32),
        days=((end - events.times[lines]) / DAY).astype(np.float32),
        orders=counts,
        tiers=tiers,
        size=len(items),
        values=values,
    )


def refuse_leaks(before: Events, after: Events) -> None:
    """Raise LeakageFound where training knows what is to be found.

    That is a line of training at or after the first one of the test, or the same customer, item
    and time on both sides.
    """
    if not len(before.times) or not len(after.times):
        return
    late = int(np.count_nonzero(before.times >= after.times.min()))
    both = _same_lines(before, after)
    if late or both:
        raise LeakageFound(
            f"{both:,} of {len(after.times):,} test lines are also in training (the same customer, "
            f"item and time), and {late:,} training lines are not before the first test line. "
            "Split by time, so that training ends before the test begins."
        )


def _same_lines(before: Events, after: Events) -> int:
    def rows(events: Events) -> NDArray[np.void]:
        table = np.stack(
            [events.customers.astype(np.int64), events.items.astype(np.int64), events.times], axis=1
        )
        return np.ascontiguousarray(table).view([("", np.int64)] * 3).ravel()

    shared = (after.times >= before.times.min()) & (after.times <= before.times.max())
    if not shared.any():
        return 0
    return int(np.count_nonzero(np.isin(rows(after.where(shared)), rows(before))))


def _bought(events: Events, customers: Ints, items: Ints) -> csr_array:
    """Customers × items: 1 where there is a line."""
    places, columns = _places(customers, events.customer_count), _places(items, events.item_count)
    chosen = (events.items >= 0) & (places[events.customers] >= 0)
    chosen[chosen] = columns[events.items[chosen]] >= 0
    cells = (places[events.customers[chosen]], columns[events.items[chosen]])
    shape = (len(customers), len(items))
    found = csr_array((np.ones(len(cells[0]), np.float32), cells), shape=shape)
    found.sum_duplicates()
    found.data[:] = 1
    return found


def _places(chosen: Ints, size: int) -> Ints:
    """By number the position in `chosen`, or -1."""
    found = np.full(size, -1)
    found[chosen] = np.arange(len(chosen))
    return found
