"""What every engine must do with recommenders that are fitted beside it; part of the contract."""

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
from tests.logs import line, parameters, two_tastes

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
