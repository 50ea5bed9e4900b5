"""Interactions: customer × item weights from a purchase log."""

import pandas as pd

from django_clvrec.core.purchases import CUSTOMER, ITEM_PREFIX, ORDER

ITEM, WEIGHT = "item_key", "weight"


def interactions(log: pd.DataFrame, level: str) -> pd.DataFrame:
    """The reference that every engine must equal, in one process.

    `customer_key, item_key, weight`: the number of distinct orders that hold the item.

    Lines without an item at this level are left out.
    """
    lines = log.rename(columns={ITEM_PREFIX + level: ITEM}).dropna(subset=[ITEM])
    weights = lines.groupby([CUSTOMER, ITEM])[ORDER].nunique()
    return weights.rename(WEIGHT).reset_index()
