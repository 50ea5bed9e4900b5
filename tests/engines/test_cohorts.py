"""Cohorts take the room of what there is, and not of the time between."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa

from django_clvrec.core.amounts import MONEY
from django_clvrec.core.purchases import CUSTOMER, ORDER, REVENUE, TIME, UTC_TIME
from django_clvrec.engines.cohorts import cohorts_of, told
from django_clvrec.engines.lines import Lines


def lines(*rows):
    """Of customer, order, year and month, each worth 2."""
    customers, orders, years, months = zip(*rows, strict=True)
    times = [
        dt.datetime(year, month, 5, tzinfo=dt.UTC)
        for year, month in zip(years, months, strict=True)
    ]
    columns = {
        CUSTOMER: pa.chunked_array([customers]),
        ORDER: pa.chunked_array([orders]),
        TIME: pa.chunked_array([pa.array(times, UTC_TIME)]),
        REVENUE: pa.chunked_array([pa.array([Decimal(2)] * len(rows), MONEY)]),
    }
    return Lines(columns.__getitem__)


def cells(found):
    return [(row["cohort"], row["month"], row["orders"]) for row in found.to_pylist()]


def test_an_order_of_the_year_one_costs_no_more_than_another():
    wrong = ("ann", "x", 1, 1)
    found = cohorts_of(lines(wrong, ("bob", "y", 2026, 1), ("bob", "z", 2026, 3)))
    first, now = (1 - 1970) * 12, (2026 - 1970) * 12
    assert cells(found) == [(first, first, 1), (now, now, 1), (now, now + 2, 1)]
    assert [row["cohort"] for row in told(found)] == ["1-01", "2026-01"]


def test_an_order_of_two_months_is_in_that_of_its_first_line():
    found = cohorts_of(lines(("ann", "x", 2026, 2), ("ann", "x", 2026, 3)))
    [ann] = told(found)
    assert (ann["orders"], ann["revenue"], ann["retention"]) == ([1, 0], [2.0, 2.0], [1.0, 1.0])
