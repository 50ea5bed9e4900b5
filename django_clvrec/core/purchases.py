"""The purchase log: its columns, and the rules by which a line is kept or dropped."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from django_clvrec.core.amounts import MONEY

CUSTOMER, ORDER, TIME, REVENUE, RATING = (
    "customer_key",
    "order_key",
    "purchased_at",
    "revenue",
    "rating",
)
ITEM_PREFIX = "item_"
LINE, REFUND = "line", "refund"
"""Columns of a raw batch only: what makes a line unique, and whether it was paid back."""

UTC_TIME = pa.timestamp("us", tz="UTC")

RULES = (
    "no_customer",
    "no_order",
    "no_time",
    "no_revenue",
    "future",
    "refund",
    "negative",
    "zero",
    "erased",
    "duplicated",
)
"""In this order; a line counts for the first rule that drops it."""


def log_schema(levels: list[str]) -> pa.Schema:
    """The schema of a purchase log that recommends at `levels`: one row per order line."""
    return pa.schema(
        [
            (CUSTOMER, pa.string()),
            (ORDER, pa.string()),
            (TIME, UTC_TIME),
            (REVENUE, MONEY),
            (RATING, pa.float64()),
            *((ITEM_PREFIX + level, pa.string()) for level in levels),
        ]
    )


@dataclass(kw_only=True)
class Counts:
    """Lines read, and lines dropped by rule."""

    lines_read: int = 0
    dropped: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(RULES, 0)))

    def add(self, verdicts: NDArray[np.uint8]) -> None:
        """Count lines by their verdict: 0 for kept, else the place of the rule from 1."""
        self.lines_read += len(verdicts)
        by_rule = np.bincount(verdicts, minlength=len(RULES) + 1)[1:]
        self.dropped.update(dict(zip(RULES, by_rule.tolist(), strict=True)))

    def __iadd__(self, other: "Counts") -> "Counts":
        self.lines_read += other.lines_read
        self.dropped.update(other.dropped)
        return self


class LineRules:
    """Drops the lines that are no purchases, batch after batch, and counts them by rule.

    - `no_customer`, `no_order`, `no_time`, `no_revenue`: the value is missing or empty
    - `future`: bought after `as_of`
    - `refund`: the source's `refund` says that the line was paid back
    - `negative`, `zero`: revenue below or equal to zero (refunds booked as lines; gifts, samples)
    - `erased`: the customer stays out of what is learnt; `left_out` tells who does, of a column of
      keys. Where a log was kept, also who was erased since and is gone from the shop
    - `duplicated`: the same line again; of several equal `line` values the first one stays.
      Batches must come ordered by `line`, so that memory stays flat.

    Lines before `cut`, where one is given, are also counted apart, in `settled`.
    """

    def __init__(
        self,
        as_of: datetime,
        cut: datetime | None = None,
        left_out: Callable[[Any], NDArray[np.bool_]] | None = None,
    ) -> None:
        self.left_out = left_out
        self.as_of = pa.scalar(as_of.astimezone(UTC), UTC_TIME)
        self.cut = None if cut is None else pa.scalar(cut.astimezone(UTC), UTC_TIME)
        self.counts, self.settled = Counts(), Counts()
        self.lines_kept = 0
        """How many of the lines read were kept from the last log, not read anew."""
        self.is_parted = False
        """Whether `cut` parts a line from its duplicate, so that neither side stands alone."""
        self._last: tuple[Any, bool] = (None, False)

    @property
    def lines_read(self) -> int:
        return self.counts.lines_read

    @property
    def dropped(self) -> Counter[str]:
        return self.counts.dropped

    def apply(self, batch: pa.Table) -> pa.Table:
        """The rows of `batch` (log columns plus `line` and `refund`) that are purchases."""
        return self.purchases(batch).drop_columns([LINE])

    def purchases(self, batch: pa.Table) -> pa.Table:
        """Like `apply`, and with `line`."""
        verdicts = self._verdicts(batch)
        is_old = np.zeros(batch.num_rows, bool)
        if self.cut is not None:
            is_old = _mask(pc.less(batch[TIME], self.cut))
        self._drop_repeated(batch[LINE], verdicts, is_old)
        self.counts.add(verdicts)
        self.settled.add(verdicts[is_old])
        return batch.filter(pa.array(verdicts == 0)).drop_columns([REFUND])

    def _verdicts(self, batch: pa.Table) -> NDArray[np.uint8]:
        """By line the first rule that drops it, duplicates left aside."""
        nothing = pa.scalar(0, MONEY)
        broken = (
            _empty(batch[CUSTOMER]),
            _empty(batch[ORDER]),
            pc.is_null(batch[TIME]),
            pc.is_null(batch[REVENUE]),
            pc.greater(batch[TIME], self.as_of),
            batch[REFUND],
            pc.less(batch[REVENUE], nothing),
            pc.equal(batch[REVENUE], nothing),
            pa.array(self.left_out(batch[CUSTOMER]) if self.left_out else [], pa.bool_()),
        )
        verdicts = np.zeros(batch.num_rows, np.uint8)
        for place, mask in reversed(list(enumerate(broken, start=1))):
            if len(mask):
                verdicts[_mask(mask)] = place
        return verdicts

    def _drop_repeated(
        self, lines: Any, verdicts: NDArray[np.uint8], is_old: NDArray[np.bool_]
    ) -> None:
        """Mark lines that equal the one before them, across batches too."""
        places = np.flatnonzero(verdicts == 0)
        if not len(places):
            return
        left = pa.concat_arrays(lines.take(pa.array(places)).chunks)
        last, was_old = self._last
        before = pa.concat_arrays([pa.array([last], left.type), left.slice(0, len(left) - 1)])
        is_repeated = _mask(pc.equal(left, before))
        old = is_old[places]
        self.is_parted |= bool(np.any(is_repeated & (old != np.append(was_old, old[:-1]))))
        verdicts[places[is_repeated]] = len(RULES)
        self._last = (left[-1].as_py(), bool(old[-1]))


def _mask(flags: Any) -> NDArray[np.bool_]:
    """Arrow's true, false and null as numpy's true and false."""
    mask: NDArray[np.bool_] = pc.fill_null(flags, False).to_numpy(zero_copy_only=False)
    return mask


def _empty(keys: pa.ChunkedArray) -> Any:
    return pc.or_kleene(pc.is_null(keys), pc.equal(keys, ""))


def as_floats(amounts: Any) -> Any:
    """Decimals of an Arrow array as a numpy array of floats: the one way values are compared."""
    return pc.cast(amounts, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
