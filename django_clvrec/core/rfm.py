"""Recency, frequency and monetary value per customer, from a purchase log in one process.

The definitions, which every engine follows (days are calendar days in UTC, so that a later
`as_of` ages every customer by the same number of days and unchanged orders keep their tiers):

- `recency_days`: days from the day of the last order to the day of `as_of`
- `frequency`: number of distinct orders, the first included
- `monetary_value`: total revenue, exact to four decimal places
- `age_days`: days from the day of the first order to the day of `as_of`
- `order_days`: number of days with an order: what lifetime values count, for two orders of one
  day tell no rhythm
"""

from datetime import UTC, datetime

import pandas as pd

from django_clvrec.core.purchases import CUSTOMER, ORDER, REVENUE, TIME


def rfm(log: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """One row per customer of `log`, ordered by key: the reference that every engine equals.

    `log` has the columns of the purchase log, with revenue as decimals or floats.
    """
    grouped = log.groupby(CUSTOMER, sort=True)
    first, last = grouped[TIME].min(), grouped[TIME].max()
    today = pd.Timestamp(as_of.astimezone(UTC)).normalize()
    table = pd.DataFrame(
        {
            "recency_days": (today - last.dt.normalize()).dt.days,
            "frequency": grouped[ORDER].nunique(),
            "monetary_value": grouped[REVENUE].sum(),
            "age_days": (today - first.dt.normalize()).dt.days,
            "order_days": grouped[TIME].apply(lambda times: times.dt.normalize().nunique()),
        }
    )
    return table.reset_index()
