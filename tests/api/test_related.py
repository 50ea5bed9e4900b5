"""What goes with an item, over the API."""

import numpy as np
import pytest
from django.urls import reverse

from django_clvrec.core.recommenders.relations import Neighbours
from django_clvrec.publish import save_neighbours
from tests.shelf import Shelf, key_of, product

RELATED = "clvrec:related"


@pytest.fixture
def goods(db):
    return [product(name) for name in ("Bread", "Butter", "Jam")]


@pytest.fixture
def shelf(goods):
    """Bread goes with butter, butter with bread and jam; all are bought by the same."""
    shelf = Shelf()
    keys = tuple(sorted(key_of(one) for one in goods))
    place = {key: number for number, key in enumerate(keys)}
    bread, butter, jam = (place[key_of(one)] for one in goods)
    together, scores = np.full((3, 2), -1, np.int32), np.zeros((3, 2), np.float32)
    together[bread, 0], scores[bread, 0] = butter, 0.5
    together[butter], scores[butter] = [bread, jam], [0.5, 0.4]
    also = np.array([[butter, jam], [bread, jam], [bread, butter]], np.int32)[
        np.argsort([bread, butter, jam])
    ]
    near = {
        "together": Neighbours(together, scores),
        "also": Neighbours(also, np.full((3, 2), 0.1, np.float32)),
    }
    save_neighbours(shelf.snapshot, {"product": (keys, near)})
    return shelf


@pytest.fixture
def ask(client):
    def ask(status=200, **parameters):
        response = client.get(reverse(RELATED), {"level": "product"} | parameters)
        assert response.status_code == status, response.content
        return response.json()

    return ask


def names(found):
    return [item["name"] for item in found["results"]]


def test_what_is_bought_together_comes_first_then_what_the_same_customers_buy(shelf, goods, ask):
    found = ask(items=key_of(goods[0]))
    assert (found["source"], names(found)) == ("related", ["Butter", "Jam"])


def test_a_basket_is_answered_as_a_whole_and_each_item_says_what_it_goes_with(shelf, goods, ask):
    found = ask(items=f"{key_of(goods[0])},{key_of(goods[1])}")
    assert names(found) == ["Jam"]
    assert found["results"][0]["because"] == {"key": key_of(goods[1]), "name": "Butter"}


def test_the_relation_can_be_chosen(shelf, goods, ask):
    assert names(ask(items=key_of(goods[2]), relation="also", n=1)) == ["Bread"]


def test_excluded_items_are_not_in_it(shelf, goods, ask):
    assert names(ask(items=key_of(goods[0]), exclude=key_of(goods[1]))) == ["Jam"]


def test_of_what_nothing_is_known_nothing_is_told(shelf, ask):
    found = ask(items="nothing")
    assert (found["source"], found["results"]) == ("none", [])
    assert found["reason"]


def test_before_the_first_refresh_it_is_empty(goods, ask):
    assert ask(items=key_of(goods[0]))["results"] == []


@pytest.mark.parametrize(
    "parameters",
    [{}, {"items": "1", "relation": "nonsense"}, {"items": ",".join(["1"] * 201)}, {"items": ""}],
)
def test_what_cannot_be_answered_is_a_400(shelf, ask, parameters):
    ask(status=400, **parameters)


def test_it_takes_two_queries_where_the_list_is_full(shelf, goods, ask, django_assert_num_queries):
    ask(items=key_of(goods[0]))
    for items in (goods[:1], goods[:2]):
        with django_assert_num_queries(2 + (len(items) > 1)):
            ask(items=",".join(map(key_of, items)), n=1)
