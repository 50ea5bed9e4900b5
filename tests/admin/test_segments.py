"""The admin's pages on segments and forecasts."""

import json

import pytest
from django.urls import reverse

from django_clvrec.models import SegmentTable
from django_clvrec.parameters import segment_rules
from tests.shelf import REPORT, Shelf, person

CUSTOMERS = reverse("admin:clvrec_customerscore_changelist")
ADD = reverse("admin:clvrec_segmenttable_add")
WHOLE = "here 0.5-1 0-1\ngone 0-0.5 0-1"
COMPARED = {"forecast": 900.4, "low": 800, "high": 1000, "bought": 1100, "same_again": 1300}
LIFETIME = {
    "days": 365,
    "reason": "",
    "orders": {"expected": 1234.2, "low": 1100, "high": 1350},
    "revenue": {"expected": 98765.4, "low": 90000, "high": None},
    "spending": {"reason": ""},
    "dependence": {"correlation": 0.41, "is_strong": True},
    "calibration": {
        "reason": "",
        "days": 120,
        "customers": 800,
        "orders": COMPARED | {"missed_by": 100},
        "revenue": COMPARED | {"missed_by": 0},
        "rmse": {"forecast": 1.61, "same_again": 2.21},
        "rank_correlation": {"forecast": 0.63, "same_again": 0.48},
        "top_share": {"forecast": 0.71, "same_again": 0.62, "best": 0.83},
        "tiers": [
            {"group": "high", "customers": 90, "forecast": 700, "bought": 730, "same_again": 800}
        ],
        "deciles": [
            {"group": "1", "customers": 80, "forecast": 5, "bought": 7, "same_again": 9},
            {"group": "2", "customers": 80, "forecast": 50, "bought": 40, "same_again": 30},
        ],
    },
}


@pytest.fixture
def boss(db, client):
    client.force_login(person("boss", ["view_customerscore", "view_snapshot"], is_staff=True))
    return client


def snapshot_page(client, shelf):
    return client.get(reverse("admin:clvrec_snapshot_change", args=[shelf.snapshot.pk])).text


# customers


def test_segments_stand_above_the_list_with_their_sizes(boss):
    Shelf(report={"segments": {"at_risk": 1234, "regulars": 1}})
    page = boss.get(CUSTOMERS).text
    assert page.index("At risk") < page.index("1,234") < page.index("Regulars")


def test_the_list_is_filtered_by_segment(boss):
    shelf = Shelf(report={"segments": {"at_risk": 1, "lost": 1, "new": 0}})
    shelf.score("ann", segment="at_risk")
    shelf.score("bob", segment="lost")
    page = boss.get(CUSTOMERS, {"segment": "lost"})
    assert [one["row"].customer_key for one in page.context["rows"]] == ["bob"]
    assert "New customers" in page.text


def test_a_customers_page_tells_what_is_expected(boss):
    shelf = Shelf(report={"lifetime": {"days": 90}})
    row = shelf.score(
        "ann", segment="cant_lose", expected_orders=3.456, p_alive=0.87, clv=1234.5,
        clv_low=200.2, clv_high=2999.9,
    )  # fmt: skip
    page = boss.get(reverse("admin:clvrec_customerscore_change", args=[row.pk])).text
    for shown in ("Can’t lose", "3.46 in 90 days", "1,234.50 (200 – 3,000)", "87 %"):
        assert shown in page


def test_what_is_not_told_is_a_dash(boss):
    row = Shelf().score("ann")
    assert boss.get(reverse("admin:clvrec_customerscore_change", args=[row.pk])).status_code == 200
    assert boss.get(CUSTOMERS).status_code == 200


# snapshots


def test_a_snapshots_page_shows_segments_forecasts_and_how_right_they_were(boss):
    shelf = Shelf(report=REPORT | {"segments": {"at_risk": 12}, "lifetime": LIFETIME})
    page = snapshot_page(boss, shelf)
    for shown in (
        "At risk", "<td>12</td>", "1,234", "1,100 – 1,350", "98,765", "rank correlation 0.41",
        "Tried on the last 120 days", "0.63", "0.71",
    ):  # fmt: skip
        assert shown in page


def test_a_snapshots_page_shows_cohorts(boss):
    cohort = {
        "cohort": "2026-04", "customers": 200, "retention": [1, 0.345, 0.29],
        "orders": [250, 80, 60], "revenue": [5000, 1500.5, 999.4],
    }  # fmt: skip
    page = snapshot_page(boss, Shelf(report=REPORT | {"cohorts": [cohort]}))
    for shown in (
        "2026-04",
        "<td>200</td>",
        "7,500",
        "<td>100 %</td><td>35 %</td><td>29 %</td>",
    ):
        assert shown in page


def test_why_nothing_is_told_is_said(boss):
    told = {"days": 365, "reason": "0 customers have ordered again."}
    assert told["reason"] in snapshot_page(boss, Shelf(report=REPORT | {"lifetime": told}))


def test_names_of_segments_are_escaped(boss):
    shelf = Shelf(report=REPORT | {"segments": {"<b>x": 1}})
    shelf.score("ann", segment="<b>x")
    assert "<b>x" not in snapshot_page(boss, shelf)
    assert "<b>x" not in boss.get(CUSTOMERS).text


# the table


@pytest.mark.django_db
def test_a_new_table_begins_with_what_holds(admin_client):
    page = admin_client.get(ADD).text
    assert "champions 0.75-1 0.75-1" in page


@pytest.mark.django_db
def test_a_table_is_kept_and_used_by_the_next_refresh(admin_client):
    answer = admin_client.post(ADD, {"source": "", "rules": WHOLE})
    assert answer.status_code == 302
    assert [rule.name for rule in segment_rules("ShopPurchases")] == ["here", "gone"]
    page = admin_client.get(
        reverse("admin:clvrec_segmenttable_change", args=[SegmentTable.objects.get().pk])
    )
    assert WHOLE in page.text


@pytest.mark.django_db
def test_the_table_of_a_source_goes_before_that_of_all(admin_client):
    admin_client.post(ADD, {"source": "", "rules": WHOLE})
    admin_client.post(ADD, {"source": "corner", "rules": "all 0-1 0-1"})
    assert [rule.name for rule in segment_rules("corner")] == ["all"]
    assert [rule.name for rule in segment_rules("other")] == ["here", "gone"]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("here 0.5-1 0-1", "No segment holds customers at recency 0.25"),
        ("a 0-1 0-1\nb 0-1 0-1", "a and b both hold"),
        ("a 0-1", "Line 1 is not like"),
        ("a 0-1 0-1\nb nought-1 0-1", "Line 2 is not like"),
        ("", "This field is required"),
    ],
)
@pytest.mark.django_db
def test_a_table_that_is_none_is_refused_with_the_reason(admin_client, rules, said):
    page = admin_client.post(ADD, {"source": "", "rules": rules})
    assert said in page.text
    assert not SegmentTable.objects.exists()


@pytest.mark.django_db
def test_who_may_not_change_tables_does_not(client):
    client.force_login(person("temp", ["view_segmenttable"], is_staff=True))
    assert client.post(ADD, {"source": "", "rules": WHOLE}).status_code == 403


def test_settings_hold_where_no_table_is_kept(db, settings):
    table = [{"name": "all", "recency": [0, 1], "frequency_monetary": [0, 1]}]
    settings.CLVREC = settings.CLVREC | {"SEGMENTS": json.loads(json.dumps(table))}
    assert [rule.name for rule in segment_rules("corner")] == ["all"]
