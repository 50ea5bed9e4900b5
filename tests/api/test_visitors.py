"""What visitors get from the API, and what they never get to see."""

import json

import pytest
from django.urls import reverse

from django_clvrec.feedback import read_token
from django_clvrec.models import SourceState
from tests.shelf import Shelf, bought, key_of, person, product

MINE = "clvrec:my-recommendations"
POPULAR = "clvrec:popular"


@pytest.fixture
def shelf(db, settings):
    settings.CLVREC = settings.CLVREC | {"POLICY": "tests.policies.OnlyListed"}
    return Shelf()


@pytest.fixture
def ann(db):
    return person("ann")


@pytest.fixture
def ask(client):
    def ask(name, user=None, status=200, **parameters):
        if user:
            client.force_login(user)
        response = client.get(reverse(name), parameters)
        assert response.status_code == status
        return response.json()

    return ask


def names(found):
    return [item["name"] for item in found["results"]]


def test_a_customer_gets_the_stored_list_with_names_and_addresses(shelf, ann, ask):
    oats, rice = product("Oats"), product("Rice")
    shelf.recommended(ann, rice, oats)
    found = ask(MINE, ann, level="product")
    token = read_token(found.pop("list"))
    assert [key for key, _ in token.items] == [key_of(rice), key_of(oats)]
    assert found == {
        "level": "product",
        "intent": "discover",
        "source": "stored",
        "reason": "",
        "results": [
            {"key": key_of(rice), "rank": 1, "name": "Rice", "url": rice.get_absolute_url()},
            {"key": key_of(oats), "rank": 2, "name": "Oats", "url": oats.get_absolute_url()},
        ],
    }


def test_level_n_and_intent_choose_the_list(shelf, ann, ask):
    oats = product("Oats", category="Cereal")
    shelf.recommended(ann, oats.category, level="category")
    shelf.recommended(ann, product("Rice"), oats, intent="again")
    assert names(ask(MINE, ann)) == ["Cereal"]
    assert names(ask(MINE, ann, level="product", intent="again", n=1)) == ["Rice"]


def test_an_anonymous_visitor_gets_what_is_popular(shelf, ask):
    shelf.popular(product("Oats"))
    found = ask(MINE, level="product")
    assert (found["source"], names(found)) == ("popular", ["Oats"])


def test_a_customer_without_orders_gets_what_is_popular(shelf, ann, ask):
    shelf.popular(product("Oats"))
    assert names(ask(MINE, ann, level="product")) == ["Oats"]


def test_nobody_gets_the_list_of_another_customer(shelf, ann, ask):
    shelf.recommended(ann, product("Oats"))
    assert names(ask(MINE, person("bob"), level="product", customer=ann.pk)) == []


def test_a_customer_does_not_discover_what_was_bought(shelf, ann, ask):
    oats, rice = product("Oats"), product("Rice")
    bought(ann, oats)
    shelf.popular(oats, rice)
    assert names(ask(MINE, ann, level="product")) == ["Rice"]


def test_popular_is_the_same_for_all(shelf, ann, ask):
    oats = product("Oats")
    bought(ann, oats)
    shelf.score(ann, tier="high")
    shelf.recommended(ann, product("Rice"))
    shelf.popular(product("Caviar"), tier="high")
    shelf.popular(oats)
    signed_out, hers = ask(POPULAR, level="product"), ask(POPULAR, ann, level="product")
    # the token is the one thing that is hers
    assert signed_out | {"list": ""} == hers | {"list": ""}
    assert names(signed_out) == ["Oats"]


def test_an_empty_list_says_why(shelf, ask):
    found = ask(MINE, intent="again")
    assert (found["source"], found["results"]) == ("none", [])
    assert found["reason"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", [MINE, POPULAR])
def test_before_the_first_refresh_the_lists_are_empty(ask, name):
    found = ask(name)
    assert found["results"] == []
    assert found["reason"] == "No recommendations have been published yet."


@pytest.mark.django_db
def test_while_the_first_refresh_runs_there_is_nothing_to_serve(ask):
    running = Shelf(is_live=False, state="running")
    SourceState.objects.create(source="ShopPurchases", running=running.snapshot)
    assert ask(POPULAR)["source"] == "none"


# what visitors must not see


FORBIDDEN = ("tier", "score", "recency", "frequency", "monetary", "spent", "model", "4711", "high")


def test_no_answer_tells_tier_score_or_spend(shelf, ann, ask):
    oats, rice = product("Oats"), product("Rice")
    shelf.score(ann, tier="high", spent="4711", overall_score=9)
    shelf.recommended(ann, rice, intent="again")
    shelf.popular(oats, tier="high")
    shelf.popular(rice)
    for intent in ("discover", "again", "mixed"):
        said = json.dumps(ask(MINE, ann, level="product", intent=intent)).lower()
        assert not [word for word in FORBIDDEN if word in said]


def test_a_list_that_is_popular_in_the_tier_is_just_called_popular(shelf, ann, ask):
    shelf.score(ann, tier="high")
    shelf.popular(product(), tier="high")
    assert ask(MINE, ann, level="product")["source"] == "popular"


def test_items_tell_nothing_but_key_rank_name_and_address(shelf, ask):
    shelf.popular(product())
    [item] = ask(POPULAR, level="product")["results"]
    assert set(item) == {"key", "rank", "name", "url"}


def test_the_page_for_browsers_tells_no_more(shelf, ann, client):
    shelf.score(ann, tier="high", spent="4711")
    shelf.popular(product(), tier="high")
    client.force_login(ann)
    page = client.get(reverse(MINE), {"level": "product"}, headers={"accept": "text/html"})
    assert page.status_code == 200
    assert not [word for word in ("popular_in_tier", "4711") if word in page.text]


# parameters


BAD = [
    {"level": "shelf"}, {"level": ""}, {"n": 0}, {"n": -1}, {"n": 51}, {"n": "many"}, {"n": ""},
    {"n": "1.5"}, {"level": "a\0b"},
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=str)
@pytest.mark.parametrize("name", [MINE, POPULAR])
def test_a_bad_parameter_is_named(shelf, ask, name, bad):
    assert set(ask(name, status=400, **bad)) == set(bad)


def test_a_bad_intent_is_named(shelf, ask):
    assert set(ask(MINE, status=400, intent="forget")) == {"intent"}


def test_several_bad_parameters_are_named_together(shelf, ask):
    assert set(ask(MINE, status=400, intent="forget", n=0)) == {"intent", "n"}


def test_the_most_that_n_can_ask_for_is_the_length_of_stored_lists(shelf, ask, settings):
    settings.CLVREC = {"LIST_LENGTH": 3}
    assert set(ask(POPULAR, status=400, n=4)) == {"n"}
    assert ask(POPULAR, n=3)["results"] == []


def test_the_default_n_is_never_too_much(shelf, ask, settings):
    settings.CLVREC = {"LIST_LENGTH": 3}
    shelf.popular(*(product() for _ in range(5)), level="product")
    assert len(ask(POPULAR, level="product")["results"]) == 3


@pytest.mark.parametrize("name", [MINE, POPULAR])
def test_visitors_cannot_choose_another_shop_where_their_key_may_be_someone_else(
    shelf, ann, ask, name
):
    corner = Shelf("corner")
    corner.recommended(ann, "secret", level="category")
    corner.popular("secret", level="category")
    assert "secret" not in json.dumps(ask(name, ann, source="corner"))


def test_only_reading_is_offered(shelf, client):
    assert client.post(reverse(POPULAR)).status_code == 405


# what it costs


@pytest.mark.parametrize("n", [1, 20])
def test_a_customers_list_takes_two_queries_besides_those_for_the_session(
    shelf, ann, client, n, django_assert_num_queries
):
    shelf.recommended(ann, *(product() for _ in range(20)))
    client.force_login(ann)
    client.get(reverse(MINE), {"level": "product"})  # the process meets the snapshot
    with django_assert_num_queries(4):  # session, user; list, objects
        response = client.get(reverse(MINE), {"level": "product", "n": n})
    assert len(response.json()["results"]) == n


@pytest.mark.parametrize("n", [1, 20])
def test_popular_takes_three_queries(shelf, ask, n, django_assert_num_queries):
    shelf.popular(*(product() for _ in range(20)))
    with django_assert_num_queries(3):  # snapshot, lists, objects
        assert len(ask(POPULAR, level="product", n=n)["results"]) == n
