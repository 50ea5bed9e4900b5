"""The admin's pages of customers."""

import pytest
from django.urls import reverse

from tests.shelf import Shelf, bought, person, product

LIST = reverse("admin:clvrec_customerscore_changelist")


@pytest.fixture
def shelf(db):
    return Shelf()


@pytest.fixture
def boss(db, client):
    user = person("boss", ["view_customerscore"], is_staff=True)
    client.force_login(user)
    return user


def page_of(row):
    return reverse("admin:clvrec_customerscore_change", args=[row.pk])


def found(response):
    return [one["row"].customer_key for one in response.context["rows"]]


# who may look, and that nobody may edit


def test_staff_without_the_permission_are_kept_out(shelf, client):
    client.force_login(person("temp", is_staff=True))
    assert client.get(LIST).status_code == 403
    assert client.get(page_of(shelf.score("ann"))).status_code == 403


@pytest.mark.parametrize("address", ["add", "change", "delete"])
def test_not_even_an_administrator_edits_scores(shelf, admin_client, address):
    row = shelf.score("ann", tier="mid")
    args = [] if address == "add" else [row.pk]
    url = reverse(f"admin:clvrec_customerscore_{address}", args=args)
    assert admin_client.post(url, {"tier": "high", "post": "yes"}).status_code == 403
    row.refresh_from_db()
    assert row.tier == "mid"


def test_no_action_deletes_scores(shelf, admin_client):
    shelf.score("ann")
    assert "delete_selected" not in admin_client.get(LIST).text
    assert admin_client.post(LIST, {"action": "delete_selected"}).status_code == 405


# the list


def test_the_list_shows_customers_of_the_live_snapshot_by_score(shelf, boss, client):
    shelf.score("low", overall_score=1)
    shelf.score("top", overall_score=9)
    Shelf(is_live=False).score("old")
    assert found(client.get(LIST)) == ["top", "low"]


def test_the_list_shows_names_and_money(shelf, boss, client):
    shelf.score(person("ann"), spent="1234.5")
    page = client.get(LIST).text
    assert "ann" in page
    assert "1,234.50" in page


def test_customers_the_shop_has_deleted_are_listed_without_a_name(shelf, boss, client):
    shelf.score("987654")
    shelf.score("no number")
    assert set(found(client.get(LIST))) == {"987654", "no number"}


def test_customers_of_a_source_that_is_gone_are_still_listed(shelf, boss, client):
    row = Shelf("closed shop").score("ann")
    page = client.get(LIST, {"source": "closed shop"})
    assert found(page) == ["ann"]
    assert "The source is not registered any more" in page.text
    assert client.get(page_of(row)).status_code == 200


def test_customers_are_filtered_by_tier_and_score(shelf, boss, client):
    shelf.score("ann", tier="high", overall_score=9)
    shelf.score("bob", tier="high", overall_score=6)
    shelf.score("cid", tier="low", overall_score=0)
    assert found(client.get(LIST, {"tier": "high"})) == ["ann", "bob"]
    assert found(client.get(LIST, {"score_from": 6, "score_to": 6})) == ["bob"]


def test_customers_are_searched_by_the_beginning_of_the_key(shelf, boss, client):
    for key in ("100", "1001", "2100"):
        shelf.score(key)
    assert found(client.get(LIST, {"q": "100"})) == ["1001", "100"]


def test_before_the_first_refresh_the_page_says_so(boss, client):
    page = client.get(LIST)
    assert page.status_code == 200
    assert "No snapshot is live yet" in page.text


def test_figures_do_not_add_up_two_shops(shelf, boss, client):
    shelf.score("ann", tier="high", spent="75")
    Shelf("corner").score("bob", tier="high", spent="25")
    assert client.get(LIST).context["figures"]["revenue"] == "75.00"


# one customer


def test_the_page_shows_scores_purchases_and_recommendations(shelf, boss, client):
    ann, oats, rice = person("ann"), product("Oats", "Cereal"), product("Rice", "Grain")
    row = shelf.score(ann, tier="high", spent="99.5")
    bought(ann, oats)
    bought(ann, oats)
    shelf.recommended(ann, rice)
    page = client.get(page_of(row))
    category, goods = page.context["levels"]
    assert (category["name"], goods["name"]) == ("category", "product")
    assert [(str(one["object"]), one["orders"]) for one in category["bought"]] == [("Cereal", 2)]
    assert [(str(one["object"]), one["orders"]) for one in goods["bought"]] == [("Oats", 2)]
    for shown in ("High value", "99.50", "Oats", "<li>Rice", "Discover", "Buy again", "Mixed"):
        assert shown in page.text


def test_an_empty_list_shows_its_reason(shelf, boss, client):
    page = client.get(page_of(shelf.score(person("ann")))).text
    assert "There is no list to buy again" in page
    assert "Nothing at this level." in page


def test_a_customer_of_another_source_is_shown_with_its_levels(shelf, boss, client, stock):
    cid = stock.customer()
    stock.bought(cid, "apple")
    page = client.get(page_of(Shelf("corner").score(cid)))
    assert [level["name"] for level in page.context["levels"]] == ["category", "product", "brand"]
    assert ">apple</th>" in page.text


def test_only_the_last_purchases_are_shown_and_the_rest_counted(shelf, boss, client):
    ann = person("ann")
    bought(ann, *(product(f"p{number}") for number in range(12)))
    page = client.get(page_of(shelf.score(ann)))
    assert len(page.context["levels"][1]["bought"]) == 10
    assert "and 2 more" in page.text


def test_names_are_escaped(shelf, boss, client):
    ann = person("<b>ann")
    bought(ann, product("<script>1"))
    shelf.recommended(ann, product("<script>2"))
    row = shelf.score(ann)
    for address in (LIST, page_of(row)):
        assert "<b>ann" not in client.get(address).text
    assert "<script>1" not in client.get(page_of(row)).text
    assert "<script>2" not in client.get(page_of(row)).text


def test_a_customer_of_an_old_snapshot_has_no_page(shelf, boss, client):
    row = Shelf(is_live=False).score("ann")
    assert client.get(page_of(row)).status_code == 302


# what it costs


def test_a_customers_page_takes_the_same_queries_whatever_was_bought(
    shelf, boss, client, django_assert_num_queries
):
    ann = person("ann")
    row = shelf.score(ann)
    bought(ann, product())
    shelf.popular(product())
    client.get(page_of(row))  # Django keeps content types after the first page
    with django_assert_num_queries(41):
        client.get(page_of(row))
    bought(ann, *(product() for _ in range(30)))
    with django_assert_num_queries(41):
        client.get(page_of(row))
