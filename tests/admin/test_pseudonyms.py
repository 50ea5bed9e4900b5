"""The back office where keys of customers are stored as pseudonyms."""

import pytest
from django.urls import reverse

from django_clvrec.models import TierChange
from django_clvrec.preview import COOKIE
from django_clvrec.pseudonyms import stored_key
from tests.shelf import AS_OF, Shelf, bought, person, product

LIST = reverse("admin:clvrec_customerscore_changelist")
pytestmark = pytest.mark.usefixtures("pseudonyms")


@pytest.fixture
def shelf(db):
    return Shelf()


@pytest.fixture
def ann(shelf):
    return person("ann")


@pytest.fixture
def row(shelf, ann):
    """Her row; nobody knows whose it is."""
    found = shelf.score(stored_key(str(ann.pk)), tier="high")
    shelf.score(stored_key("somebody else"))
    return found


@pytest.fixture
def boss(db, client):
    user = person("boss", ["view_customerscore", "view_tierchange"], is_staff=True)
    client.force_login(user)
    return user


def page_of(row):
    return reverse("admin:clvrec_customerscore_change", args=[row.pk])


def look(client, row, **typed):
    return client.post(reverse("admin:clvrec_customerscore_preview", args=[row.pk]), typed)


def test_a_customer_is_found_by_the_key_of_the_shop_or_by_the_pseudonym(row, ann, boss, client):
    for typed in (str(ann.pk), row.customer_key):
        page = client.get(LIST, {"q": typed})
        assert [one["row"] for one in page.context["rows"]] == [row]


def test_the_beginning_of_a_key_finds_nobody_and_the_field_says_so(row, boss, client):
    page = client.get(LIST, {"q": row.customer_key[:6]})
    assert not page.context["rows"]
    assert "Key in the shop, or pseudonym" in page.text
    assert "Key begins with" not in page.text


def test_changes_of_tier_are_searched_in_the_same_way(row, ann, boss, client):
    TierChange.objects.create(
        source="ShopPurchases", customer_key=row.customer_key, from_tier="new", to_tier="high",
        cause="order", changed_at=AS_OF, snapshot_id=row.snapshot_id,
    )  # fmt: skip
    address = reverse("admin:clvrec_tierchange_changelist")
    for typed, found in ((str(ann.pk), 1), (row.customer_key, 1), ("somebody else", 0)):
        assert client.get(address, {"q": typed}).context["cl"].result_count == found


def test_no_name_is_looked_up(row, ann, boss, client):
    text = client.get(LIST).text
    assert row.customer_key in text
    assert ">ann<" not in text


def test_what_was_bought_is_no_condition_and_the_page_says_why(row, boss, client):
    assert "which the shop’s orders do not have" in client.get(LIST).text
    faults = client.get(LIST, {"bought": "product:1"}).context["faults"]
    assert "stored as pseudonyms" in str(faults)


def test_the_page_of_a_customer_has_the_stored_lists_and_says_that_orders_cannot_be_asked(
    shelf, row, ann, boss, client
):
    oats, rice = product("Oats"), product("Rice")
    bought(ann, oats)
    shelf.recommended(row.customer_key, rice)
    page = client.get(page_of(row))
    assert "by which the shop’s orders cannot be asked" in page.text
    assert "Recommended as of the refresh" in page.text
    assert "Rice" in page.text
    assert "Oats" not in page.text
    assert "No list of their own" in page.text


def test_the_page_of_a_customer_takes_as_many_queries_however_many_lists(
    shelf, row, boss, client, django_assert_max_num_queries
):
    for intent in ("discover", "again", "mixed"):
        shelf.recommended(row.customer_key, product(), intent=intent)
    client.get(page_of(row))
    with django_assert_max_num_queries(14):
        client.get(page_of(row))


def test_staff_who_know_the_key_see_the_shop_as_the_customer(row, ann, boss, client):
    assert 'name="key"' in client.get(page_of(row)).text
    assert look(client, row, key=str(ann.pk)).url == "/"
    assert COOKIE in client.cookies


@pytest.mark.parametrize("typed", [{}, {"key": ""}, {"key": "somebody else"}])
def test_staff_who_do_not_know_it_stay_where_they_are(row, boss, client, typed):
    response = look(client, row, **typed)
    assert response.url == page_of(row)
    assert "not the key that the customer has" in client.get(response.url).text
    assert COOKIE not in client.cookies


def test_a_pseudonym_is_not_taken_for_the_key(row, boss, client):
    assert look(client, row, key=row.customer_key).url == page_of(row)
