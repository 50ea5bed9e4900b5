"""The API where keys of customers are stored as pseudonyms."""

import pytest
from django.urls import reverse

from django_clvrec.pseudonyms import stored_key
from tests.shelf import Shelf, person, product

pytestmark = pytest.mark.usefixtures("pseudonyms")


@pytest.fixture
def shelf(db):
    return Shelf()


@pytest.fixture
def ask(db, client):
    client.force_login(person("boss", ["view_customerscore"], is_staff=True))
    return lambda name, *args, **query: client.get(reverse(f"clvrec:{name}", args=args), query)


def test_a_customer_is_asked_for_by_the_key_of_the_shop(shelf, ask):
    shelf.score(stored_key("42"), tier="high")
    told = ask("customer", "42").json()
    assert (told["customer_key"], told["tier"]) == (stored_key("42"), "high")


def test_a_pseudonym_in_an_address_is_nobody(shelf, ask):
    shelf.score(stored_key("42"))
    for name in ("customer", "customer-recommendations"):
        assert ask(name, stored_key("42")).status_code == 404


def test_recommendations_of_a_customer_are_their_own(shelf, ask):
    oats = product()
    shelf.score(stored_key("42"))
    shelf.recommended(stored_key("42"), oats)
    told = ask("customer-recommendations", "42", level="product").json()
    assert (told["source"], told["results"][0]["key"]) == ("stored", str(oats.pk))


def test_the_list_is_searched_by_a_whole_key_of_the_shop_or_a_pseudonym(shelf, ask):
    shelf.score(stored_key("42"))
    shelf.score(stored_key("43"))
    for typed in ("42", str(stored_key("42"))):
        found = ask("customers", search=typed).json()["results"]
        assert [one["customer_key"] for one in found] == [stored_key("42")]


def test_visitors_get_their_own_lists(shelf, client):
    ann, oats = person("ann"), product()
    shelf.score(stored_key(str(ann.pk)))
    shelf.recommended(stored_key(str(ann.pk)), oats)
    client.force_login(ann)
    told = client.get(reverse("clvrec:my-recommendations"), {"level": "product"}).json()
    assert told["source"] == "stored"
    assert told["list"]
