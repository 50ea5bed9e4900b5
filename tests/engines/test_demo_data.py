"""RFM of the demo data in full: Spark against pandas that works on the raw file, in cents."""

import datetime as dt

import kmeans1d
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from django_clvrec.core.amounts import money
from django_clvrec.core.clusters import fit_clusters
from django_clvrec.core.purchases import log_schema
from django_clvrec.engines.registry import build_engine
from django_clvrec.engines.stages import find_scale
from tests.logs import demo_frame, parameters

AS_OF = dt.datetime(2018, 1, 2, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def demo():
    return demo_frame()


@pytest.fixture(scope="module")
def table_and_scale(spark, demo, tmp_path_factory):
    """RFM per customer, and the scale, as Spark finds them."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "log").mkdir()
    lines = pa.table(
        {
            "customer_key": demo["household_id"].astype(str),
            "order_key": demo["basket_id"].astype(str),
            "purchased_at": demo["transaction_timestamp"].dt.tz_localize("UTC"),
            "revenue": money(demo["sales_value"].tolist()),
            "rating": pa.nulls(len(demo), pa.float64()),
            "item_category": demo["product_category"],
        }
    )
    pq.write_table(lines.cast(log_schema(["category"])), folder / "log" / "lines.parquet")
    chosen = parameters(as_of=AS_OF, levels=("category",))
    with build_engine("spark", {}).open(folder / "log", folder, chosen) as run:
        scale = find_scale(run, chosen, lambda *_: None)
    return ds.dataset(folder / "rfm").to_table().to_pandas(), scale


@pytest.fixture(scope="module")
def expected(demo):
    """The same from the raw file: whole cents, days by calendar date."""
    days = demo["transaction_timestamp"].dt.date
    frame = demo.assign(cents=(demo["sales_value"] * 100).round().astype(int), day=days)
    grouped = frame.groupby(frame["household_id"].astype(str))
    today = AS_OF.date()
    return pd.DataFrame(
        {
            "recency_days": grouped["day"].max().map(lambda day: (today - day).days),
            "frequency": grouped["basket_id"].nunique(),
            "cents": grouped["cents"].sum(),
            "age_days": grouped["day"].min().map(lambda day: (today - day).days),
        }
    )


def test_rfm_equals_pandas_for_every_household_to_the_cent(table_and_scale, expected):
    table, _ = table_and_scale
    found = table.set_index("customer_key").loc[expected.index]
    assert len(table) == len(expected)
    for column in ("recency_days", "frequency", "age_days"):
        assert found[column].tolist() == expected[column].tolist()
    assert [int(value * 100) for value in found["monetary_value"]] == expected["cents"].tolist()


@pytest.mark.parametrize("dimension", ["recency_days", "frequency", "cents"])
def test_clusters_are_the_best_there_are(table_and_scale, expected, dimension):
    _, scale = table_and_scale
    name = {"recency_days": "recency", "cents": "monetary_value"}.get(dimension, dimension)
    clusters = getattr(scale, name)
    values = expected[dimension] / (100 if dimension == "cents" else 1)
    labels, _ = kmeans1d.cluster(values, clusters.k)
    assert clusters.assign(values).tolist() == labels


def test_a_later_day_changes_no_score(expected):
    days = expected["recency_days"].to_numpy()
    today, later = fit_clusters(days), fit_clusters(days + 100)
    assert today.k == later.k
    assert today.assign(days).tolist() == later.assign(days + 100).tolist()
