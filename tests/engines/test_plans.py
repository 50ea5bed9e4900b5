"""Plans: who serves whom, and that they outlive the refresh that made them."""

import json

import pytest

from django_clvrec.engines.plans import Plan
from tests.engines.ranked import blended, plan_of


def test_a_plan_comes_back_from_json_as_it_was():
    plan = blended()
    again = Plan.from_json(json.loads(json.dumps(plan.to_json())))
    assert again.served == plan.served
    assert again.recommenders == plan.recommenders
    assert again.to_json() == plan.to_json()


def test_a_plan_of_another_version_is_refused():
    with pytest.raises((KeyError, TypeError, ValueError)):
        Plan.from_json({"served": {}, "recommenders": {"gone": {"x": 1}}, "weighings": {}})


def test_a_blend_needs_its_parts():
    assert blended().needed() == {"personal", "tifu_knn", "item_knn", "ease", "als"}


def test_newcomers_for_whom_popularity_is_best_need_no_lists():
    plan = plan_of({"new": "popular:recent", "low": "popular", "mid": "ease", "high": "ease"})
    assert plan.rankers("new") == {}
    assert plan.rankers("low") == {"popular": ("discover", "again", "mixed")}
