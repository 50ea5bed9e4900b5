"""The CDNOW customers of the literature, as the package `lifetimes` ships them."""

from importlib.util import find_spec
from pathlib import Path

import pandas as pd

SPLIT = pd.Timestamp("1997-09-30")
WEEKS = 7.0


def folder():
    """Where the data lie; the package itself is not imported, for it warns with a new pandas."""
    return Path(find_spec("lifetimes").submodule_search_locations[0]) / "datasets"


def summary():
    """x, t_x and T in weeks, and the mean value of repeat orders, of the sample of 2,357."""
    data = pd.read_csv(folder() / "cdnow_customers_summary_with_transactions.csv")
    return data.rename(columns={"zbar": "mean_order_value"})


def everybody():
    """x, t_x and T in weeks of all 23,570, to the end of September 1997."""
    return counted(orders("CDNOW_master.txt", [0, 1, 3], header=True))


def held():
    """Of the sample: repeat orders in the 39 weeks after the first 39."""
    lines = orders("CDNOW_sample.txt", [1, 2, 4])
    return int((lines["date"] > SPLIT).sum())


def orders(name, columns, *, header=False):
    """One row for each customer and day with an order."""
    lines = pd.read_csv(
        folder() / name, sep=r"\s+", header=None, skiprows=int(header), usecols=columns
    )
    lines.columns = ["customer", "date", "value"]
    lines["date"] = pd.to_datetime(lines["date"].astype(str), format="%Y%m%d")
    return lines.groupby(["customer", "date"], as_index=False)["value"].sum()


def counted(lines):
    dates = lines[lines["date"] <= SPLIT].groupby("customer")["date"]
    first, last = dates.min(), dates.max()
    return pd.DataFrame(
        {
            "x": dates.count() - 1,
            "t_x": (last - first).dt.days / WEEKS,
            "T": (SPLIT - first).dt.days / WEEKS,
        }
    )
