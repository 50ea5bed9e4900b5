"""The article's table: what leaks is told, and what it is worth without the leak."""

import json

import numpy as np
import pytest

from django_clvrec.core.evaluation.article import PUBLISHED_RMSE, article_table
from django_clvrec.core.evaluation.rating_algorithms import als
from django_clvrec.exceptions import TooFewRatings
from tests.core.evaluation.made_up import made_up_ratings


def memory(train, pairs):
    """Knows the pairs of the training part by heart, and nothing else."""
    known = {
        (customer, item): rating
        for customer, item, rating in zip(train.customers, train.items, train.ratings, strict=True)
    }
    asked = zip(pairs.customers, pairs.items, strict=True)
    return np.array([known.get(pair, np.nan) for pair in asked], dtype=float)


def nothing(train, pairs):
    return np.zeros(len(pairs))


@pytest.fixture(scope="module")
def table():
    return article_table(*made_up_ratings(), {"ALS": als(), "nothing": nothing}, splits=4)


def by_name(rows):
    return {row.name: row for row in rows}


def test_the_leak_is_counted_among_the_rows_that_can_be_scored(table):
    assert table.leak.leaked_rows < table.leak.known_rows < table.leak.test_rows
    assert table.leak.share > 0.8
    assert table.leak.summary()["share_of_all_test_rows"] < table.leak.share


def test_without_repeated_rows_nothing_leaks():
    table = article_table(*made_up_ratings(repeats=1), {"ALS": als()}, splits=2)
    assert table.rows == table.pairs
    assert table.leak.share == 0


def test_memory_alone_looks_perfect_under_the_articles_protocol():
    table = article_table(*made_up_ratings(), {"memory": memory}, splits=2)
    assert by_name(table.article)["memory"].rmse == 0
    # and predicts not one pair that it has not seen
    assert by_name(table.honest.rows)["memory"].rmse is None


def test_als_answers_for_fewer_rows_than_it_is_compared_with(table):
    rows = by_name(table.article)
    assert rows["ALS"].rows == table.leak.known_rows
    assert rows["global mean"].rows == table.leak.test_rows
    assert rows["ALS"].rmse == rows["ALS"].rmse_same_rows
    assert rows["global mean"].rmse != rows["global mean"].rmse_same_rows


def test_the_mean_of_the_customer_beats_als_with_and_without_the_leak(table):
    article, honest = by_name(table.article), by_name(table.honest.rows)
    assert article["customer mean"].rmse < article["ALS"].rmse
    assert honest["customer mean"].rmse < honest["ALS"].rmse


def test_als_is_worse_than_it_looks(table):
    assert by_name(table.honest.rows)["ALS"].rmse > 2 * by_name(table.article)["ALS"].rmse


def test_recommending_nothing_is_perfectly_precise(table):
    row = by_name(table.article)["nothing"]
    assert (row.precision, row.default_precision) == (1, 1)


def test_ranked_among_all_items_popularity_beats_als(table):
    rows = by_name(table.honest.rows)
    assert rows["popularity"].hit_rate > rows["ALS"].hit_rate
    assert rows["popularity"].ndcg > rows["random"].ndcg


def test_equal_scores_rank_as_chance_does(table):
    rows = by_name(table.honest.rows)
    assert rows["nothing"].hit_rate == rows["random"].hit_rate
    # ten of the eleven items that are left beside the one in training
    assert rows["random"].hit_rate == pytest.approx(10 / 11)


def test_a_baseline_has_only_the_figures_that_mean_something(table):
    rows = by_name(table.honest.rows)
    assert rows["popularity"].rmse is None
    assert rows["customer mean"].hit_rate is None


def test_the_same_seed_gives_the_same_table():
    def table(seed):
        return article_table(*made_up_ratings(60), {"ALS": als()}, splits=2, seed=seed)

    assert table(3) == table(3)
    assert table(3) != table(4)


def test_names_of_customers_and_items_do_not_matter():
    customers, items, ratings = made_up_ratings(60)
    names = [f"customer {number:03}" for number in customers]
    tables = [
        article_table(keys, items, ratings, {"ALS": als()}, splits=2) for keys in (customers, names)
    ]
    assert tables[0] == tables[1]


def test_the_summary_is_json(table):
    summary = json.loads(json.dumps(table.summary(), allow_nan=False))
    assert summary["leak"]["share"] == table.leak.share
    assert summary["honest"]["leaked_rows"] == 0
    assert [row["name"] for row in summary["article"]] == [
        "global mean", "customer mean", "ALS", "nothing",
    ]  # fmt: skip


def test_customers_of_one_item_leave_nothing_to_rank():
    customers = np.arange(40)
    table = article_table(customers, customers % 4, customers % 5 + 1, {"ALS": als()}, splits=2)
    assert (table.leak.known_rows, table.leak.share) == (0, None)
    assert table.honest.ranked_pairs == 0
    assert by_name(table.honest.rows)["ALS"].hit_rate is None
    json.dumps(table.summary(), allow_nan=False)


def test_too_few_ratings_are_refused():
    with pytest.raises(TooFewRatings, match="too few ratings"):
        article_table([1, 2], [1, 2], [5, 5], {"ALS": als()})


def test_what_was_published_names_the_algorithms_that_exist():
    assert set(PUBLISHED_RMSE) == {"ALS", "SlopeOne", "NMF", "CoClustering", "SVD", "SVD++"}
