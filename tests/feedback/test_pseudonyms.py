"""Feedback where keys of customers are stored as pseudonyms."""

import pytest
from django.test import RequestFactory
from django.utils import timezone

from django_clvrec.feedback import (
    attribute,
    attribute_all,
    erase,
    list_token,
    record,
    subjects_of,
)
from django_clvrec.models import Feedback, ShownList
from django_clvrec.pseudonyms import stored_key
from django_clvrec.serving import recommend
from django_clvrec.sources import ParquetPurchaseSource, get_source, registry
from django_clvrec.sources.buyers import bought_after
from tests.feedback.conftest import clicked, shown
from tests.shelf import Shelf, bought, key_of, person, product

pytestmark = pytest.mark.usefixtures("pseudonyms")


@pytest.fixture
def goods(db):
    return [product(name) for name in ("Oats", "Rice", "Figs")]


@pytest.fixture
def people(goods):
    """Two customers of one live snapshot, who each have a list."""
    shelf, found = Shelf(), [person("ann"), person("bob")]
    for one in found:
        shelf.score(stored_key(key_of(one)), tier="high")
        shelf.recommended(stored_key(key_of(one)), *goods)
    return found


def see(user, item):
    """The customer sees the list and clicks on an item."""
    request = RequestFactory().get("/")
    request.user = user
    answer = recommend(key_of(user), "product")
    token = list_token(request, answer)
    return record([shown(token), clicked(token, item)], subjects_of(request))


def test_lists_are_stored_under_the_pseudonym_with_the_tier_of_the_customer(people, goods):
    assert see(people[0], goods[0]).accepted == 2
    row = ShownList.objects.get()
    assert (row.subject_key, row.tier) == (stored_key(key_of(people[0])), "high")


def test_purchases_are_put_down_to_clicks_by_the_key_of_the_shop(people, goods):
    see(people[0], goods[0])
    bought(people[0], goods[0])
    assert attribute(key_of(people[0])) == 1
    assert attribute(key_of(people[0])) == 0


def test_those_who_bought_are_looked_for_among_those_who_clicked(people, goods):
    see(people[0], goods[0])
    bought(people[0], goods[0])
    bought(people[1], goods[1])
    assert attribute_all() == 1
    assert Feedback.objects.get(kind="bought").item_key == key_of(goods[0])


def test_a_few_at_a_time_are_all_found(people, goods, monkeypatch):
    monkeypatch.setattr("django_clvrec.feedback.attribution.BATCH_CUSTOMERS", 1)
    for one in people:
        see(one, goods[0])
        bought(one, goods[0])
    assert attribute_all() == 2


def test_of_a_dataset_nobody_is_found_and_nothing_is_read(monkeypatch, db):
    made = type("Warehouse", (ParquetPurchaseSource,), {"name": "w", "path": "/no/such/folder"})()
    monkeypatch.setitem(registry._registry, "w", made)
    assert bought_after(get_source("w"), timezone.now()) == []
    assert attribute_all(source="w") == 0


def test_feedback_is_erased_by_the_key_of_the_shop(people, goods):
    for one in people:
        see(one, goods[0])
    assert erase(key_of(people[0])) == 1
    assert ShownList.objects.get().subject_key == stored_key(key_of(people[1]))


def test_visitors_keep_their_keys(people, goods):
    request = RequestFactory().get("/")
    request.session = type("Session", (dict,), {"session_key": "abc"})()
    [subject] = subjects_of(request)
    assert subject.key.startswith("session:")
