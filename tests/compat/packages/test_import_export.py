"""django-import-export beside the app's own files: a host's resource, and the app's admin."""

import csv
import io
from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from import_export.admin import ExportMixin
from import_export.resources import ModelResource

from django_clvrec.admin import CustomerScoreAdmin
from django_clvrec.models import CustomerScore, Recommendation, TierChange
from tests.shelf import REPORT, Shelf, person, product


class ScoreResource(ModelResource):
    """As a shop writes it."""

    class Meta:
        model = CustomerScore
        fields = ("customer_key", "tier", "overall_score", "monetary_value")
        export_order = fields


class ListResource(ModelResource):
    class Meta:
        model = Recommendation


@pytest.fixture
def shelf(db):
    shelf = Shelf(report=REPORT)
    shelf.score("=ann", tier="high", overall_score=9, spent="12.50")
    shelf.score("bob", tier="low")
    shelf.recommended("bob", product("Oats"))
    return shelf


@pytest.fixture
def boss(db):
    def boss(*permissions):
        client = Client()
        client.force_login(person("boss", permissions, is_staff=True))
        return client

    return boss


def test_a_resource_exports_the_live_scores(shelf):
    Shelf(source="another").score("carl")
    found = ScoreResource().export(CustomerScore.objects.live("ShopPurchases"))
    rows = list(csv.DictReader(io.StringIO(found.csv, newline="")))
    assert {row["customer_key"] for row in rows} == {"=ann", "bob"}
    [ann] = [row for row in rows if row["customer_key"] == "=ann"]
    assert (ann["tier"], Decimal(ann["monetary_value"])) == ("high", Decimal("12.50"))


def test_a_resource_exports_lists(shelf):
    [row] = ListResource().export().dict
    assert row["customer_key"] == "bob"


def test_a_page_of_the_app_takes_the_export_of_the_shop(shelf, boss):
    TierChange.objects.create(
        source="ShopPurchases", customer_key="bob", from_tier="new", to_tier="low", cause="order",
        changed_at=shelf.snapshot.as_of, snapshot_id=shelf.snapshot.pk,
    )  # fmt: skip
    # one that the shop adds, for the app has none for this page
    of_moves = ContentType.objects.get_for_model(TierChange)
    Permission.objects.create(codename="export_tierchange", content_type=of_moves, name="files")
    client = boss("view_tierchange", "view_customerscore", "export_tierchange")
    page = client.get(reverse("files:clvrec_tierchange_changelist"))
    export = reverse("files:clvrec_tierchange_export")
    assert (page.status_code, export in page.text, "bob" in page.text) == (200, True, True)
    found = client.post(
        export, {"format": "0", "resource": "0", "tierchangeresource_customer_key": "on"}
    )
    assert "bob" in found.content.decode()


@pytest.mark.parametrize("page", ["customerscore", "snapshot", "tierchange", "experiment"])
def test_pages_of_the_app_are_as_ever(shelf, boss, page):
    user = boss(*(f"view_{one}" for one in ("customerscore", "snapshot", "tierchange", page)))
    assert user.get(reverse(f"admin:clvrec_{page}_changelist")).status_code == 200


def test_the_apps_own_files_are_as_ever(shelf, boss):
    client = boss("view_customerscore", "export_customerscore")
    found = client.get(reverse("admin:clvrec_customerscore_export"))
    assert "bob" in found.getvalue().decode()


def test_the_permission_of_the_app_is_that_of_the_shops_export(shelf, rf):
    class Mine(ExportMixin, CustomerScoreAdmin):
        pass

    request = rf.get("/")
    found = {}
    for name, permissions in (("ann", ["export_customerscore"]), ("bob", ["view_customerscore"])):
        request.user = person(name, permissions, is_staff=True)
        found[name] = Mine(CustomerScore, admin.site).has_export_permission(request)
    assert found == {"ann": True, "bob": False}
