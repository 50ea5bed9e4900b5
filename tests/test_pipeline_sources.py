"""Refreshes from other sources than a whole queryset: a kept log, a Parquet dataset."""

import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from django_clvrec.exceptions import SourceUnreadable
from django_clvrec.management.tables import report_table
from django_clvrec.models import CustomerScore, Snapshot
from django_clvrec.pipeline import refresh
from django_clvrec.serving import recommend
from django_clvrec.sources import ParquetPurchaseSource, register, registry
from tests import logs
from tests.corner_shop.clvrec import CornerShop

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spark")]


@pytest.fixture
def keeping(settings, tmp_path, monkeypatch, stock):
    """A small shop whose log is kept."""
    monkeypatch.setattr(CornerShop, "items", {"product": "product_id"})
    settings.CLVREC = settings.CLVREC | {"LOG_DIR": tmp_path / "kept"}
    return stock.fill(customers=12)


@pytest.fixture
def warehouse(monkeypatch, tmp_path):
    """A dataset as the only source."""
    monkeypatch.setattr(registry, "_registry", {})
    attributes = {"path": tmp_path / "data", "levels": ("product",)}
    register(type("Warehouse", (ParquetPurchaseSource,), attributes))
    return logs.write_log(tmp_path / "data", logs.two_tastes())


def same(report):
    """What two refreshes of the same orders have in common, whatever was live before."""
    changing = {"lines_kept", "stages", "peak_memory_mb", "snapshot", "models", "drift"}
    return {name: value for name, value in report.items() if name not in changing}


def test_a_refresh_that_goes_on_from_a_kept_log_reports_what_a_full_one_does(
    keeping, as_of, capsys
):
    first = refresh("corner", as_of=as_of).report
    again = refresh("corner", as_of=as_of).report
    assert first["lines_kept"] == 0
    assert 0 < again["lines_kept"] < again["lines_read"]
    assert same(again) == same(first)
    assert f"of these kept             {again['lines_kept']}" in report_table(again)
    call_command("clvrec_refresh", source="corner", as_of=as_of, full=True, json=True)
    assert json.loads(capsys.readouterr().out)["lines_kept"] == 0


def test_a_dataset_is_refreshed_and_served(warehouse, as_of, client):
    report = refresh(as_of=as_of).report
    assert report["lines_read"] == len(logs.two_tastes())
    assert sum(report["tiers"].values()) == report["customers"] == 40
    answer = recommend("c01", level="product", n=5, intent="mixed", with_objects=True)
    assert [item.object for item in answer] == [item.key for item in answer]
    assert list(recommend(None, level="product", n=3))


def test_the_page_of_a_customer_needs_no_dataset(warehouse, as_of, admin_client):
    refresh(as_of=as_of)
    for file in warehouse.iterdir():
        file.unlink()
    row = CustomerScore.objects.get(customer_key="c01")
    page = admin_client.get(reverse("admin:clvrec_customerscore_change", args=[row.pk]))
    assert page.status_code == 200
    assert "tool" in page.content.decode()


def test_a_dataset_that_cannot_be_read_fails_the_snapshot_and_leaves_the_live_one(
    warehouse, as_of, settings, tmp_path
):
    settings.CLVREC = settings.CLVREC | {"WORK_DIR": tmp_path / "work"}
    live = refresh(as_of=as_of)
    (warehouse / "lines.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(SourceUnreadable) as caught:
        refresh(as_of=as_of)
    failed = Snapshot.objects.exclude(pk=live.pk).get()
    assert (failed.state, failed.error) == ("failed", str(caught.value))
    assert Snapshot.objects.get(pk=live.pk).is_live
    assert list((tmp_path / "work").iterdir()) == []
