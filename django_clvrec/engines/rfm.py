"""Recency, frequency, monetary value and age of customers, from their lines as arrays."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from django_clvrec.core.clv.calibration import held_days
from django_clvrec.core.purchases import CUSTOMER
from django_clvrec.engines.lines import DAY, Lines, grouped, last_and_first

Ints = NDArray[np.int64]

PAST_COLUMNS = ("past_order_days", "past_days", "past_value", "same_order_days", "same_value")
"""What was known before the days that forecasts are tried on: days with an order, days from the
first to the last of them, and revenue; and of orders and revenue the part of as many days before.
"""


def day_of(as_of: datetime) -> int:
    """Days from 1970 to the day of `as_of`."""
    return int(np.datetime64(as_of.astimezone(UTC).date(), "D").astype(int))


def days_held(first: int, as_of: datetime, horizon: int) -> int:
    """How many days forecasts are tried on, where `first` is the first time in the log."""
    return held_days(day_of(as_of) - first // DAY, horizon)


def rfm_of(lines: Lines, as_of: datetime) -> pa.Table:
    """One row per customer, by ascending key, as `core.rfm` defines the columns."""
    customers, size = lines.customers, len(lines.customers)
    last, first = last_and_first(lines.times, customers.numbers, size)
    day = day_of(as_of)
    return pa.table(
        {
            CUSTOMER: customers.keys,
            "recency_days": pa.array((day - last // DAY).astype(np.int32)),
            "frequency": np.bincount(lines.owners, minlength=size).astype(np.int32),
            "monetary_value": lines.revenue(),
            "age_days": pa.array((day - first // DAY).astype(np.int32)),
        }
    )


def with_days(table: pa.Table, lines: Lines, as_of: datetime, held: int) -> pa.Table:
    """The table of `rfm_of` with what lifetime values are learnt from.

    `order_days`, and PAST_COLUMNS, where the days up to `held` before `as_of` are past: they are
    zero for who first bought after that.
    """
    size, cut = len(lines.customers), day_of(as_of) - held
    days = lines.times // DAY
    owners, on = _order_days(lines.customers.numbers, days)
    past, same = on <= cut, (on <= cut) & (on > cut - held)
    order_days, seen = (np.bincount(owners[some], minlength=size) for some in (..., past))
    last = np.zeros(size, dtype=np.int64)
    np.maximum.at(last, owners[past], on[past])
    first = day_of(as_of) - table["age_days"].to_numpy()
    found = {
        "order_days": order_days.astype(np.int32),
        "past_order_days": seen.astype(np.int32),
        "past_days": np.where(seen > 0, last - first, 0).astype(np.int32),
        "past_value": _value(lines, days <= cut),
        "same_order_days": np.bincount(owners[same], minlength=size).astype(np.int32),
        "same_value": _value(lines, (days <= cut) & (days > cut - held)),
    }
    for name, column in found.items():
        table = table.append_column(name, pa.array(column))
    return table


def _order_days(customers: NDArray[np.int32], days: Ints) -> tuple[Ints, Ints]:
    """Customer and day of each day on which a customer ordered."""
    low = int(days.min(initial=0))
    span = int(days.max(initial=0)) - low + 1
    pairs, _ = grouped(customers.astype(np.int64) * span + (days - low))
    return pairs // span, pairs % span + low


def _value(lines: Lines, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Revenue of each customer in some of the lines; floats, for it is only learnt from."""
    amounts = np.where(chosen, lines.amounts(), 0.0)
    numbers, size = lines.customers.numbers, len(lines.customers)
    found: NDArray[np.float64] = np.bincount(numbers, amounts, minlength=size).astype(float)
    return found
