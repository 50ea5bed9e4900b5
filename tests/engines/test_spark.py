"""The Spark engine against small logs that can be checked by hand or with pandas."""

import pandas as pd
import pyarrow.dataset as ds
import pytest

from django_clvrec.core.interactions import interactions
from django_clvrec.core.rfm import rfm
from django_clvrec.engines.base import RECOMMENDATIONS, SCORES
from django_clvrec.engines.registry import build_engine
from django_clvrec.engines.stages import compute
from tests.logs import AS_OF, line, parameters, two_tastes, write_log

pytestmark = pytest.mark.usefixtures("spark")


def run(tmp_path, lines, name="run", **changes):
    """Outputs, scores and lists of a run over these lines."""
    folder = tmp_path / name
    (folder / "out").mkdir(parents=True)
    log = write_log(folder / "log", lines)
    stages = []
    outputs = compute(
        build_engine("spark", {"master": "local[2]"}),
        log,
        folder / "out",
        parameters(**changes),
        lambda stage, *_: stages.append(stage),
    )
    scores = ds.dataset(folder / "out" / SCORES).to_table().to_pandas()
    path = folder / "out" / RECOMMENDATIONS
    lists = ds.dataset(path).to_table().to_pandas() if path.exists() else pd.DataFrame()
    return outputs, scores.sort_values("customer_key", ignore_index=True), lists


@pytest.fixture(scope="module")
def tastes(spark, tmp_path_factory):
    """One run over two groups of customers with opposite tastes."""
    return run(tmp_path_factory.mktemp("tastes"), two_tastes())


def of(lists, customer, intent, level="product"):
    found = lists.query("customer_key == @customer and intent == @intent and level == @level")
    return list(found["items"].iloc[0]) if len(found) else []


def test_rfm_equals_what_pandas_computes(tastes):
    _, scores, _ = tastes
    expected = rfm(pd.DataFrame(two_tastes()), AS_OF)
    assert scores[expected.columns].to_dict("records") == expected.to_dict("records")


def test_scores_are_those_of_the_scale(tastes):
    outputs, scores, _ = tastes
    expected = outputs.scale.score(
        scores["recency_days"], scores["frequency"], scores["monetary_value"].astype(float)
    )
    assert scores["overall_score"].tolist() == expected.overall_score.tolist()
    assert scores["tier"].tolist() == expected.tier.tolist()


def test_customers_are_numbered_by_key_without_gaps(tastes):
    _, scores, _ = tastes
    assert scores["customer_id"].tolist() == list(range(len(scores)))


def test_tier_sizes_count_every_customer_once(tastes):
    outputs, scores, _ = tastes
    assert sum(outputs.tier_sizes.values()) == len(scores) == 40


def test_the_one_item_left_of_a_taste_is_discovered_first(tastes):
    _, scores, lists = tastes
    served = set(scores.query("tier != 'new'")["customer_key"])
    assert served
    for customer in served:
        number = int(customer[1:])
        kind = "tool" if number % 2 else "flower"
        assert of(lists, customer, "discover")[0] == f"{kind}{number // 2 % 10}"


def test_discover_holds_nothing_bought_and_again_nothing_else(tastes):
    _, _, lists = tastes
    bought = interactions(pd.DataFrame(two_tastes()), "product")
    by_customer = bought.groupby("customer_key")["item_key"].agg(set)
    for customer in set(lists["customer_key"]):
        assert not by_customer[customer] & set(of(lists, customer, "discover"))
        assert set(of(lists, customer, "again")) <= by_customer[customer]


def test_new_customers_get_no_list(tastes):
    _, scores, lists = tastes
    new = set(scores.query("tier == 'new'")["customer_key"])
    assert new
    assert not new & set(lists["customer_key"])


def test_the_same_log_gives_the_same_factors_and_lists(tastes, tmp_path):
    first, _, lists = tastes
    second, _, again = run(tmp_path, two_tastes())
    for one, other in zip(first.models, second.models, strict=True):
        assert one.item_keys == other.item_keys
        if one.is_trained:
            assert (one.item_factors == other.item_factors).all()
    columns = ["customer_key", "level", "intent"]
    pd.testing.assert_frame_equal(
        lists.sort_values(columns, ignore_index=True), again.sort_values(columns, ignore_index=True)
    )


def test_a_tier_too_small_to_train_is_served_by_the_global_model_and_says_so(tmp_path):
    outputs, scores, lists = run(tmp_path, two_tastes(), min_tier_customers=1000)
    by_tier = [model for model in outputs.models if model.tier]
    assert all("fewer than MIN_TIER_CUSTOMERS (1000)" in model.fallback for model in by_tier)
    assert set(lists["model"]) == {"als"}
    assert set(lists["customer_key"]) == set(scores.query("tier != 'new'")["customer_key"])


def test_items_with_few_buyers_are_not_recommended(tmp_path):
    lines = [*two_tastes(), line("c39", "o39-0", "tool99", category="tool")]
    _, _, lists = run(tmp_path, lines, min_buyers=2)
    assert "tool99" not in {item for items in lists["items"] for item in items}


def test_a_level_without_enough_buyers_trains_nothing_and_says_so(tmp_path):
    outputs, _, lists = run(tmp_path, two_tastes(), min_buyers=1000)
    assert lists.empty
    assert "MIN_BUYERS" in outputs.models[0].fallback


def test_lines_without_an_item_count_for_rfm_only(tmp_path):
    lines = [line("a", "1", None), line("a", "2", "tool"), line("b", "3", None)]
    outputs, scores, _ = run(tmp_path, lines)
    assert scores["frequency"].tolist() == [2, 1]
    assert next(p for p in outputs.popular if p.level == "product").item_keys == ("tool",)


def test_popular_is_what_most_customers_bought_lately(tmp_path):
    lines = [
        *(line(f"c{n}", f"new{n}", "fresh", 5) for n in range(3)),
        *(line(f"c{n}", f"old{n}", "stale", 200) for n in range(9)),
        *(line("c0", f"again{n}", "hoarded", 5) for n in range(9)),
    ]
    outputs, _, _ = run(tmp_path, lines)
    overall = next(p for p in outputs.popular if p.level == "product" and not p.tier)
    assert overall.item_keys == ("fresh", "hoarded")
    assert overall.scores == (3.0, 1.0)


def test_with_ratings_popular_is_what_many_rated_well(tmp_path):
    lines = [
        *(line(f"c{n}", f"x{n}", "liked", rating=4) for n in range(5)),
        *(line(f"c{n}", f"y{n}", "loved by one", rating=5) for n in range(1)),
        *(line(f"c{n}", f"z{n}", "disliked", rating=1) for n in range(9)),
        line("c0", "u", "unrated"),
    ]
    outputs, _, _ = run(tmp_path, lines)
    overall = next(p for p in outputs.popular if p.level == "product" and not p.tier)
    assert dict(zip(overall.item_keys, overall.scores, strict=True)) == {
        "liked": 5.0,
        "loved by one": 2.0,
        "disliked": -18.0,
    }


def test_with_ratings_unrated_purchases_train_nothing_but_are_not_discovered(tmp_path):
    lines = [{**row, "rating": 5.0 if "0" in row["item_product"] else 3.0} for row in two_tastes()]
    for row in lines:
        if row["customer_key"] == "c39" and row["item_product"] == "tool1":
            row["rating"] = None
    outputs, _, lists = run(tmp_path, lines, feedback="explicit")
    assert outputs.models[0].is_trained
    assert "tool1" not in of(lists, "c39", "discover")


def test_one_customer_is_enough_for_scores(tmp_path):
    outputs, scores, _ = run(tmp_path, [line("only", "1", "tool")])
    assert outputs.scale.recency.k == 1
    assert scores["overall_score"].tolist() == [4]
    assert scores["tier"].tolist() == ["new"]


def test_a_shop_that_sold_nothing_lately_shows_what_it_sold_last(tmp_path):
    lines = [line(f"c{n}", f"o{n}", "scarf", 200 + n) for n in range(3)]
    outputs, _, _ = run(tmp_path, [*lines, line("c0", "older", "fan", 300)])
    overall = next(p for p in outputs.popular if not p.tier)
    assert overall.item_keys == ("scarf",)


def test_days_are_those_of_utc_whatever_the_hosts_session_says(spark, tmp_path):
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    late = line("a", "1", "tool")
    late["purchased_at"] = AS_OF.replace(hour=2)
    try:
        _, scores, _ = run(tmp_path, [late])
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")
    assert scores["recency_days"].tolist() == [0]
