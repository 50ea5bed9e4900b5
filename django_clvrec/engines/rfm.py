"""Recency, frequency, monetary value and age of customers, from their lines as arrays."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from django_clvrec.core.purchases import CUSTOMER
from django_clvrec.engines.lines import DAY, Lines, last_and_first


def rfm_of(lines: Lines, as_of: datetime) -> pa.Table:
    """One row per customer, by ascending key, as `core.rfm` defines the columns."""
    customers, size = lines.customers, len(lines.customers)
    last, first = last_and_first(lines.times, customers.numbers, size)
    day = np.datetime64(as_of.astimezone(UTC).date(), "D").astype(int)
    return pa.table(
        {
            CUSTOMER: customers.keys,
            "recency_days": pa.array((day - last // DAY).astype(np.int32)),
            "frequency": np.bincount(lines.owners, minlength=size).astype(np.int32),
            "monetary_value": lines.revenue(),
            "age_days": pa.array((day - first // DAY).astype(np.int32)),
        }
    )
