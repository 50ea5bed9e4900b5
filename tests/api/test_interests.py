"""What a visitor has just chosen, over the API."""

import pytest
from django.urls import reverse

from tests.shelf import Shelf, bought, key_of, person, product

INTERESTS = "clvrec:interests"


@pytest.fixture
def goods(db):
    return {name: product(name) for name in ("Apple", "Fig", "Pear", "Hammer", "Saw")}


@pytest.fixture
def shelf(settings, goods):
    settings.CLVREC = settings.CLVREC | {"POLICY": "tests.policies.OnlyListed"}
    shelf = Shelf()
    fruit, tools = [1.0, 0.0], [0.0, 1.0]
    shelf.factors(
        {key_of(one): tools if name in {"Hammer", "Saw"} else fruit for name, one in goods.items()}
    )
    return shelf


@pytest.fixture
def ask(client):
    def ask(user=None, status=200, **body):
        if user:
            client.force_login(user)
        body = {"level": "product", "n": 2} | body
        response = client.post(reverse(INTERESTS), body, content_type="application/json")
        assert response.status_code == status, response.content
        return response.json()

    return ask


def names(found):
    return [item["name"] for item in found["results"]]


def test_the_answer_follows_what_was_chosen(shelf, goods, ask):
    found = ask(items=[key_of(goods["Apple"])])
    assert found["source"] == "interests"
    assert set(names(found)) == {"Fig", "Pear"}


def test_a_customers_own_purchases_are_not_in_it(shelf, goods, ask):
    ann = person("ann")
    bought(ann, goods["Fig"])
    assert names(ask(ann, items=[key_of(goods["Apple"])]))[0] == "Pear"


def test_what_is_excluded_is_not_in_it(shelf, goods, ask):
    found = ask(items=[key_of(goods["Apple"])], exclude=[key_of(goods["Pear"])])
    assert "Pear" not in names(found)


def test_nobody_asks_for_another_customer(shelf, goods, ask):
    ann, bob = person("ann"), person("bob")
    ask(ann, status=403, items=[key_of(goods["Apple"])], customer=str(bob.pk))
    ask(ann, items=[key_of(goods["Apple"])], customer=str(ann.pk))


def test_staff_who_may_look_ask_for_any_customer(shelf, goods, ask):
    bob = person("bob")
    bought(bob, goods["Fig"])
    staff = person("eve", ["view_customerscore"], is_staff=True)
    found = ask(staff, items=[key_of(goods["Apple"])], customer=str(bob.pk))
    assert names(found)[0] == "Pear"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"items": []},
        {"items": "apple"},
        {"items": ["1"] * 201},
        {"items": ["1" * 256]},
        {"items": ["1"], "level": "nonsense"},
        {"items": ["1"], "n": 0},
        {"items": ["1"], "exclude": "1"},
    ],
)
def test_what_cannot_be_answered_is_a_400(shelf, ask, body):
    ask(status=400, **body)


def test_it_tells_neither_score_nor_tier(shelf, goods, ask):
    ann = person("ann")
    shelf.score(ann, tier="high")
    found = ask(ann, items=[key_of(goods["Apple"])])
    assert {*found} == {"level", "intent", "source", "reason", "results", "list"}
    assert all({*item} == {"key", "rank", "name", "url"} for item in found["results"])


def test_it_takes_the_same_queries_whatever_was_chosen(
    shelf, goods, ask, django_assert_num_queries
):
    keys = [key_of(one) for one in goods.values()]
    ask(items=keys[:1])
    for some in (keys[:1], keys[:3]):
        with django_assert_num_queries(2):
            ask(items=some)
