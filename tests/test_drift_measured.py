"""What of drift is normal, and what an accident is, on a year of real orders."""

import datetime as dt
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from django_clvrec.conf import DEFAULTS
from django_clvrec.core.drift import psi_of_quantiles
from django_clvrec.drift import MEASURED
from tests.logs import demo_frame

pytestmark = pytest.mark.slow
WEEKS, DAY = 26, dt.timedelta(days=1)
BOUND = DEFAULTS["DRIFT"]["psi"]


@pytest.fixture(scope="module")
def orders():
    lines = demo_frame()
    by_order = lines.groupby("basket_id", sort=False)
    found = by_order.agg(
        customer=("household_id", "first"),
        at=("transaction_timestamp", "max"),
        revenue=("sales_value", "sum"),
    )
    return found.assign(at=pd.to_datetime(found["at"], utc=True)).reset_index()


@pytest.fixture(scope="module")
def end(orders):
    return orders["at"].max().normalize() + DAY


def spread_of(orders, as_of):
    """Quantiles as a report keeps them."""
    each = orders[orders["at"] < as_of].groupby("customer")
    values = {
        "recency_days": (as_of - each["at"].max()).dt.days,
        "frequency": each.size(),
        "monetary_value": each["revenue"].sum(),
    }
    shares = np.linspace(0, 1, 101)
    return {
        name: np.quantile(values[name].to_numpy(float), shares, method="inverted_cdf").tolist()
        for name in MEASURED
    }


def drift(before, now):
    return {name: psi_of_quantiles(before[name], now[name]) for name in MEASURED}


def test_from_week_to_week_nothing_comes_near_the_bound(orders, end):
    spreads = [spread_of(orders, end - 7 * back * DAY) for back in range(WEEKS, -1, -1)]
    found = [drift(one, other) for one, other in pairwise(spreads)]
    most = {name: max(one[name] for one in found) for name in MEASURED}
    print({name: round(value, 3) for name, value in most.items()})  # noqa: T201
    assert max(most.values()) < 0.1 < BOUND


@pytest.mark.parametrize(
    ("accident", "name"),
    [
        (lambda orders, end: orders[orders["at"] < end - 3 * DAY], "recency_days"),
        (lambda orders, _: orders.iloc[::2], "frequency"),
        (lambda orders, _: pd.concat([orders, orders]), "frequency"),
        (lambda orders, end: orders[orders["at"] > end - 180 * DAY], "frequency"),
        (lambda orders, _: orders.assign(revenue=100 * orders["revenue"]), "monetary_value"),
    ],
    ids=["days missing", "half missing", "counted twice", "half a year left", "cents for euros"],
)
def test_an_accident_is_far_beyond_the_bound(orders, end, accident, name):
    found = drift(spread_of(orders, end), spread_of(accident(orders, end), end))
    print({name: round(value, 3) for name, value in found.items()})  # noqa: T201
    assert found[name] > 1.2 * BOUND
