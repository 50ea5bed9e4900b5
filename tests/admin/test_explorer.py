"""The page of customers: conditions, count, groups, export, comparison, and who may do what."""

import csv
import io
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.urls import reverse

from django_clvrec.groups import counting, paging
from django_clvrec.models import CustomerGroup
from tests.groups.crowd import cells, crowd
from tests.shelf import Shelf, person, product

LIST = reverse("admin:clvrec_customerscore_changelist")
COUNT = reverse("admin:clvrec_customerscore_count")
COMPARE = reverse("admin:clvrec_customerscore_compare")
EXPORT = reverse("admin:clvrec_customerscore_export")
SAVE = reverse("admin:clvrec_customerscore_save_group")
VIEW = "view_customerscore"


def delete_of(group):
    return reverse("admin:clvrec_customerscore_delete_group", args=[group.pk])


@pytest.fixture
def shelf(db):
    return Shelf(report={"customers": 4, "segments": {"at_risk": 2, "loyal": 1}})


@pytest.fixture
def sign_in(db, client):
    def sign_in(*permissions):
        client.force_login(person("boss", permissions, is_staff=True))
        return client

    return sign_in


@pytest.fixture
def boss(sign_in):
    return sign_in(VIEW, "export_customerscore", "add_customergroup", "delete_customergroup")


@pytest.fixture
def group(db):
    return CustomerGroup.objects.create(
        name="mine", source="ShopPurchases", conditions={"tier": ["high"]}
    )


def found(response):
    return [one["row"].customer_key for one in response.context["rows"]]


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def rows_of(response):
    return list(csv.DictReader(io.StringIO(response.getvalue().decode(), newline="")))


# who may do what


@pytest.mark.parametrize("address", [LIST, COUNT, COMPARE, EXPORT])
def test_without_the_permission_to_view_every_address_is_closed(sign_in, address):
    assert sign_in("export_customerscore").get(address).status_code == 403


def test_export_needs_a_permission_of_its_own(shelf, sign_in):
    client = sign_in(VIEW)
    assert client.get(EXPORT).status_code == 403
    assert "Download as CSV" not in client.get(LIST).text


def test_saving_needs_the_permission_to_add_groups(shelf, sign_in):
    client = sign_in(VIEW)
    assert client.post(SAVE, {"name": "x", "source": "ShopPurchases"}).status_code == 403
    assert not CustomerGroup.objects.exists()
    assert SAVE not in client.get(LIST).text


def test_deleting_needs_the_permission_to_delete_groups(shelf, group, sign_in):
    client = sign_in(VIEW)
    assert client.post(delete_of(group)).status_code == 403
    assert CustomerGroup.objects.exists()
    assert delete_of(group) not in client.get(LIST).text


@pytest.mark.parametrize("permission", ["add_customergroup", "delete_customergroup"])
def test_permissions_on_groups_alone_open_nothing(group, sign_in, permission):
    client = sign_in(permission)
    assert client.post(SAVE, {"name": "x", "source": "ShopPurchases"}).status_code == 403
    assert client.post(delete_of(group)).status_code == 403


@pytest.mark.parametrize("address", [LIST, COUNT, COMPARE, EXPORT])
def test_visitors_are_sent_to_sign_in(db, client, address):
    assert client.get(address).status_code == 302


def test_nothing_is_saved_or_deleted_by_a_link(boss, group):
    assert boss.get(SAVE).status_code == 405
    assert boss.get(delete_of(group)).status_code == 405


# finding


def test_high_value_customers_at_risk_are_two_links_away(shelf, boss):
    shelf.score("ann", tier="high", segment="at_risk")
    shelf.score("bob", tier="high", segment="loyal")
    shelf.score("cid", tier="low", segment="at_risk")
    page = boss.get(LIST)
    for text in ("At risk", "High value"):
        link = re.search(rf'<a href="(\?[^"]*)"[^>]*>{text}', page.text)[1]
        page = boss.get(LIST + link.replace("&amp;", "&"))
    assert found(page) == ["ann"]
    assert 'aria-label="Remove the condition: Tier: High value"' in page.text


def test_a_chip_takes_its_condition_away(shelf, boss):
    shelf.score("ann", tier="high", recency_days=1)
    shelf.score("bob", tier="high", recency_days=50)
    page = boss.get(LIST, {"tier": "high", "recency_from": 9, "recency_to": 90})
    assert found(page) == ["bob"]
    chips = {chip["text"]: chip["query"] for chip in page.context["chips"]}
    assert sorted(chips) == ["Last order 9 to 90 days ago", "Tier: High value"]
    assert found(boss.get(f"{LIST}?{chips['Last order 9 to 90 days ago']}")) == ["bob", "ann"]


def test_customers_are_found_by_what_they_bought(boss, stock):
    ann, shelf = stock.customer("ann"), Shelf("corner")
    stock.bought(ann, "apple")
    shelf.score(ann)
    shelf.score(stock.customer("bob"))
    page = boss.get(LIST, {"source": "corner", "bought": "product:apple"})
    assert found(page) == [str(ann.pk)]
    assert "Has bought product apple" in page.text


def test_a_group_by_purchases_is_counted_apart_from_its_rows(boss, stock):
    ann = stock.customer("ann")
    stock.bought(ann, "apple")
    Shelf("corner").score(ann)
    page = boss.get(LIST, {"source": "corner", "bought": "product:apple"})
    assert ">Count this group</a>" in page.text
    assert "1 customer" in boss.get(f"{LIST}?{page.context['count_query']}").text


def test_popular_items_are_suggested_by_name(shelf, boss):
    oats = product("Oats")
    shelf.popular(oats)
    assert f'<option value="product:{oats.pk}">Oats</option>' in boss.get(LIST).text


def test_a_wrong_condition_finds_nobody_and_says_why(shelf, boss):
    shelf.score("ann")
    page = boss.get(LIST, {"score_from": 12})
    assert found(page) == []
    assert "Overall score from: Ensure this value is less than or equal to 9." in page.text


def test_a_name_that_means_nothing_is_told(shelf, boss):
    assert "There is no condition “tier__exact”" in boss.get(LIST, {"tier__exact": "high"}).text


def test_pages_lead_on_and_back(shelf, boss, monkeypatch):
    monkeypatch.setattr(paging, "PAGE_ROWS", 2)
    for number in range(5):
        shelf.score(f"c{number}", overall_score=number)
    page = boss.get(LIST)
    seen = [found(page)]
    while page.context["links"]["after"]:
        page = boss.get(f"{LIST}?{page.context['links']['after']}")
        seen.append(found(page))
    assert seen == [["c4", "c3"], ["c2", "c1"], ["c0"]]
    assert found(boss.get(f"{LIST}?{page.context['links']['before']}")) == ["c2", "c1"]


@pytest.mark.parametrize("number", ["x", "-1", "9" * 30, "²", "0"])
def test_a_page_that_begins_nowhere_is_the_first(shelf, boss, number):
    shelf.score("ann")
    assert found(boss.get(LIST, {"after": number})) == ["ann"]


def test_columns_order_and_say_so(shelf, boss):
    shelf.score("ann", clv=1)
    shelf.score("bob", clv=2)
    shelf.score("cid", clv=None)
    page = boss.get(LIST, {"order": "clv"})
    assert found(page) == ["ann", "bob", "cid"]
    assert 'aria-sort="ascending"' in page.text
    assert found(boss.get(LIST, {"order": "no such"})) == ["cid", "bob", "ann"]


def test_the_page_has_no_script_and_no_style_of_its_own(shelf, boss):
    shelf.score("ann")
    body = boss.get(LIST).text.partition('id="content-main"')[2].partition("<footer")[0]
    assert "<script" not in body
    assert "style" not in body


# counting


def test_the_count_comes_with_the_groups_figures(shelf, boss):
    shelf.score("ann", tier="high", spent="1234.5", recency_days=4, clv=10)
    shelf.score("bob", tier="high", spent="1", recency_days=5)
    shelf.score("cid", tier="low")
    shelf.snapshot.report["customers"] = 3
    shelf.snapshot.save()
    answer = boss.get(COUNT, {"tier": "high"}).json()
    assert (answer["customers"], answer["is_exact"]) == (2, True)
    assert answer["figures"] == {
        "size": "2 customers, 66.7 % of all", "revenue": "1,235.50", "recency": "4.5",
        "orders": "4.0", "clv": "10.00", "note": "",
    }  # fmt: skip


def test_a_count_that_ends_early_says_so(shelf, boss, monkeypatch):
    monkeypatch.setattr(counting, "MOST_COUNTED", 1)
    shelf.score("ann")
    shelf.score("bob")
    figures = boss.get(COUNT).json()["figures"]
    assert figures["size"] == "More than 1 customers"
    assert figures["revenue"] == "At least 20.00"
    assert figures["note"] == "The means are those of 1 of them."


def test_a_wrong_condition_is_not_counted(shelf, boss):
    answer = boss.get(COUNT, {"recency_from": "x"})
    assert answer.status_code == 400
    assert answer.json() == {"faults": ["Days since the last order, from: Enter a whole number."]}


# saved groups


def test_conditions_are_saved_and_found_again(shelf, boss):
    shelf.score("ann", tier="high")
    shelf.score("bob", tier="low")
    wish = {"name": "Best", "source": "ShopPurchases", "tier": "high", "value_from": "1.50"}
    assert said(boss.post(SAVE, wish)) == ["The group “Best” is saved."]
    group = CustomerGroup.objects.get()
    assert group.conditions == {"tier": ["high"], "value_from": "1.50"}
    (kept,) = boss.get(LIST).context["groups"]
    assert found(boss.get(f"{LIST}?{kept['query']}")) == ["ann"]
    assert LogEntry.objects.get().object_repr == "Best"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": " "}, "Give the group a name of up to 200 characters."),
        ({"name": "mine"}, "There is a group “mine” already. Choose another name."),
        ({"score_to": "10"}, "Overall score to: Ensure this value is less than or equal to 9."),
        ({"colour": "red"}, "There is no condition “colour”."),
    ],
)
def test_what_cannot_be_saved_is_told(shelf, group, boss, change, told):
    wish = {"name": "new", "source": "ShopPurchases"} | change
    assert said(boss.post(SAVE, wish)) == [told]
    assert CustomerGroup.objects.count() == 1


def test_a_group_is_saved_for_a_source_that_there_is(boss):
    assert boss.post(SAVE, {"name": "x", "source": "no such"}).status_code == 400


def test_groups_of_another_source_are_not_listed(shelf, group, boss):
    Shelf("corner")
    assert boss.get(LIST, {"source": "corner"}).context["groups"] == []


def test_a_saved_group_is_deleted(shelf, group, boss):
    assert said(boss.post(delete_of(group))) == ["The group “mine” is deleted."]
    assert not CustomerGroup.objects.exists()
    assert boss.post(delete_of(group)).status_code == 404


def test_names_of_groups_are_escaped(shelf, boss):
    CustomerGroup.objects.create(name="<b>x", source="ShopPurchases")
    assert "<b>x" not in boss.get(LIST).text


# export


def test_a_group_is_exported_and_the_export_is_on_record(shelf, boss):
    shelf.score("=ann", tier="high")
    shelf.score("bob", tier="high")
    shelf.score("cid", tier="low")
    response = boss.get(EXPORT, {"tier": "high"})
    assert response.streaming
    assert [row["customer_key"] for row in rows_of(response)] == ["'=ann", "bob"]
    entry = LogEntry.objects.get()
    assert entry.user.username == "boss"
    assert entry.object_repr == "ShopPurchases: Tier: High value"
    assert entry.change_message == "Exported 2 customers."


def test_the_record_of_an_export_holds_no_key(shelf, boss):
    shelf.score("ann@example.org", tier="high")
    boss.get(EXPORT, {"q": "ann@example.org", "tier": "high"})
    told = LogEntry.objects.get().object_repr
    assert told == "ShopPurchases: Tier: High value; Key begins with …"


def test_an_export_that_is_broken_off_is_on_record_too(shelf, boss):
    shelf.score("ann")
    response = boss.get(EXPORT)
    next(iter(response.streaming_content))
    assert LogEntry.objects.get().change_message == "Began to export."
    # what Django's client has around it closes the answer, and not the test's connection
    response._iterator.close()
    assert LogEntry.objects.get().change_message == "Exported 0 customers, not all."


@pytest.mark.parametrize("wish", [{"score_from": "x"}, {"colour": "red"}])
def test_a_wrong_condition_exports_nobody(shelf, boss, wish):
    shelf.score("ann")
    response = boss.get(EXPORT, wish)
    assert response.status_code == 400
    assert not LogEntry.objects.exists()


def test_without_a_snapshot_there_is_nothing_to_export(boss):
    assert boss.get(EXPORT).status_code == 404


# comparison


def test_two_groups_stand_side_by_side(shelf, group, boss):
    shelf.score("ann", tier="high", segment="at_risk", clv=5)
    shelf.score("bob", tier="low", segment="at_risk")
    shelf.score("cid", tier="low")
    page = boss.get(COMPARE, {"a": group.pk, "b": "current", "segment": "at_risk"})
    sizes = [one.customers for one in page.context["comparison"].summaries]
    assert sizes == [1, 2]
    assert "In both groups: 1" in page.text
    for text in (
        "mine",
        "Tier: High value",
        "Segment: At risk",
        "100.0 % of the group",
        "1 (50.0 %)",
    ):
        assert text in page.text


@pytest.mark.parametrize("wish", [{}, {"a": "x", "b": "9" * 30}, {"a": "everyone"}])
def test_a_comparison_of_nothing_says_what_to_choose(shelf, boss, wish):
    page = boss.get(COMPARE, wish)
    assert page.status_code == 200
    assert "There is no such group." in page.text


def test_a_group_of_another_source_is_not_compared(shelf, group, boss):
    Shelf("corner")
    page = boss.get(COMPARE, {"source": "corner", "a": group.pk, "b": "everyone"})
    assert "“mine” is a group of ShopPurchases." in page.text


# what it costs


@pytest.mark.parametrize(
    ("asked", "queries"),
    [
        (f"{LIST}?source=corner", 11),
        (f"{LIST}?source=corner&tier=high&order=clv", 12),
        (f"{LIST}?source=corner&recency_to=3&bought=product:apple", 11),
        (f"{COUNT}?source=corner&recency_to=3", 7),
        (f"{COMPARE}?source=corner&recency_to=3&a=current&b=everyone", 7),
    ],
)
def test_pages_take_the_same_queries_whatever_they_find(
    boss, stock, django_assert_num_queries, asked, queries
):
    crowd(stock, size=8)
    boss.get(asked)  # Django keeps content types after the first page
    with django_assert_num_queries(queries):
        boss.get(asked)
    crowd(stock, size=49, seed=2)
    with django_assert_num_queries(queries):
        boss.get(asked)


def test_the_reports_sums_save_the_count_a_query(boss, stock, django_assert_num_queries):
    snapshot, rows, _ = crowd(stock)
    snapshot.report["cells"] = cells(rows)
    snapshot.save()
    with django_assert_num_queries(6):
        boss.get(COUNT, {"source": "corner", "tier": "high"})
