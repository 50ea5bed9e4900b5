"""`clvrec_evaluate`: figures as JSON and as tables, and what is refused."""

import json

import pandas as pd
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from django_clvrec.models import Snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(stock):
    stock.fill(customers=60)
    return stock


@pytest.fixture
def evaluate(shop, capsys):
    def evaluate(*words):
        call_command("clvrec_evaluate", "--source", "corner", "--level", "product", *words)
        return capsys.readouterr().out

    return evaluate


SOME = ("--recommenders", "popular", "personal", "item_knn")


def test_json_has_what_was_served_and_every_contestant(evaluate, tmp_path):
    path = tmp_path / "found.json"
    evaluate("--intent", "mixed", "--split", "0.8", "--json", str(path), *SOME)
    found = json.loads(path.read_text())
    assert {"split", "level", "intent", "customers", "served", "contestants"} <= found.keys()
    assert (found["split"], found["level"], found["intent"]) == (0.8, "product", "mixed")
    figures = {"name", "ndcg@10", "recall@10", "hit@10", "coverage@10", "interval"}
    assert figures <= found["served"].keys()
    everyone = [row for row in found["contestants"] if row["tier"] == "all"]
    assert [row["name"] for row in everyone] == ["popular", "personal", "item_knn"]
    assert all(figures <= row.keys() for row in everyone)
    tiers = {row["tier"] for row in found["contestants"]} - {"all", "newcomer"}
    assert tiers <= {"new", "low", "mid", "high"}
    assert tiers


def test_json_without_a_path_goes_to_stdout_alone(evaluate):
    assert json.loads(evaluate("--json", *SOME))["k"] == 10


def test_what_serves_is_one_of_those_that_compete(evaluate):
    found = json.loads(evaluate("--json", *SOME))
    assert {*found["served"]["by_tier"].values()} <= {"popular", "personal", "item_knn"}


def test_the_blend_competes_without_its_parts_being_shown(evaluate):
    found = json.loads(evaluate("--json", "--recommenders", "popular", "blend"))
    assert {row["name"] for row in found["contestants"]} <= {"popular", "blend"}


def test_the_table_shows_all_and_the_tiers(evaluate):
    told = evaluate("--intent", "mixed", "--k", "5", *SOME)
    for word in ("product, mixed", "ndcg@5", "auto: ", "item_knn", "served by", "interval"):
        assert word in told


def test_a_pinned_recommender_is_what_is_served(evaluate, settings):
    settings.CLVREC = {**settings.CLVREC, "RECOMMENDER": "item_knn"}
    served = json.loads(evaluate("--json", *SOME))["served"]
    assert {served["by_tier"][tier] for tier in ("low", "mid", "high")} == {"item_knn"}


def test_a_date_and_folds_split_the_time(evaluate):
    found = json.loads(evaluate("--json", "--split", "2026-04-30", "--folds", "2", *SOME))
    assert found["split"].startswith("2026-04-30T23:59:59")
    assert len(found["cuts"]) == 2


def test_nothing_is_stored(evaluate):
    evaluate(*SOME)
    assert not Snapshot.objects.exists()


def test_the_kept_log_is_left_alone(evaluate, settings, tmp_path):
    settings.CLVREC = {**settings.CLVREC, "LOG_DIR": str(tmp_path / "logs")}
    evaluate(*SOME)
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--recommenders", "best"], "There is no recommender 'best'. Use one or more of popular"),
        (["--level", "brands"], "level"),
        (["--split", "2031-01-01"], "There is nothing to evaluate"),
        (["--split", "2001-01-01"], "There is nothing to evaluate"),
    ],
)
def test_what_cannot_be_evaluated_is_told(evaluate, words, said):
    with pytest.raises(CommandError, match=said):
        evaluate(*words)


@pytest.mark.parametrize("words", [["--split", "soon"], ["--split", "1.5"], ["--k", "0"]])
def test_a_bad_option_is_named(evaluate, words):
    with pytest.raises(CommandError, match=words[0]):
        evaluate(*words)


# the article's protocol


@pytest.fixture
def ratings(tmp_path):
    """Few customers who rate the same items again and again."""
    rows = [(n % 20, n % 7, 1 + (n % 20 + n % 7) % 5) for n in range(400)]
    path = tmp_path / "ratings.csv"
    pd.DataFrame(rows, columns=["customer", "item", "rating"]).to_csv(path, index=False)
    return path


def test_the_articles_protocol_tells_its_leak_and_the_honest_figures(evaluate, ratings):
    told = evaluate("--protocol", "article", "--ratings", str(ratings), "--splits", "2")
    for word in (
        "leak: 94.4%",
        "SVD++",
        "SlopeOne",
        "honest RMSE",
        "published RMSE",
        "high 0.375",
    ):
        assert word in told


def test_the_articles_protocol_as_json(evaluate, ratings):
    words = ["--protocol", "article", "--ratings", str(ratings), "--splits", "2", "--json"]
    found = json.loads(evaluate(*words))
    assert found["leak"]["share"] == found["leak"]["leaked_rows"] / 160
    assert {"ALS", "NMF", "CoClustering"} <= {row["name"] for row in found["article"]}


def test_the_shops_own_ratings_are_used(evaluate, shop):
    for number in range(30):
        shop.bought(shop.customer(f"r{number}"), "p01", "p02", "p03", stars=1 + number % 5)
    told = evaluate("--protocol", "article", "--splits", "1")
    assert "90 ratings" in told


def test_without_ratings_the_protocol_says_what_to_do(evaluate):
    with pytest.raises(CommandError, match="--ratings"):
        evaluate("--protocol", "article")


@pytest.mark.parametrize("content", ["a,b\n1,2\n", ""])
def test_a_file_that_holds_no_ratings_is_named(evaluate, tmp_path, content):
    path = tmp_path / "odd.csv"
    path.write_text(content)
    with pytest.raises(CommandError, match=r"odd\.csv"):
        evaluate("--protocol", "article", "--ratings", str(path))
