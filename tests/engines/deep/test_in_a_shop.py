"""What is trained with PyTorch serves a shop: by a refresh, to visitors, without PyTorch there."""

import datetime as dt
import json
import sys

import numpy as np
import pytest
from django.core.management import call_command

from django_clvrec.core.recommenders.names import DEEP
from django_clvrec.engines.deep import training
from django_clvrec.models import CustomerScore, Recommendation
from django_clvrec.pipeline import refresh
from django_clvrec.serving import recommend
from django_clvrec.sources import get_source
from tests.corner_shop.clvrec import CornerShop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few_epochs(monkeypatch):
    """A shop of sixty customers needs few, and a test that is done soon."""
    monkeypatch.setattr(training, "FEW_EPOCHS", 2)
    monkeypatch.setattr(training, "MOST_EPOCHS", 2)


@pytest.fixture
def shop(stock, settings, monkeypatch):
    choose(settings)
    monkeypatch.setattr(CornerShop, "items", {"product": "product_id"})
    stock.fill(customers=60)
    return stock


def choose(settings, recommender="dae", contestants=(), **more):
    settings.CLVREC = settings.CLVREC | {
        "ENGINE": "local",
        "RECOMMENDER": recommender,
        "CONTESTANTS": [*contestants],
        **more,
    }


def known():
    """A customer who is served by a recommender."""
    scores = CustomerScore.objects.exclude(tier="new").order_by("-frequency")
    return scores.values_list("customer_key", flat=True)[0]


def shown():
    return recommend(known(), "product", 5, source="corner", with_objects=True, explain=True)


@pytest.mark.parametrize("name", DEEP)
def test_each_serves_a_shop_that_pins_it(shop, as_of, settings, name):
    choose(settings, name)
    made = refresh("corner", as_of=as_of)
    lists = Recommendation.objects.filter(snapshot=made)
    assert {*lists.values_list("model", flat=True)} == {name}
    assert lists.count() > 30


@pytest.mark.parametrize("name", DEEP)
def test_a_new_purchase_is_answered_to_by_a_forward_pass_and_without_pytorch(
    shop, as_of, settings, monkeypatch, name
):
    choose(settings, name)
    refresh("corner", as_of=as_of)
    for module in [one for one in sys.modules if one.split(".")[0] == "torch"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "torch", None)
    customer = get_source("corner").customers_in_bulk([known()])[known()]
    tomorrow = as_of + dt.timedelta(days=2)
    monkeypatch.setattr("django_clvrec.serving.visit.timezone.now", lambda: tomorrow)
    before = shown()
    assert before.source == "stored"
    wanted = before.items[0]
    shop.bought(customer, wanted.object.sku, days_ago=-1)
    after = shown()
    assert after.source == "fold_in"
    assert wanted.key not in {one.key for one in after.items}


def test_it_competes_where_it_is_asked_for(shop, as_of, settings):
    choose(settings, "auto", ["dae", "dqn"])
    made = refresh("corner", as_of=as_of)
    names = {row["name"] for row in made.report["leaderboard"]}
    assert {"dae", "dqn", "ease"} <= names
    assert not {"mult_vae", "next_basket"} & names
    assert made.report["left_out"] == []
    described = made.plan["plans"]["product"]["recommenders"]["dae"]
    assert "budget" not in described


def test_parameters_that_were_searched_are_found_again(shop, as_of, settings):
    choose(settings, "auto", ["dae"])
    refresh("corner", as_of=as_of)
    assert refresh("corner", as_of=as_of).plan["is_reused"]


def test_who_is_over_budget_takes_no_part_and_it_is_said_why(shop, as_of, settings):
    choose(settings, "auto", ["dae"], DEEP={"seconds": 1e-6})
    made = refresh("corner", as_of=as_of)
    [told] = made.report["left_out"]
    assert (told["level"], told["name"]) == ("product", "dae")
    assert "seconds" in told["why"]
    assert "dae" not in {row["name"] for row in made.report["leaderboard"]}


def test_a_pinned_one_that_is_over_budget_leaves_no_shelf_empty(shop, as_of, settings):
    choose(settings, "dae", DEEP={"seconds": 1e-6})
    made = refresh("corner", as_of=as_of)
    [told] = [model for model in made.report["models"] if model["name"] == "dae"]
    assert "seconds" in told["fallback"]
    assert {*Recommendation.objects.values_list("model", flat=True)} == {"als"}
    assert {*made.report["served"]["product"]["discover"].values()} == {"popular", "als"}
    assert shown().items


def test_another_budget_is_tried_though_no_order_has_changed(shop, as_of, settings):
    choose(settings, "auto", ["dae"], DEEP={"seconds": 1e-6})
    refresh("corner", as_of=as_of)
    choose(settings, "auto", ["dae"], DEEP={"seconds": 60})
    again = refresh("corner", as_of=as_of)
    assert not again.plan["is_reused"]
    assert again.report["left_out"] == []


def test_an_evaluation_has_them_compete_that_are_named(shop, as_of, settings, monkeypatch, capsys):
    choose(settings, "auto")
    monkeypatch.setattr("django_clvrec.evaluation.timezone.now", lambda: as_of)
    words = ["--source", "corner", "--level", "product", "--recommenders", "popular", "dae"]
    call_command("clvrec_evaluate", *words, "--json")
    found = json.loads(capsys.readouterr().out)
    assert {row["name"] for row in found["contestants"]} == {"popular", "dae"}
    assert found["left_out"] == {}


def test_an_evaluation_of_all_has_them_compete_if_it_is_asked_to(
    shop, as_of, settings, monkeypatch, capsys
):
    choose(settings, "auto", DEEP={"seconds": 1e-6})
    monkeypatch.setattr("django_clvrec.evaluation.timezone.now", lambda: as_of)
    call_command("clvrec_evaluate", "--source", "corner", "--level", "product", "--deep", "--json")
    found = json.loads(capsys.readouterr().out)
    assert {*found["left_out"]} == {*DEEP}


def test_what_lists_are_worth_is_told_of_each(shop, as_of, settings, monkeypatch, capsys):
    choose(settings, "auto")
    monkeypatch.setattr("django_clvrec.evaluation.timezone.now", lambda: as_of)
    words = ["--source", "corner", "--level", "product", "--recommenders", "popular", "dqn"]
    call_command("clvrec_evaluate", *words, "--protocol", "worth", "--days", "10")
    told = capsys.readouterr().out
    assert "revenue in the 10 days from a purchase" in told
    assert "dqn" in told
    call_command("clvrec_evaluate", *words, "--protocol", "worth", "--days", "10", "--json")
    found = json.loads(capsys.readouterr().out)
    assert {row["name"] for row in found["contestants"]} == {"popular", "dqn"}
    assert np.isfinite([row["gain"]["value"] for row in found["contestants"]]).all()


def test_on_spark_it_is_fitted_on_the_driver_and_scores_where_customers_are(
    shop, spark, as_of, settings
):
    choose(settings, "dae")
    local = refresh("corner", as_of=as_of)
    choose(settings, "dae", ENGINE="spark")
    distributed = refresh("corner", as_of=as_of)
    assert distributed.report["engine"] == "spark"
    lists = {
        snapshot: {
            (row.customer_key, row.intent): [key for key, _ in row.items[:10]]
            for row in Recommendation.objects.filter(snapshot=snapshot)
        }
        for snapshot in (local, distributed)
    }
    ours, theirs = lists.values()
    assert ours.keys() == theirs.keys()
    same = [len({*ours[key]} & {*theirs[key]}) / max(1, len(ours[key])) for key in ours]
    assert np.mean(same) > 0.95
