"""The demo data in full: both engines against pandas on the raw file, and against each other."""

import datetime as dt

import kmeans1d
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from django_clvrec.core.amounts import money
from django_clvrec.core.clusters import fit_clusters
from django_clvrec.core.purchases import log_schema
from django_clvrec.core.recommenders.als import AlsParameters
from django_clvrec.engines.registry import build_engine
from django_clvrec.engines.stages import compute
from tests.engines.contract import ONE_MODEL, read_outputs
from tests.logs import demo_frame, parameters

AS_OF = dt.datetime(2018, 1, 2, tzinfo=dt.UTC)
ENGINES = ("spark", "local")


@pytest.fixture(scope="module")
def demo():
    return demo_frame()


@pytest.fixture(scope="module")
def runs(spark, demo, tmp_path_factory):
    """Outputs, scores and lists by engine, with the parameters that a shop gets by default."""
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
    chosen = parameters(
        as_of=AS_OF, levels=("category",), als={"category": AlsParameters()}, **ONE_MODEL
    )
    found = {}
    for name in ENGINES:
        out = folder / name
        out.mkdir()
        outputs = compute(build_engine(name, {}), folder / "log", out, chosen, lambda *_: None)
        found[name] = (outputs, *read_outputs(out))
    return found


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


@pytest.mark.parametrize("engine", ENGINES)
def test_rfm_equals_pandas_for_every_household_to_the_cent(runs, expected, engine):
    _, scores, _ = runs[engine]
    found = scores.set_index("customer_key").loc[expected.index]
    assert len(scores) == len(expected)
    for column in ("recency_days", "frequency", "age_days"):
        assert found[column].tolist() == expected[column].tolist()
    assert [int(value * 100) for value in found["monetary_value"]] == expected["cents"].tolist()


@pytest.mark.parametrize("dimension", ["recency_days", "frequency", "cents"])
def test_clusters_are_the_best_there_are(runs, expected, dimension):
    outputs, _, _ = runs["spark"]
    name = {"recency_days": "recency", "cents": "monetary_value"}.get(dimension, dimension)
    clusters = getattr(outputs.scale, name)
    values = expected[dimension] / (100 if dimension == "cents" else 1)
    labels, _ = kmeans1d.cluster(values, clusters.k)
    assert clusters.assign(values).tolist() == labels


def test_a_later_day_changes_no_score(expected):
    days = expected["recency_days"].to_numpy()
    today, later = fit_clusters(days), fit_clusters(days + 100)
    assert today.k == later.k
    assert today.assign(days).tolist() == later.assign(days + 100).tolist()


def test_both_engines_give_the_same_scores_and_tiers(runs):
    pd.testing.assert_frame_equal(runs["spark"][1], runs["local"][1])
    assert runs["spark"][0].scale == runs["local"][0].scale


def test_both_engines_find_the_same_popular(runs):
    spark, local = ({p.tier: p for p in runs[name][0].popular} for name in ENGINES)
    assert spark == local


@pytest.mark.parametrize("intent", ["discover", "again", "mixed"])
def test_the_lists_of_both_engines_are_nearly_the_same(runs, intent):
    """Each starts from other random numbers, so the same optimum is reached by other ways."""
    key = ["customer_key", "level", "intent"]
    lists = [runs[name][2] for name in ENGINES]
    spark, local = (found[found["intent"] == intent] for found in lists)
    both = spark.merge(local, on=key, validate="one_to_one")
    assert len(both) == len(spark) == len(local)
    shared = [
        len(set(one[:10]) & set(other[:10])) / min(10, len(one))
        for one, other in zip(both["items_x"], both["items_y"], strict=True)
    ]
    assert sum(shared) / len(shared) >= 0.9
