"""The purchase log: its columns, and the rules by which a line is kept or dropped."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from django_clvrec.exceptions import BadPurchases

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

MONEY = pa.decimal128(20, 4)
SMALLEST = Decimal("0.0001")
"""The smallest amount that the log tells apart: a hundredth of a cent."""
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


def money(values: Iterable[Any]) -> pa.Array:
    """`values` (numbers, decimals or None) as decimals with four places, halves to even.

    NaN and infinity are no amounts and become null. Raises BadPurchases for what is no number,
    and for amounts that are too large.
    """
    try:
        with localcontext(prec=60):
            return pa.array([_amount(value) for value in values], MONEY)
    except (pa.ArrowInvalid, InvalidOperation) as error:
        raise BadPurchases(
            f"An amount does not fit the purchase log, which keeps 16 digits before the point "
            f"and 4 after it: {error}. Correct `revenue` in your `PurchaseSource`."
        ) from error


def _amount(value: Any) -> Decimal | None:
    if value is None:
        return None
    # a float by its shortest form: 0.1 is a tenth, not the binary fraction next to it
    amount = value if isinstance(value, Decimal) else Decimal(str(value))
    return amount.quantize(SMALLEST, ROUND_HALF_EVEN) if amount.is_finite() else None


class LineRules:
    """Drops the lines that are no purchases, batch after batch, and counts them by rule.

    - `no_customer`, `no_order`, `no_time`, `no_revenue`: the value is missing or empty
    - `future`: bought after `as_of`
    - `refund`: the source's `refund` says that the line was paid back
    - `negative`, `zero`: revenue below or equal to zero (refunds booked as lines; gifts, samples)
    - `duplicated`: the same line again; of several equal `line` values the first one stays.
      Batches must come ordered by `line`, so that memory stays flat.
    """

    def __init__(self, as_of: datetime) -> None:
        self.as_of = pa.scalar(as_of.astimezone(UTC), UTC_TIME)
        self.lines_read = 0
        self.dropped: Counter[str] = Counter(dict.fromkeys(RULES, 0))
        self._last_line: str | None = None

    def apply(self, batch: pa.Table) -> pa.Table:
        """The rows of `batch` (log columns plus `line` and `refund`) that are purchases."""
        self.lines_read += batch.num_rows
        for rule, column, drop in (
            ("no_customer", CUSTOMER, _empty),
            ("no_order", ORDER, _empty),
            ("no_time", TIME, pc.is_null),
            ("no_revenue", REVENUE, pc.is_null),
            ("future", TIME, lambda times: pc.greater(times, self.as_of)),
            ("refund", REFUND, lambda refunds: pc.fill_null(refunds, False)),
            ("negative", REVENUE, lambda revenue: pc.less(revenue, pa.scalar(0, MONEY))),
            ("zero", REVENUE, lambda revenue: pc.equal(revenue, pa.scalar(0, MONEY))),
            ("duplicated", LINE, self._repeated),
        ):
            batch = self._drop(batch, rule, drop(batch[column]))
        return batch.drop_columns([LINE, REFUND])

    def _drop(self, batch: pa.Table, rule: str, mask: Any) -> pa.Table:
        kept = batch.filter(pc.invert(mask))
        self.dropped[rule] += batch.num_rows - kept.num_rows
        return kept

    def _repeated(self, lines: pa.ChunkedArray) -> pa.Array:
        """True where a line equals the one before it, across batches too."""
        if not len(lines):
            return pa.array([], pa.bool_())
        before = pa.concat_arrays(
            [pa.array([self._last_line], lines.type), *lines.slice(0, len(lines) - 1).chunks]
        )
        self._last_line = lines[-1].as_py()
        return pc.fill_null(pc.equal(lines, before), False)


def _empty(keys: pa.ChunkedArray) -> Any:
    return pc.or_kleene(pc.is_null(keys), pc.equal(pc.fill_null(keys, ""), ""))


def as_floats(amounts: Any) -> Any:
    """Decimals of an Arrow array as a numpy array of floats: the one way values are compared."""
    return pc.cast(amounts, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
