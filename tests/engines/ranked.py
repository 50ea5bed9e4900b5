"""What every engine must do with recommenders that are fitted beside it; part of the contract."""

from decimal import Decimal
from itertools import count

import numpy as np
import pandas as pd
import pytest

from django_clvrec.core.recommenders.blend import Weighing
from django_clvrec.core.recommenders.names import BLEND, PARTS
from django_clvrec.core.tiers import TIERS
from django_clvrec.engines.backtests import competitors
from django_clvrec.engines.local import LocalEngine
from django_clvrec.engines.plans import Plan, pinned
from django_clvrec.engines.stages import find_scale
from tests.learner import Learner
from tests.logs import line, parameters, two_tastes, write_log

MIXED_PLAN = {"new": "personal", "low": "item_knn", "mid": "tifu_knn", "high": "ease"}
EACH_PART = 4
"""Features that a blend has of each of its parts."""


def plan_of(by_tier, **weighings):
    return Plan(
        served=dict.fromkeys(("discover", "again", "mixed"), by_tier),
        recommenders=competitors(parameters(), "product"),
        weighings=weighings,
    )


def blended():
    """A plan of a blend that follows the third of its parts, item-kNN."""
    weights = np.zeros(len(PARTS) * EACH_PART + 15, dtype=np.float32)
    weights[2 * EACH_PART] = 1
    weighing = Weighing(weights, 0.0)
    everyone = {"new": "popular", **dict.fromkeys(TIERS, BLEND)}
    return plan_of(everyone, discover=weighing, again=weighing, mixed=weighing)


class RankedContract:
    """Tests of lists by other recommenders than the engine's own; `run` is the contract's."""

    @pytest.fixture(scope="class")
    @classmethod
    def by_local(cls, tmp_path_factory):
        """The same run by the engine of one process, which computes with arrays alone."""
        from tests.engines.contract import run_engine

        folder, numbers = tmp_path_factory.mktemp("local"), count()

        def run(lines, **changes):
            return run_engine(LocalEngine(1), folder / str(next(numbers)), lines, **changes)

        return run

    def assert_same_lists(self, one, other):
        pd.testing.assert_frame_equal(one.drop(columns="scores"), other.drop(columns="scores"))
        for mine, theirs in zip(one["scores"], other["scores"], strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)

    @pytest.fixture(scope="class")
    @classmethod
    def sampled(cls, folder):
        """What an engine has recommenders learn from."""
        numbers = count()

        def sampled(engine, lines, **changes):
            place, asked = folder / f"sampled{next(numbers)}", parameters(**changes)
            (place / "out").mkdir(parents=True)
            with engine.open(write_log(place / "log", lines), place / "out", asked) as run:
                run.score(find_scale(run, asked, lambda *_: None))
                run.popular("product")
                run.prepare("product")
                return run.sample("product", 1000)

        return sampled

    def test_what_was_paid_is_learnt_from_where_a_recommender_says_so(self, engine, sampled):
        lines = [
            {**row, "revenue": Decimal(number % 97) + Decimal("0.05")}
            for number, row in enumerate([*two_tastes(), line("c39", "o39-0", "rare")])
        ]
        # the same item of the same order once more
        lines += [{**row, "revenue": Decimal("1000.5")} for row in lines[::3]]
        everyone = dict.fromkeys(("new", *TIERS), "learner")
        plans = {"product": pinned(everyone, {"learner": Learner()})}
        found, expected = (
            sampled(one, lines, plans=plans, min_buyers=2) for one in (engine, LocalEngine(1))
        )
        assert found.keys == expected.keys
        mine, theirs = found.histories, expected.histories
        assert mine.customers.tolist() == theirs.customers.tolist()
        np.testing.assert_array_equal(mine.starts, theirs.starts)
        # events of one customer may stand in any order
        orders = [np.lexsort((one.days, one.items, one.owners)) for one in (mine, theirs)]
        for name in ("items", "days", "values"):
            one, other = (
                getattr(histories, name)[order]
                for histories, order in zip((mine, theirs), orders, strict=True)
            )
            np.testing.assert_allclose(one, other, rtol=1e-4)
        paid = sum(row["revenue"] for row in lines if row["item_product"] != "rare")
        assert mine.values.dtype == np.float32
        assert mine.values.sum(dtype=float) == pytest.approx(float(paid), rel=1e-4)

    def test_what_was_paid_takes_no_room_where_nobody_learns_from_it(self, engine, sampled):
        found = sampled(engine, two_tastes(), plans={"product": plan_of(MIXED_PLAN)})
        assert len(found.histories.items)
        assert found.histories.values is found.histories.shown is None

    def test_each_tier_is_served_by_the_recommender_of_the_plan(self, run, by_local):
        plans = {"product": plan_of(MIXED_PLAN)}
        _, scores, lists = run(two_tastes(), plans=plans)
        tiers = scores.set_index("customer_key")["tier"]
        assert len(set(tiers)) > 2
        assert lists["model"].tolist() == [MIXED_PLAN[tiers[c]] for c in lists["customer_key"]]
        self.assert_same_lists(lists, by_local(two_tastes(), plans=plans)[2])

    def test_a_blend_follows_its_weights(self, run, by_local):
        plans = {"product": blended()}
        _, _, lists = run(two_tastes(), plans=plans)
        assert set(lists["model"]) == {BLEND}
        self.assert_same_lists(lists, by_local(two_tastes(), plans=plans)[2])

    def test_intents_of_a_tier_may_have_different_recommenders(self, run):
        plan = plan_of(dict.fromkeys(("new", *TIERS), "item_knn"))
        plan = Plan(
            served={**plan.served, "again": dict.fromkeys(("new", *TIERS), "personal")},
            recommenders=plan.recommenders,
        )
        _, _, lists = run(two_tastes(), plans={"product": plan})
        names = {intent: set(rows["model"]) for intent, rows in lists.groupby("intent")}
        assert names == {"again": {"personal"}, "discover": {"item_knn"}, "mixed": {"item_knn"}}

    def test_customers_without_an_item_get_no_list_by_any_recommender(self, run):
        lines = [*two_tastes(), line("nothing", "1", None), line("nothing", "2", None)]
        plans = {"product": plan_of(dict.fromkeys(("new", *TIERS), "popular"))}
        _, scores, lists = run(lines, plans=plans)
        known = set(scores.query("tier != 'new'")["customer_key"])
        assert "nothing" in known
        # what is popular is served to newcomers without lists of their own
        assert set(lists["customer_key"]) == known - {"nothing"}

    def test_a_tier_without_a_model_of_its_own_says_who_serves_it(self, run):
        outputs, _, _ = run(two_tastes(), plans={"product": plan_of(MIXED_PLAN)})
        notes = {model.tier: model.fallback for model in outputs.models if model.tier}
        assert notes["mid"] == "not trained; served by tifu_knn"

    def test_a_level_without_enough_buyers_has_no_lists_by_any_recommender(self, run):
        plans = {"product": plan_of(MIXED_PLAN)}
        _, _, lists = run(two_tastes(), plans=plans, min_buyers=1000)
        assert lists.empty

    def test_a_factorisation_that_serves_one_intent_lists_as_the_engines_own(self, run, tastes):
        """Customers are folded in, which is the last step of training them."""
        own = pinned(dict.fromkeys(("new", *TIERS), "als"), {})
        served = {**own.served, "again": dict.fromkeys(("new", *TIERS), "personal")}
        mixed = Plan(served=served, recommenders=competitors(parameters(), "product"))
        _, _, alone = run(two_tastes(), plans={"product": own})
        _, _, beside = run(two_tastes(), plans={"product": mixed})
        of_als = [lists.query("intent == 'discover'") for lists in (alone, beside)]
        keys = ["customer_key", "items"]
        first, second = (rows[keys].reset_index(drop=True) for rows in of_als)
        assert first["customer_key"].tolist() == second["customer_key"].tolist()
        best = zip(first["items"], second["items"], strict=True)
        assert np.mean([one[0] == other[0] for one, other in best]) > 0.95
