"""A shop with users of its own: who they are in lists, histories, groups and previews."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_clvrec import pipeline
from django_clvrec.models import CustomerGroup, CustomerScore, Erasure, ShownList, Snapshot
from example_shop.shop.models import Order, OrderLine
from tests.compat.people.models import Person
from tests.shelf import REPORT, Shelf, key_of, product

SOURCE = "ShopPurchases"


@pytest.fixture
def ann(db):
    return Person.objects.create_user("Ann@Example.com", "secret")


@pytest.fixture
def shelf(ann):
    shelf = Shelf(report=REPORT)
    shelf.score(ann, tier="high")
    shelf.popular(product("Rice"))
    shelf.recommended(ann, product("Oats"))
    return shelf


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def boss(db):
    user = Person.objects.create_user("boss@example.com", is_staff=True)
    mine = Permission.objects.filter(content_type__app_label="clvrec")
    user.user_permissions.set(mine)
    client = client_of(user)
    client.user = user
    return client


def of_row(row, name):
    return reverse(f"admin:clvrec_customerscore_{name}", args=[row.pk])


def test_checks_find_nothing_wrong_with_it(db, settings):
    settings.CLVREC = settings.CLVREC | {"ENGINE": "local"}
    call_command("check", "--fail-level", "WARNING", "--database", "default")


def test_migrations_fit(db):
    call_command("makemigrations", "clvrec", "--check", "--dry-run", "-v0")


def test_customers_are_their_users_by_key(shelf, ann):
    found = client_of(ann).get("/clvrec/v1/me/recommendations/?level=product").json()
    assert (found["source"], found["results"][0]["name"]) == ("stored", "Oats")


def test_a_refresh_knows_them_by_the_same_key(ann):
    goods = [product(f"p{number}") for number in range(4)]
    for _ in range(3):
        order = Order.objects.create(customer=ann, placed_at=timezone.now())
        for one in goods:
            OrderLine.objects.create(order=order, product=one, quantity=1, line_total=2)
    pipeline.refresh(SOURCE, engine="local")
    assert CustomerScore.objects.live(SOURCE).get().customer_key == str(ann.pk)


def test_feedback_is_kept_of_them(shelf, ann):
    client = client_of(ann)
    token = client.get("/clvrec/v1/me/recommendations/?level=product").json()["list"]
    events = {"events": [{"list": token, "kind": "shown"}]}
    sent = client.post("/clvrec/v1/events/", events, content_type="application/json")
    assert sent.json()["accepted"] == 1
    assert ShownList.objects.get().subject_key == str(ann.pk)


def test_their_page_names_them(shelf, ann, boss):
    row = CustomerScore.objects.get(customer_key=key_of(ann))
    assert "Ann@example.com" in boss.get(of_row(row, "change")).text


def test_staff_see_the_shop_as_one_of_them(shelf, ann, boss):
    row = CustomerScore.objects.get(customer_key=key_of(ann))
    boss.post(of_row(row, "preview"))
    assert boss.get("/clvrec/v1/me/recommendations/").json()["source"] != "none"
    found = boss.get("/clvrec/v1/me/recommendations/?level=product").json()
    assert found["results"][0]["name"] == "Oats"


def test_the_cookie_of_a_preview_is_of_no_use_to_others(shelf, ann, boss):
    row = CustomerScore.objects.get(customer_key=key_of(ann))
    boss.post(of_row(row, "preview"))
    other = client_of(Person.objects.create_superuser("other@example.com"))
    other.cookies["clvrec_preview"] = boss.cookies["clvrec_preview"].value
    found = other.get("/clvrec/v1/me/recommendations/?level=product").json()
    assert found["results"][0]["name"] == "Rice"


def test_who_made_a_snapshot_live_stands_in_its_history(shelf, boss):
    old = Shelf(report=REPORT, is_live=False)
    page = reverse("admin:clvrec_snapshot_activate", args=[old.snapshot.pk])
    typed = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', boss.get(page).text))
    boss.post(page, typed | {"confirmed": "1"})
    told = LogEntry.objects.filter(object_id=old.snapshot.pk)
    assert [one.user_id for one in told] == [boss.user.pk]
    history = reverse("admin:clvrec_snapshot_history", args=[old.snapshot.pk])
    assert "boss@example.com" in boss.get(history).text


def test_a_refresh_that_one_of_them_starts_says_who(db, boss, settings):
    settings.CLVREC = settings.CLVREC | {"ENGINE": "local"}
    boss.post(reverse("admin:clvrec_snapshot_refresh"), {"source": SOURCE})
    found = Snapshot.objects.first()
    assert found is not None
    assert LogEntry.objects.get(object_id=found.pk).user_id == boss.user.pk


def test_groups_are_kept_and_exported(shelf, ann, boss):
    kept = reverse("admin:clvrec_customerscore_save_group")
    boss.post(kept, {"source": SOURCE, "tier": "high", "name": "dear"})
    assert CustomerGroup.objects.get().name == "dear"
    asked = {"source": SOURCE, "tier": "high"}
    found = boss.get(reverse("admin:clvrec_customerscore_export"), asked)
    assert str(ann.pk) in found.getvalue().decode()
    assert LogEntry.objects.filter(user_id=boss.user.pk).exists()


def test_one_of_them_is_erased(shelf, ann, boss):
    row = CustomerScore.objects.get(customer_key=key_of(ann))
    boss.post(of_row(row, "erase"), {"confirmed": "1"})
    assert not CustomerScore.objects.filter(customer_key=key_of(ann)).exists()
    assert Erasure.objects.exists()
