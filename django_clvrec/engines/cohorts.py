"""Cohorts: customers by the month of their first order, and what they did in the months after."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from django_clvrec.engines.lines import Lines, grouped

MOST_MONTHS = 24
"""So many cohorts, the last ones, and so many months of each are told."""
SCHEMA = pa.schema(
    [
        ("cohort", pa.int32()),
        ("month", pa.int32()),
        ("customers", pa.int64()),
        ("orders", pa.int64()),
        ("revenue", pa.float64()),
    ]
)
KEYS = ("cohort", "month")
SUMS = ("customers", "orders", "revenue")


def cohorts_of(lines: Lines) -> pa.Table:
    """By cohort and month, both counted from January 1970 in UTC: the customers who ordered, their
    orders and revenue. An order belongs to the month of its first line."""
    if not len(lines.times):
        return SCHEMA.empty_table()
    customers = lines.customers.numbers.astype(np.int64)
    months = _months(lines.times)
    first = np.full(len(lines.customers), np.iinfo(np.int64).max)
    np.minimum.at(first, customers, months)
    low, span = int(months.min()), int(months.max() - months.min()) + 1

    active, _ = grouped(customers * span + (months - low))
    owners, at = active // span, active % span + low
    # only cells with customers: one order of the year 1 would make them half a billion
    cells, counts = grouped((first[owners] - low) * span + (at - low))

    def cell(owners: NDArray[Any], at: NDArray[Any]) -> NDArray[np.int64]:
        found: NDArray[np.int64] = np.searchsorted(cells, (first[owners] - low) * span + (at - low))
        return found

    ordered = np.full(len(lines.owners), np.iinfo(np.int64).max)
    np.minimum.at(ordered, lines.orders, lines.times)
    size = len(cells)
    orders = np.bincount(cell(lines.owners, _months(ordered)), minlength=size)
    revenue = np.bincount(cell(customers, months), lines.amounts(), minlength=size)
    return pa.table(
        {
            "cohort": cells // span + low,
            "month": cells % span + low,
            "customers": counts,
            "orders": orders,
            "revenue": revenue,
        }
    ).cast(SCHEMA)


def _months(times: NDArray[np.int64]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = times.view("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    return found


def added(parts: pa.Table) -> pa.Table:
    """Cohorts of several parts of the customers as those of all."""
    sums = parts.group_by(KEYS).aggregate([(name, "sum") for name in SUMS])
    sums = sums.rename_columns({f"{name}_sum": name for name in SUMS})
    return sums.select(SCHEMA.names).cast(SCHEMA).sort_by([(name, "ascending") for name in KEYS])


def told(cohorts: pa.Table) -> list[dict[str, Any]]:
    """As a report holds them: by cohort its size, and for each month since the first order the
    share of its customers who ordered, and orders and revenue."""
    found: list[dict[str, Any]] = []
    last = pc.max(cohorts["month"]).as_py() if len(cohorts) else 0
    for cohort in sorted(pc.unique(cohorts["cohort"]).to_pylist())[-MOST_MONTHS:]:
        mine = cohorts.filter(pc.equal(cohorts["cohort"], cohort)).to_pylist()
        by_month = {row["month"] - cohort: row for row in mine}
        size = by_month[0]["customers"]
        months = range(min(last - cohort + 1, MOST_MONTHS))
        rows = [by_month.get(month, {}) for month in months]
        found.append(
            {
                "cohort": f"{1970 + cohort // 12}-{cohort % 12 + 1:02}",
                "customers": size,
                "retention": [round(row.get("customers", 0) / size, 4) for row in rows],
                "orders": [row.get("orders", 0) for row in rows],
                "revenue": [round(row.get("revenue", 0.0), 2) for row in rows],
            }
        )
    return found
