"""The page of one customer: why this tier, where among all, what to do."""

from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from django_clvrec.models import (
    CustomerScore,
    Recommendation,
    SegmentChange,
    ShownList,
    TierChange,
)
from django_clvrec.office.customer import customer_page, why
from tests.office.reports import FULL
from tests.shelf import AS_OF, Shelf, bought, person, product

LOOK, ERASE = "view_customerscore", "erase_customer"


@pytest.fixture
def shelf(db):
    return Shelf(report=FULL)


def page_of(row, name="change"):
    return reverse(f"admin:clvrec_customerscore_{name}", args=[row.pk])


def scored(shelf, customer="ann", **fields):
    values = {
        "tier": "high", "overall_score": 7, "recency_score": 3, "frequency_score": 2,
        "monetary_score": 2, "recency_days": 5, "frequency": 9, "spent": "321.50",
        "clv": 75.5, "segment": "champions",
    }  # fmt: skip
    return shelf.score(customer, **values | fields)


def test_the_tier_is_explained_by_scores_and_cut_points(shelf):
    said = list(why(scored(shelf)))
    assert said == [
        "Last order 5 days before the refresh: 3 of 3 points. That is the score up to 16.",
        "9 orders: 2 of 3 points. That is the score from 7 to 14.",
        "321.50 spent in all: 2 of 3 points. That is the score from 100 to 500.",
        "Together 7 of 9 points: High value, which begins at 6.",
    ]


def test_cut_points_between_whole_numbers_are_told_as_those_that_count(shelf):
    cuts = {"recency": [16.5], "frequency": [1.5, 2.5], "monetary_value": [0.45, 7.5]}
    clusters = {name: {"k": len(found) + 1, "cuts": found} for name, found in cuts.items()}
    shelf.snapshot.report = FULL | {"clusters": clusters}
    scores = {"recency_score": 1, "frequency_score": 1, "monetary_score": 1}
    said = list(why(scored(shelf, frequency=2, spent="5", **scores)))
    assert [one.partition("points. ")[2] for one in said[:3]] == [
        "That is the score up to 16.",
        "That is the score from 2 to 2.",
        "That is the score from 0.45 to 7.50.",
    ]


def test_an_older_report_is_explained_by_the_settings(db):
    said = list(why(scored(Shelf(), tier="high")))
    assert said[-1] == "Together 7 of 9 points: High value, which begins at 6."


def test_who_leads_is_above_fewer_than_all(shelf):
    row = scored(shelf, frequency=1000, recency_days=1000, spent="99999", clv=1e6)
    for one in customer_page(row)["strips"]:
        assert "more than 100 %" not in one["said"]


def test_what_the_next_tier_would_take_is_said(shelf):
    row = scored(shelf, tier="low", overall_score=3, recency_score=0, recency_days=400)
    said = list(why(row))
    assert said[0].endswith("0 of 3 points. That is the score above 150.")
    assert said[-1] == "1 point more would make it Mid value."


def test_who_is_new_is_told_how_many_orders_it_takes(shelf):
    [said] = why(scored(shelf, tier="new", frequency=1))
    assert said.startswith("1 order up to the last refresh; customers are scored from 2 on.")


def test_scores_stand_among_those_of_all(shelf):
    strips = customer_page(scored(shelf))["strips"]
    assert [one["said"] for one in strips] == [
        "5: more than 4 % of customers",
        "9: more than 79 % of customers",
        "321.50: more than 17 % of customers",
        "75.50: more than 75 % of customers",
    ]


def test_orders_are_told_one_by_one(shelf):
    ann = person("ann")
    first = bought(ann, product("Oats"), product("Milk", "Dairy"))
    second = bought(ann, product("Rice", "Grain"))
    found = customer_page(scored(shelf, ann))
    assert [(one["key"], one["lines"], one["revenue"]) for one in found["orders"]] == [
        (str(second.pk), 1, Decimal(2)),
        (str(first.pk), 2, Decimal(4)),
    ]
    assert "Spent by month" in found["spending"]


def test_changes_of_tier_and_segment_are_told_together(shelf):
    row = scored(shelf)
    same = {"source": "ShopPurchases", "customer_key": "ann", "changed_at": AS_OF}
    TierChange.objects.create(**same, from_tier="mid", to_tier="high", cause="order", snapshot_id=1)
    SegmentChange.objects.create(**same, to_segment="champions", snapshot_id=1)
    TierChange.objects.create(
        **same | {"customer_key": "bob"}, from_tier="low", to_tier="mid", cause="order",
        snapshot_id=1,
    )  # fmt: skip
    found = {(one["from"], one["to"], str(one["cause"])) for one in customer_page(row)["changes"]}
    assert found == {("Mid value", "High value", "Order"), ("–", "Champions", "Segment")}


def test_the_page_takes_as_many_queries_for_much_as_for_little(
    shelf, client, django_assert_max_num_queries
):
    client.force_login(person("boss", [LOOK], is_staff=True))
    little, much = person("ann"), person("bob")
    items = [product(f"Oats {number}", f"Kind {number % 5}") for number in range(30)]
    bought(little, items[0])
    for few in (items[:10], items[5:25], items[20:]):
        bought(much, *few)
    client.get(page_of(scored(shelf, little)))  # content types and the like are kept
    for customer in (little, much):
        row = CustomerScore.objects.filter(customer_key=customer.pk).first()
        with django_assert_max_num_queries(44):
            assert client.get(page_of(row or scored(shelf, much))).status_code == 200


# the shop as this customer sees it


@pytest.fixture
def boss(client, db):
    client.force_login(person("boss", [LOOK, ERASE], is_staff=True))
    return client


def my_list(client):
    answer = client.get(reverse("clvrec:my-recommendations"), {"level": "product"}).json()
    return answer["source"], answer["list"]


def test_staff_see_the_lists_of_a_customer_and_leave_no_feedback(shelf, boss):
    oats, ann = product(), person("ann")
    row = scored(shelf, ann)
    shelf.recommended(ann, oats)
    before, _ = my_list(boss)
    answer = boss.post(page_of(row, "preview"))
    assert (answer.status_code, answer.url) == (302, "/")
    seen, token = my_list(boss)
    assert (seen, token) == ("stored", "")
    boss.post(reverse("admin:clvrec_customerscore_leave"))
    assert my_list(boss)[0] == before


def test_pages_say_whose_shop_is_seen_and_lead_back(shelf, boss):
    row = scored(shelf)
    pages = ("/admin/clvrec/", reverse("admin:clvrec_customerscore_changelist"), page_of(row))
    leave = reverse("admin:clvrec_customerscore_leave")
    assert not any(leave in boss.get(page).text for page in pages)
    boss.post(page_of(row, "preview"))
    assert all(f'action="{leave}"' in boss.get(page).text for page in pages)
    assert "as the customer ann does" in boss.get(pages[0]).text


def test_nobody_is_seen_any_more_after_erasing(shelf, boss):
    row = scored(shelf)
    boss.post(page_of(row, "preview"))
    boss.post(page_of(row, "erase"))
    assert boss.cookies["clvrec_preview"].value == ""


def test_looking_is_in_the_history(shelf, boss):
    boss.post(page_of(scored(shelf), "preview"))
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_repr) == ("boss", "ann")
    assert "as this customer" in entry.get_change_message()


def test_a_cookie_shows_nothing_to_somebody_else(shelf, boss, client):
    oats, ann = product(), person("ann")
    shelf.recommended(ann, oats)
    boss.post(page_of(scored(shelf, ann), "preview"))
    for name, may in (("visitor", []), ("other", [LOOK])):
        # the same browser, with the cookie left in it
        cookie = client.cookies["clvrec_preview"].value
        client.force_login(person(name, may, is_staff=bool(may)))
        client.cookies["clvrec_preview"] = cookie
        assert my_list(client)[0] != "stored"


@pytest.mark.parametrize("cookie", ["", "forged", "e30:1abc:xyz"])
def test_a_forged_cookie_shows_nothing(shelf, boss, cookie):
    oats, ann = product(), person("ann")
    shelf.recommended(ann, oats)
    boss.cookies["clvrec_preview"] = cookie
    assert my_list(boss)[0] != "stored"


def test_only_staff_who_may_view_customers_can_look(shelf, client):
    row = scored(shelf)
    client.force_login(person("temp", ["view_snapshot"], is_staff=True))
    assert client.post(page_of(row, "preview")).status_code == 403
    assert client.get(page_of(row, "preview")).status_code in {403, 405}


# erasing


def test_erasing_asks_first_and_removes_what_is_kept(shelf, boss):
    row, bob = scored(shelf), scored(shelf, "bob")
    shelf.recommended("ann", "17")
    shelf.recommended("bob", "17")
    same = {"source": "ShopPurchases", "customer_key": "ann", "changed_at": AS_OF}
    TierChange.objects.create(**same, from_tier="mid", to_tier="high", cause="order", snapshot_id=1)
    boss.post(page_of(row, "preview"))
    assert "cannot be undone" in boss.get(page_of(row, "erase")).text
    assert CustomerScore.objects.count() == 2
    boss.post(page_of(row, "erase"))
    assert list(CustomerScore.objects.all()) == [bob]
    assert [one.customer_key for one in Recommendation.objects.all()] == ["bob"]
    assert not TierChange.objects.exists()
    assert not ShownList.objects.filter(subject_key="ann").exists()
    assert not LogEntry.objects.filter(object_repr="ann").exists()
    assert LogEntry.objects.filter(change_message__contains="Erased a customer").exists()


def test_a_long_key_is_taken_out_of_the_history_too(shelf, boss):
    row = scored(shelf, "a" * 255)
    boss.post(page_of(row, "preview"))
    boss.post(page_of(row, "erase"))
    assert not LogEntry.objects.filter(object_repr__startswith="aaa").exists()


def test_erasing_has_a_permission_of_its_own(shelf, client):
    client.force_login(person("temp", [LOOK], is_staff=True))
    row = scored(shelf)
    assert client.get(page_of(row, "erase")).status_code == 403
    assert client.post(page_of(row, "erase")).status_code == 403
    assert "Erase" not in client.get(page_of(row)).text
    assert CustomerScore.objects.exists()
