"""The dashboard of the back office, and two snapshots side by side."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_clvrec.models import Experiment
from tests.office.reports import FULL
from tests.shelf import Shelf, person

FRONT = "/admin/clvrec/"
COMPARE = reverse("admin:clvrec_snapshot_compare")
LOOK, CUSTOMERS = "view_snapshot", "view_customerscore"


@pytest.fixture
def boss(db, client):
    client.force_login(person("boss", [LOOK, CUSTOMERS, "view_experiment"], is_staff=True))
    return client


def test_the_front_page_shows_everything_at_once(boss):
    Shelf(report=FULL)
    page = boss.get(FRONT).text
    for shown in (
        "At risk", "1,200", "77,500", "48,000", "Tiers", "Recency and frequency",
        "Clusters: Recency", "Cohorts", "How right forecasts would have been", "From tier to tier",
        "What the shop window did", "Product: discover",
    ):  # fmt: skip
        assert shown in page


def test_groups_that_a_shop_loses_come_first_and_lead_to_their_customers(boss):
    Shelf(report=FULL)
    page = boss.get(FRONT).text
    customers = reverse("admin:clvrec_customerscore_changelist")
    first = page.index(f"{customers}?segment=at_risk&amp;source=ShopPurchases")
    assert first < page.index(f"{customers}?segment=champions")
    assert f"{customers}?tier=high" in page


def test_without_a_snapshot_it_says_what_to_do(boss):
    page = boss.get(FRONT).text
    assert "clvrec_refresh" in page
    assert "clvrec-error" in page or "clvrec-warning" in page


def test_it_shows_only_what_one_may_view(db, client):
    Shelf(report=FULL)
    client.force_login(person("temp", [LOOK], is_staff=True))
    page = client.get(FRONT).text
    assert "Recency and frequency" in page
    assert "segment=at_risk" not in page
    client.force_login(person("other", [CUSTOMERS], is_staff=True))
    page = client.get(FRONT).text
    assert "Recency and frequency" not in page
    assert "segment=at_risk" in page


def test_staff_without_permission_see_no_figures(db, client):
    Shelf(report=FULL)
    client.force_login(person("temp", ["view_merchandisingrule"], is_staff=True))
    page = client.get(FRONT).text
    assert "clvrec-picture" not in page
    assert "segment=at_risk" not in page


def test_sources_are_named_to_who_may_view_something_of_them(db, client):
    Shelf(report=FULL)
    client.force_login(person("temp", ["view_merchandisingrule"], is_staff=True))
    assert "?source=" not in client.get(FRONT).text


def test_running_experiments_are_named_to_who_may_view_them(boss, client):
    Shelf(report=FULL)
    variants = [{"name": "control", "weight": 1}, {"name": "other", "weight": 1}]
    Experiment.objects.create(key="one", name="Warmer", is_active=True, variants=variants)
    assert "Warmer" in boss.get(FRONT).text
    client.force_login(person("temp", [LOOK], is_staff=True))
    assert "Warmer" not in client.get(FRONT).text


def test_two_sources_are_apart(boss):
    Shelf(report=FULL)
    Shelf("corner", report=FULL | {"lines_read": 7654})
    assert "7,654" not in boss.get(FRONT).text
    assert "7,654" in boss.get(FRONT, {"source": "corner"}).text
    assert boss.get(FRONT, {"source": "<b>"}).status_code == 200


def test_the_front_page_takes_as_many_queries_for_many_customers(boss, django_assert_num_queries):
    shelf = Shelf(report=FULL)
    boss.get(FRONT)
    with django_assert_num_queries(16):
        boss.get(FRONT)
    for number in range(30):
        shelf.score(f"customer {number}")
    with django_assert_num_queries(16):
        boss.get(FRONT)


# comparing


def compared(client, before, after):
    answer = client.get(COMPARE, {"before": before.snapshot.pk, "after": after.snapshot.pk})
    return {one.key: one for one in answer.context["pictures"]}


def test_sizes_figures_moves_and_lists_are_compared(boss):
    old, new = Shelf(report=FULL), Shelf(report=FULL | {"customers": 1300, "cells": []})
    for customer, was, came in (("ann", "mid", "high"), ("bob", "low", "low")):
        old.score(customer, tier=was)
        new.score(customer, tier=came)
        old.recommended(customer, "1", "2", "3", "4")
    new.score("new one")
    new.recommended("ann", "1", "2", "3", "4")
    new.recommended("bob", "1", "9", "8", "7")
    found = compared(boss, old, new)
    assert ["Customers", "1,200", "1,300", "8.3 %"] in found["compare-metrics"].written
    assert ["Mid value", "High value", "1", "50.0 %"] in found["compare-moved"].written
    assert "Of a sample of 2 customers who are in both, 50.0 %" in found["compare-moved"].about
    assert found["compare-lists"].written == [["Product: discover", "2", "62.5 %", "50.0 %"]]
    assert ["High value", "140", "140", "0"] in found["compare-tier"].written


def test_a_sample_is_called_one_where_numbers_have_gaps(boss, monkeypatch):
    monkeypatch.setattr("django_clvrec.office.comparing.SAMPLE", 3)
    old, new = Shelf(report=FULL), Shelf(report=FULL)
    for number in range(3):  # as where two sources are refreshed at once
        new.score(f"customer {number}")
        old.score(f"customer {number}")
    assert "Of a sample of" in compared(boss, old, new)["compare-moved"].about


def test_reports_are_read_of_the_two_that_are_compared(boss):
    shelves = [Shelf(report=FULL) for _ in range(5)]
    compared(boss, *shelves[:2])
    with CaptureQueriesContext(connection) as asked:
        compared(boss, *shelves[:2])
    lists = [one["sql"] for one in asked if "LIMIT 100" in one["sql"]]
    assert lists
    assert not any('"report"' in sql or "`report`" in sql for sql in lists)


def test_without_a_choice_the_live_one_is_compared_with_the_one_before(boss):
    old, new = Shelf(report=FULL), Shelf(report=FULL)
    context = boss.get(COMPARE).context
    assert (context["before"], context["after"]) == (old.snapshot, new.snapshot)


def test_what_cannot_be_compared_is_said(boss):
    assert "no two finished snapshots" in boss.get(COMPARE).text
    one, other = Shelf(report=FULL), Shelf("corner", report=FULL)
    answer = boss.get(COMPARE, {"before": one.snapshot.pk, "after": other.snapshot.pk})
    assert "different sources" in answer.text
    assert boss.get(COMPARE, {"before": "x", "after": "-1"}).status_code == 200


def test_comparing_needs_the_permission_to_view_snapshots(db, client):
    client.force_login(person("temp", [CUSTOMERS], is_staff=True))
    assert client.get(COMPARE).status_code == 403
