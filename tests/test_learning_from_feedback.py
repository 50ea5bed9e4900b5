"""A refresh with a recommender that learns from what was paid and shown, and without one."""

import datetime as dt
import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_clvrec import training
from django_clvrec.models import Recommendation, ShownList
from django_clvrec.pipeline import refresh
from django_clvrec.pseudonyms import stored_key
from tests import learner
from tests.corner_shop.clvrec import CornerShop
from tests.corner_shop.models import Customer, Product
from tests.experiments.conftest import show

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def learnt(settings, monkeypatch):
    """The learner serves all who are known, on one level, without Java."""
    choose(settings, "learner")
    monkeypatch.setattr(CornerShop, "items", {"product": "product_id"})
    monkeypatch.setattr(learner, "LEARNT", [])
    return learner.LEARNT


def choose(settings, recommender, contestants=("tests.learner.Learner",)):
    settings.CLVREC = settings.CLVREC | {
        "ENGINE": "local",
        "RECOMMENDER": recommender,
        "CONTESTANTS": [*contestants],
    }


@pytest.fixture
def shop(stock):
    stock.fill(customers=60)
    return stock


@pytest.fixture
def goods(shop):
    return [str(key) for key in Product.objects.order_by("pk").values_list("pk", flat=True)]


def key_of(number):
    return str(Customer.objects.get(name=f"customer {number}").pk)


def seen(key, goods, as_of, days_ago=50.0):
    """The customer was shown three products, clicked on the first and bought the second."""
    few, at = goods[:3], as_of - dt.timedelta(days=days_ago)
    return show(key, items=few, clicked=few[:1], sold={few[1]: 12.5}, shown_at=at)


def of(histories, key):
    """`(days, clicked, value)` of what a customer was shown."""
    place = histories.customers.tolist().index(key)
    shown = histories.shown
    mine = slice(shown.starts[place], shown.starts[place + 1])
    columns = (shown.days, shown.clicked, shown.values)
    return list(zip(*(column[mine].tolist() for column in columns), strict=True))


def test_it_learns_what_every_order_brought_and_what_was_shown(goods, as_of, learnt):
    seen(key_of(7), goods, as_of)
    made = refresh("corner", as_of=as_of)
    [histories] = learnt
    assert of(histories, key_of(7)) == [(50, 1, 0), (50, 0, 12.5), (50, 0, 0)]
    assert len(histories.shown.items) == 3
    assert (histories.values > 0).all()
    assert (histories.values % 1 == 0.5).all()
    lists = Recommendation.objects.filter(snapshot=made)
    assert {*lists.values_list("model", flat=True)} == {"learner"}


def test_under_pseudonyms_what_was_shown_is_of_the_same_customer(goods, as_of, learnt, pseudonyms):
    seen(stored_key(key_of(7)), goods, as_of)
    seen(key_of(9), goods, as_of)  # from before there were any
    refresh("corner", as_of=as_of)
    [histories] = learnt
    assert [one[1:] for one in of(histories, stored_key(key_of(7)))] == [(1, 0), (0, 12.5), (0, 0)]
    assert len(histories.shown.items) == 3


def test_what_came_after_the_end_of_observation_is_not_learnt(goods, as_of, learnt):
    seen(key_of(7), goods, as_of, days_ago=-1)
    refresh("corner", as_of=as_of)
    assert len(learnt[-1].shown.items) == 0


def test_it_competes_and_new_feedback_asks_for_a_new_backtest(goods, as_of, learnt, settings):
    choose(settings, "auto")
    seen(key_of(7), goods, as_of)
    first = refresh("corner", as_of=as_of)
    assert "learner" in {row["name"] for row in first.report["leaderboard"]}
    inner, outer = learnt[:2]
    assert inner.shown is not None
    assert outer.values is not None
    assert refresh("corner", as_of=as_of + dt.timedelta(days=1)).plan["is_reused"]
    seen(key_of(9), goods, as_of)
    assert not refresh("corner", as_of=as_of + dt.timedelta(days=1)).plan["is_reused"]


def test_the_file_is_written_for_the_run_and_goes_with_it(
    shop, as_of, settings, tmp_path, monkeypatch
):
    settings.CLVREC = settings.CLVREC | {"WORK_DIR": str(tmp_path)}
    compute, found = training.compute, []

    def watched(runner, log, out, parameters, progress):
        found.extend(path.relative_to(tmp_path) for path in parameters.shown.values())
        assert all((tmp_path / path).exists() for path in found)
        return compute(runner, log, out, parameters, progress)

    monkeypatch.setattr(training, "compute", watched)
    refresh("corner", as_of=as_of)
    assert [Path(*path.parts[1:]) for path in found] == [Path("shown/product.parquet")]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("recommender", "contestants"),
    [("item_knn", ["tests.learner.Learner"]), ("auto", ["tests.own_recommender.Newest"])],
)
def test_where_nobody_learns_from_it_nothing_is_asked_or_written(
    as_of, settings, monkeypatch, recommender, contestants
):
    choose(settings, recommender, contestants)
    monkeypatch.setattr(training, "extract_shown", lambda *_: 1 / 0)
    with CaptureQueriesContext(connection) as queries:
        refresh("corner", as_of=as_of)
    table = ShownList._meta.db_table
    assert not [one["sql"] for one in queries if table in one["sql"]]


def test_an_evaluation_has_it_compete_by_what_was_known_at_the_split(
    goods, as_of, learnt, monkeypatch, capsys
):
    monkeypatch.setattr("django_clvrec.evaluation.timezone.now", lambda: as_of)
    seen(key_of(7), goods, as_of, days_ago=250)
    seen(key_of(7), goods, as_of, days_ago=2)
    words = ["--source", "corner", "--level", "product", "--recommenders", "popular", "learner"]
    call_command("clvrec_evaluate", *words, "--json")
    found = json.loads(capsys.readouterr().out)
    assert {row["name"] for row in found["contestants"]} == {"popular", "learner"}
    assert [len(histories.shown.items) for histories in learnt] == [3, 3]


def test_an_evaluation_of_others_does_not_ask(shop, monkeypatch, capsys):
    monkeypatch.setattr("django_clvrec.evaluation.extract_shown", lambda *_: 1 / 0)
    words = ["--source", "corner", "--level", "product", "--recommenders", "popular", "personal"]
    call_command("clvrec_evaluate", *words, "--json")
    assert json.loads(capsys.readouterr().out)["contestants"]
