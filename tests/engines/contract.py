"""What every engine must do, whatever it runs on. A subclass says which one, by `engine`."""

import pandas as pd
import pyarrow.dataset as ds
import pytest

from django_clvrec.core.interactions import interactions
from django_clvrec.core.rfm import rfm
from django_clvrec.engines.base import RECOMMENDATIONS, SCORES
from django_clvrec.engines.batches import SCORED_COLUMNS
from django_clvrec.engines.rfm import PAST_COLUMNS
from django_clvrec.engines.stages import compute
from tests.engines.popular import UNTRAINED, PopularContract, popular_of
from tests.engines.ranked import RankedContract
from tests.logs import AS_OF, line, parameters, two_tastes, write_log

ONE_MODEL = {"min_tier_customers": 1000}


def run_engine(engine, folder, lines, **changes):
    """Outputs, scores and lists of a run of `engine` over these lines."""
    (folder / "out").mkdir(parents=True)
    log = write_log(folder / "log", lines)
    outputs = compute(engine, log, folder / "out", parameters(**changes), lambda *_: None)
    return outputs, *read_outputs(folder / "out")


def read_outputs(out):
    """Scores and lists that a run left in its folder, as frames in a certain order."""
    scores = ds.dataset(out / SCORES).to_table(columns=list(SCORED_COLUMNS)).to_pandas()
    path = out / RECOMMENDATIONS
    lists = ds.dataset(path).to_table().to_pandas() if path.exists() else pd.DataFrame()
    if len(lists):
        lists = lists.sort_values(["customer_key", "level", "intent"], ignore_index=True)
    return scores.sort_values("customer_key", ignore_index=True), lists


def of(lists, customer, intent, level="product"):
    found = lists.query("customer_key == @customer and intent == @intent and level == @level")
    return list(found["items"].iloc[0]) if len(found) else []


class EngineContract(PopularContract, RankedContract):
    """Tests over small logs that can be checked by hand or with pandas."""

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls):
        raise AssertionError("say which engine is to be tested")

    @pytest.fixture(scope="class")
    @classmethod
    def folder(cls, tmp_path_factory):
        """Where logs and outputs go: a path that all parts of the engine share."""
        return tmp_path_factory.mktemp("runs")

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, engine, folder):
        """Runs the engine over some lines."""
        count = iter(range(1000))
        return lambda lines, **changes: run_engine(
            engine, folder / str(next(count)), lines, **changes
        )

    @pytest.fixture(scope="class")
    @classmethod
    def tastes(cls, run):
        """One run over two groups of customers with opposite tastes."""
        return run(two_tastes())

    def test_rfm_equals_what_pandas_computes(self, tastes):
        _, scores, _ = tastes
        expected = rfm(pd.DataFrame(two_tastes()), AS_OF)
        assert scores[expected.columns].to_dict("records") == expected.to_dict("records")

    def test_what_lifetime_values_are_learnt_from_is_what_a_person_counts(self, engine, folder):
        # history of 100 days: the last 33 are held back, and the 33 before are "the same again"
        bought = [("ann", 100), ("ann", 90), ("ann", 90), ("ann", 40), ("ann", 5), ("bob", 20)]
        lines = [
            line(key, f"{key}{number}", "tool1", days, revenue=str(days))
            for number, (key, days) in enumerate(bought)
        ]
        run_engine(engine, folder / "days", lines, horizon_days=90)
        table = ds.dataset(folder / "days" / "out" / SCORES).to_table(
            columns=["order_days", *PAST_COLUMNS]
        )
        rows = sorted(table.to_pylist(), key=lambda row: -row["order_days"])
        assert rows == [
            {
                "order_days": 4, "past_order_days": 3, "past_days": 60, "past_value": 320.0,
                "same_order_days": 1, "same_value": 40.0,
            },
            {
                "order_days": 1, "past_order_days": 0, "past_days": 0, "past_value": 0.0,
                "same_order_days": 0, "same_value": 0.0,
            },
        ]  # fmt: skip

    def test_cohorts_are_what_a_person_counts(self, engine, folder):
        # as of July 1: days ago 10 and 20 are in June, 40 and 50 in May, 75 in April
        bought = [("ann", 75), ("ann", 40), ("ann", 10), ("bob", 50), ("cid", 40), ("cid", 20)]
        lines = [
            line(key, f"{key}{number}", "tool1", days, revenue=str(days))
            for number, (key, days) in enumerate(bought)
        ]
        lines.append(line("cid", "cid5", "tool2", 20, revenue="7"))
        outputs, *_ = run_engine(engine, folder / "cohorts", lines)
        assert outputs.cohorts == [
            {
                "cohort": "2026-04", "customers": 1, "retention": [1, 1, 1],
                "orders": [1, 1, 1], "revenue": [75, 40, 10],
            },
            {
                "cohort": "2026-05", "customers": 2, "retention": [1, 0.5],
                "orders": [2, 1], "revenue": [90, 27],
            },
        ]  # fmt: skip

    def test_scores_are_those_of_the_scale(self, tastes):
        outputs, scores, _ = tastes
        expected = outputs.scale.score(
            scores["recency_days"], scores["frequency"], scores["monetary_value"].astype(float)
        )
        assert scores["overall_score"].tolist() == expected.overall_score.tolist()
        assert scores["tier"].tolist() == expected.tier.tolist()

    def test_tier_sizes_count_every_customer_once(self, tastes):
        outputs, scores, _ = tastes
        assert sum(outputs.tier_sizes.values()) == len(scores) == 40

    def test_the_withheld_item_of_a_taste_is_discovered_first(self, tastes):
        _, scores, lists = tastes
        served = set(scores.query("tier != 'new'")["customer_key"])
        assert served
        for customer in served:
            number = int(customer[1:])
            kind = "tool" if number % 2 else "flower"
            assert of(lists, customer, "discover")[0] == f"{kind}{number // 2 % 10}"

    def test_discover_holds_nothing_bought_and_again_nothing_else(self, tastes):
        _, _, lists = tastes
        bought = interactions(pd.DataFrame(two_tastes()), "product")
        by_customer = bought.groupby("customer_key")["item_key"].agg(set)
        for customer in set(lists["customer_key"]):
            assert not by_customer[customer] & set(of(lists, customer, "discover"))
            assert set(of(lists, customer, "again")) <= by_customer[customer]

    def test_new_customers_get_no_list(self, tastes):
        _, scores, lists = tastes
        new = set(scores.query("tier == 'new'")["customer_key"])
        assert new
        assert not new & set(lists["customer_key"])

    def test_the_same_log_gives_the_same_factors_and_lists(self, tastes, run):
        first, _, lists = tastes
        second, _, again = run(two_tastes())
        for one, other in zip(first.models, second.models, strict=True):
            assert one.item_keys == other.item_keys
            if one.is_trained:
                assert (one.item_factors == other.item_factors).all()
        pd.testing.assert_frame_equal(lists, again)

    def test_a_tier_too_small_to_train_is_served_by_the_global_model_and_says_so(self, run):
        outputs, scores, lists = run(two_tastes(), **ONE_MODEL)
        by_tier = [model for model in outputs.models if outputs.tier_sizes.get(model.tier)]
        assert len(by_tier) > 1
        assert all("fewer than MIN_TIER_CUSTOMERS (1000)" in model.fallback for model in by_tier)
        assert set(lists["model"]) == {"als"}
        assert set(lists["customer_key"]) == set(scores.query("tier != 'new'")["customer_key"])

    def test_a_tier_counts_those_of_its_customers_that_a_model_can_learn_from(self, run):
        # they buy most, but only one of them bought anything at this level
        rich = [
            line(f"r{n}", f"{n}-{m}", None, m, revenue="90") for n in range(9) for m in range(9)
        ]
        alone = line("r0", "0-0", "tool1", revenue="90")
        outputs, scores, lists = run([*two_tastes(), *rich, alone])
        tier = scores.set_index("customer_key")["tier"]["r0"]
        model = next(model for model in outputs.models if model.tier == tier)
        assert outputs.tier_sizes[tier] == 9
        assert model.fallback == (
            "1 customers with interactions are fewer than MIN_TIER_CUSTOMERS (5); "
            "served by the global model"
        )
        assert set(lists.query("customer_key == 'r0'")["model"]) == {"als"}

    def test_a_tier_without_interactions_says_who_serves_it(self, run):
        lines = [line("a", "1", "tool"), line("a", "2", "tool"), line("b", "3", "tool")]
        outputs, _, _ = run(lines)
        low = next(model for model in outputs.models if model.tier == "low")
        assert low.fallback.startswith("no interactions")
        assert low.fallback.endswith("; served by the global model")

    def test_items_with_few_buyers_are_not_recommended(self, run):
        lines = [*two_tastes(), line("c39", "o39-0", "tool99", category="tool")]
        _, _, lists = run(lines, min_buyers=2, **ONE_MODEL)
        assert "tool99" not in {item for items in lists["items"] for item in items}

    def test_a_level_without_enough_buyers_trains_nothing_and_says_so(self, run):
        outputs, _, lists = run(two_tastes(), **UNTRAINED)
        assert lists.empty
        assert "MIN_BUYERS" in outputs.models[0].fallback
        assert "served by what is popular" in outputs.models[1].fallback

    def test_lines_without_an_item_count_for_rfm_only(self, run):
        lines = [line("a", "1", None), line("a", "2", "tool"), line("b", "3", None)]
        outputs, scores, _ = run(lines, **UNTRAINED)
        assert scores["frequency"].tolist() == [2, 1]
        assert popular_of(outputs).item_keys == ("tool",)

    def test_an_order_of_two_customers_counts_for_each_of_them(self, run):
        lines = [line("a", "1", "tool"), line("b", "1", "tool"), line("b", "2", "hammer")]
        _, scores, _ = run(lines, **UNTRAINED)
        assert scores["frequency"].tolist() == [1, 2]

    def test_the_second_line_of_an_order_adds_no_weight(self, run, tastes):
        twice = [{**row, "revenue": row["revenue"] / 2} for row in two_tastes() for _ in range(2)]
        outputs, _, _ = run(twice, **ONE_MODEL)
        expected, _, _ = tastes
        assert (outputs.models[0].item_factors == expected.models[0].item_factors).all()

    @pytest.fixture(scope="class")
    @classmethod
    def rated(cls, run):
        """Explicit feedback: what ends in 1 or 3 is liked; c39 left tool1 without a rating."""
        lines = [
            {**row, "rating": 5.0 if row["item_product"][-1] in "13" else 2.0}
            for row in two_tastes()
        ]
        for row in lines:
            if (row["customer_key"], row["item_product"]) == ("c39", "tool1"):
                row["rating"] = None
        return run(lines, feedback="explicit", **ONE_MODEL)

    def test_an_unrated_purchase_is_not_discovered(self, rated):
        outputs, _, lists = rated
        assert outputs.models[0].is_explicit
        assert of(lists, "c39", "discover") == ["tool9", *of(lists, "c39", "discover")[1:]]
        assert "tool1" in of(lists, "c39", "again")

    def test_what_was_rated_best_comes_first(self, rated):
        _, _, lists = rated
        assert {item[-1] for item in of(lists, "c38", "again")[:2]} == {"1", "3"}

    def test_a_feedback_of_ratings_without_any_trains_nothing(self, run):
        outputs, _, lists = run(two_tastes(), feedback="explicit", **ONE_MODEL)
        assert not any(model.is_trained for model in outputs.models)
        assert lists.empty

    def test_one_customer_is_enough_for_scores(self, run):
        outputs, scores, _ = run([line("only", "1", "tool")], **UNTRAINED)
        assert outputs.scale.recency.k == 1
        assert scores["overall_score"].tolist() == [4]
        assert scores["tier"].tolist() == ["new"]

    def test_one_customer_who_buys_nearly_all_spoils_nobodys_list(self, run):
        hoard = [line("hoarder", f"h{n}", f"tool{n % 10}", 1 + n % 90) for n in range(400)]
        _, _, lists = run([*two_tastes(), *hoard], **ONE_MODEL)
        assert of(lists, "c20", "discover")[0] == "flower0"

    def test_money_is_summed_exactly(self, run):
        lines = [line("a", f"o{n}", "tool", revenue="0.1") for n in range(30)]
        _, scores, _ = run(
            [*lines, line("a", "big", "tool", revenue="9007199254740993.01")], **UNTRAINED
        )
        assert str(scores["monetary_value"][0]) == "9007199254740996.0100"

    def test_days_are_those_of_utc(self, run):
        late = line("a", "1", "tool")
        late["purchased_at"] = AS_OF.replace(hour=2)
        _, scores, _ = run([late], **UNTRAINED)
        assert scores["recency_days"].tolist() == [0]
