"""Answers that follow what a visitor has just chosen, without training."""

import pytest

from django_clvrec.serving import recommend
from tests.shelf import Shelf

TASTES = {
    "apple": [1.0, 0.0],
    "fig": [0.9, 0.1],
    "hammer": [0.0, 1.0],
    "nail": [0.1, 0.9],
    "pear": [0.95, 0.05],
    "saw": [0.05, 0.95],
}
FRUIT, TOOLS = {"apple", "fig", "pear"}, {"hammer", "nail", "saw"}


@pytest.fixture
def shelf(db, settings):
    settings.CLVREC = settings.CLVREC | {"POLICY": "tests.policies.EverythingSells"}
    shelf = Shelf("corner")
    shelf.factors(TASTES)
    return shelf


@pytest.fixture
def gardener(stock):
    """A customer who has bought a hammer, twice."""
    customer = stock.customer()
    stock.bought(customer, "hammer")
    stock.bought(customer, "hammer", days_ago=5)
    return customer


def ask(*interests, customer=None, n=2, **more):
    key = customer and str(customer.pk)
    return recommend(key, "product", n, source="corner", interests=interests, **more)


def keys(answer):
    return [item.key for item in answer]


def test_the_answer_follows_what_was_chosen(shelf):
    shelf.popular("cheese")
    answer = ask("apple")
    assert answer.source == "interests"
    assert set(keys(answer)) == {"pear", "fig"}


def test_different_interests_have_different_answers(shelf):
    assert set(keys(ask("apple"))) < FRUIT
    assert set(keys(ask("saw"))) < TOOLS


def test_what_was_chosen_is_not_recommended(shelf):
    assert set(keys(ask("apple", "saw", n=10))) == {"fig", "hammer", "nail", "pear"}


def test_what_is_popular_follows_where_the_model_knows_no_more(shelf):
    shelf.popular("cheese", "apple", "fig")
    found = keys(ask("apple", n=10))
    assert set(found[:5]) == set(TASTES) - {"apple"}
    assert found[5:] == ["cheese"]


def test_scores_fall_and_ranks_rise(shelf):
    answer = ask("apple", n=10)
    scores = [item.score for item in answer]
    assert scores == sorted(scores, reverse=True)
    assert [item.rank for item in answer] == [1, 2, 3, 4, 5]


def test_choosing_twice_is_choosing_once(shelf):
    assert ask("apple", "apple", n=5) == ask("apple", n=5)


def test_the_order_of_choosing_does_not_matter(shelf):
    assert keys(ask("apple", "saw", n=5)) == keys(ask("saw", "apple", n=5))


def test_interests_come_before_the_stored_list(shelf, gardener):
    shelf.recommended(gardener, "cheese")
    assert ask("apple", customer=gardener).source == "interests"
    assert ask(customer=gardener).source == "stored"


def test_past_purchases_have_their_say(shelf, gardener):
    with_past, without = (
        {item.key: item.score for item in ask("apple", customer=customer, n=5)}
        for customer in (gardener, None)
    )
    # who chose no more than fruit is far from tools; a hammer bought twice brings them level
    assert without["saw"] < 0.5 * without["pear"]
    assert with_past["saw"] > 0.9 * with_past["pear"]


def test_what_was_just_chosen_weighs_as_much_as_a_long_past(shelf, gardener, stock):
    for days in range(10, 40):
        stock.bought(gardener, "hammer", days_ago=days)
    scores = {item.key: item.score for item in ask("apple", customer=gardener, n=5)}
    assert scores["pear"] == pytest.approx(scores["saw"], rel=0.05)


def test_discover_leaves_out_what_the_customer_bought(shelf, gardener):
    assert "hammer" not in keys(ask("saw", customer=gardener, n=10))
    assert "hammer" in keys(ask("saw", n=10))


def test_again_keeps_to_what_the_customer_bought(shelf, gardener):
    assert keys(ask("saw", customer=gardener, n=10, intent="again")) == ["hammer"]


def test_mixed_may_show_either(shelf, gardener):
    found = keys(ask("saw", customer=gardener, n=10, intent="mixed"))
    assert set(found) == set(TASTES) - {"saw"}


def test_an_interest_that_was_bought_already_is_no_trouble(shelf, gardener):
    assert set(keys(ask("hammer", customer=gardener))) == {"nail", "saw"}


def test_interests_nobody_knows_are_passed_over(shelf):
    assert keys(ask("apple", "unheard of")) == keys(ask("apple"))


def test_nothing_but_unknown_interests_get_what_is_popular(shelf):
    shelf.popular("cheese")
    answer = ask("unheard of")
    assert (answer.source, keys(answer)) == ("popular", ["cheese"])


def test_without_factors_the_answer_is_what_is_popular_beside_the_interests(shelf):
    shelf.popular("acme", "zenith", level="brand")
    answer = recommend(None, "brand", source="corner", interests=["acme"])
    assert (answer.source, keys(answer)) == ("popular", ["zenith"])


def test_interests_with_objects_lose_what_has_vanished(shelf, stock, settings):
    settings.CLVREC = settings.CLVREC | {"POLICY": "tests.policies.OnlyListed"}
    stock.product("fig")
    answer = ask("apple", with_objects=True)
    assert [(item.rank, item.object.pk) for item in answer] == [(1, "fig")]


@pytest.mark.parametrize("n", [1, 5])
def test_interests_of_a_visitor_take_two_queries(shelf, n, django_assert_num_queries):
    ask("saw")  # the process keeps the model
    with django_assert_num_queries(2):  # snapshot, what sells
        assert len(ask("apple", n=n)) == n


def test_the_first_to_follow_interests_in_a_process_reads_the_model(
    shelf, django_assert_num_queries
):
    with django_assert_num_queries(3):
        ask("apple")


def test_interests_of_a_customer_take_three_queries(
    shelf, gardener, stock, django_assert_num_queries
):
    ask("saw", customer=stock.customer())  # the process keeps the model and the snapshot's facts
    with django_assert_num_queries(3):  # snapshot, purchases, what sells
        ask("apple", customer=gardener)
