"""The keys of a shop are in none of the places where this app keeps or tells anything."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.core.management import call_command
from django.test import RequestFactory
from django.urls import reverse

from django_clvrec import pipeline
from django_clvrec.conf import get_config
from django_clvrec.core.ranking import INTENTS
from django_clvrec.feedback import attribute_all, list_token, record, subjects_of
from django_clvrec.models import CustomerGroup, CustomerScore, Feedback, ShownList, TierChange
from django_clvrec.orders import order_placed
from django_clvrec.policy import Policy
from django_clvrec.privacy import erase
from django_clvrec.pseudonyms import stored_key
from django_clvrec.serving import recommend, segment_of
from django_clvrec.sources import registry
from tests.corner_shop.clvrec import CornerShop
from tests.corner_shop.models import Customer, Order
from tests.open_shop import OFTEN, TWICE, OpenShop
from tests.shelf import person

pytestmark = pytest.mark.django_db

MARK = "raw-key-of"


class ByHeader(Policy):
    """Who asks says so."""

    def customer_key(self, request):
        return request.headers.get("X-Customer")


class ByName(CornerShop):
    """Customers are known by their names."""

    name = "named"
    customer = "order__customer__name"


@pytest.fixture
def shop(settings, tmp_path, monkeypatch, pseudonyms):
    """A shop that caches, keeps its log and looks into the files of a refresh."""
    settings.CLVREC = settings.CLVREC | {
        "POLICY": f"{__name__}.ByHeader",
        "LOG_DIR": str(tmp_path / "kept"),
        "WORK_DIR": str(tmp_path),
        "CACHE_SECONDS": 60,
    }
    monkeypatch.setitem(registry._registry, "named", ByName())
    cache.clear()
    opened = OpenShop()
    for number, customer in enumerate(opened.customers):
        Customer.objects.filter(pk=customer.pk).update(name=name(number))
    yield opened
    cache.clear()


def name(number):
    return f"{MARK}-{number}"


def refresh(shop, on_progress=lambda *_: None):
    return pipeline.refresh(
        "named", engine="local", as_of=shop.stock.as_of, on_progress=on_progress
    )


def parquet_in(folder):
    """Whatever the columnar files in a folder hold, in text."""
    return [str(pq.read_table(file).to_pylist()) for file in Path(folder).rglob("*.parquet")]


def visit(number):
    """A customer looks, clicks the first item, and buys it; the request."""
    request = RequestFactory().get("/", headers={"X-Customer": name(number)})
    for intent in INTENTS:
        answer = recommend(
            name(number), "product", 5, intent, source="named", explain=True, with_objects=True
        )
        token = list_token(request, answer)
        item = answer.items[0].key
        events = [
            {"list": token, "kind": "shown"},
            {"list": token, "kind": "clicked", "item": item},
        ]
        assert record(events, subjects_of(request)).accepted == 2
    assert segment_of(name(number), "named")
    return item


@pytest.fixture
def lived(shop):
    """After a refresh, visits, purchases, a change of tier and one more refresh."""
    seen = []
    refresh(
        shop,
        lambda stage, *_: seen.extend(parquet_in(shop_folder())) if stage == "publish" else None,
    )
    for number in (OFTEN, TWICE):
        item = visit(number)
        for _ in range(12):
            shop.buy(number, item, price="900")
    order_placed(name(TWICE), source="named")
    assert attribute_all(source="named") == 1  # of the other
    shop.files = seen
    refresh(shop)
    return shop


def shop_folder():
    return get_config()["WORK_DIR"]


def dump():
    """All that our tables hold, and the admin's history."""
    models = [*apps.get_app_config("clvrec").get_models(), LogEntry]
    return [str(row) for model in models for row in model._base_manager.values()]


def assert_nowhere(texts):
    assert texts
    assert not [text for text in texts if MARK in text]


def test_the_mark_is_found_where_keys_are_no_pseudonyms(shop, pseudonyms):
    pseudonyms(None)
    refresh(shop)
    assert [text for text in dump() if MARK in text]
    assert [text for text in parquet_in(shop_folder()) if MARK in text]


def test_tables_hold_no_key(lived):
    assert CustomerScore.objects.exists()
    assert TierChange.objects.exists()
    assert ShownList.objects.filter(is_customer=True).exists()
    assert Feedback.objects.filter(kind="bought").exists()
    assert_nowhere(dump())


def test_files_of_a_refresh_and_the_kept_log_hold_no_key(lived):
    assert len(lived.files) > 3
    assert_nowhere(lived.files)
    assert_nowhere(parquet_in(shop_folder()))


def test_caches_hold_no_key(lived):
    visit(OFTEN)
    held = cache._cache
    assert len(held) > 5
    assert_nowhere([*held, *(value.decode("latin-1") for value in held.values())])


def test_logs_hold_no_key(shop, caplog, request):
    caplog.set_level("DEBUG")
    request.getfixturevalue("lived")
    assert MARK not in caplog.text


@pytest.mark.parametrize("table", ["scores", "recommendations"])
def test_exports_hold_no_key(lived, tmp_path, table):
    for form in ("csv", "parquet"):
        out = tmp_path / f"out.{form}"
        call_command("clvrec_export", table, "--source", "named", "--format", form, "--out", out)
        text = out.read_text() if form == "csv" else str(pq.read_table(out).to_pylist())
        assert MARK not in text
        assert stored_key(name(OFTEN)) in text


def test_pages_of_the_back_office_show_no_key(lived, admin_client):
    row = CustomerScore.objects.live("named").get(customer_key=stored_key(name(OFTEN)))
    addresses = [
        reverse("admin:clvrec_customerscore_changelist") + "?source=named",
        reverse("admin:clvrec_customerscore_change", args=[row.pk]),
        reverse("admin:clvrec_customerscore_erase", args=[row.pk]),
        reverse("admin:clvrec_tierchange_changelist"),
        reverse("admin:clvrec_segmentchange_changelist"),
        reverse("admin:app_list", args=["clvrec"]),
    ]
    pages = [admin_client.get(address) for address in addresses]
    assert {page.status_code for page in pages} == {200}
    assert_nowhere([page.text for page in pages])
    assert row.customer_key in pages[0].text


def test_a_saved_group_keeps_the_pseudonym_of_the_key_that_was_searched(lived, admin_client):
    address = reverse("admin:clvrec_customerscore_save_group")
    admin_client.post(address, {"source": "named", "q": name(OFTEN), "name": "one"})
    assert CustomerGroup.objects.get().conditions == {"q": stored_key(name(OFTEN))}
    assert_nowhere(dump())


def test_who_is_erased_is_erased_by_the_key_of_the_shop_or_by_a_row(lived):
    for number in (OFTEN, TWICE):
        known = stored_key(name(number))
        assert any(known in text for text in dump())
        row = CustomerScore.objects.live("named").get(customer_key=known)
        assert erase(row.customer_key if number == OFTEN else name(number), "named").total > 0
        assert not any(known in text for text in dump())
    assert Order.objects.filter(customer__name=name(OFTEN)).exists()


def test_staff_may_still_look_at_one_customer_by_the_key_of_the_shop(lived, client):
    client.force_login(person("boss", ["view_customerscore"], is_staff=True))
    address = reverse("clvrec:customer-recommendations", args=[name(OFTEN)])
    told = client.get(address, {"source": "named", "level": "product"}).json()
    shown = recommend(name(OFTEN), "product", source="named")
    assert [one["key"] for one in told["results"]] == [one.key for one in shown]
