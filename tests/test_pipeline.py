"""A refresh from orders in the database to a live snapshot, on real Spark."""

import datetime as dt
import json
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, transaction

from django_clvrec import ending, locks, pipeline, publish
from django_clvrec.arrays import factors_name, load_arrays
from django_clvrec.exceptions import DatabaseFailed, InTransaction, NoPurchases, NoSource
from django_clvrec.models import (
    CustomerScore,
    PopularItems,
    Recommendation,
    Snapshot,
    SnapshotArray,
    SourceState,
)
from django_clvrec.pipeline import refresh
from django_clvrec.serving import live_snapshot_id, recommend
from django_clvrec.tasks import refresh as refresh_task
from tests.corner_shop.clvrec import CornerShop
from tests.corner_shop.models import Order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spark")]

ROWS = (CustomerScore, Recommendation, PopularItems, SnapshotArray)


def contents(snapshot_id):
    """All that is stored under a snapshot, without its ids."""
    return {
        model.__name__: sorted(
            str({name: value for name, value in row.items() if name not in {"id", "snapshot_id"}})
            for row in model.objects.filter(snapshot_id=snapshot_id).values()
        )
        for model in ROWS
    }


@pytest.fixture(autouse=True)
def one_level(monkeypatch):
    """One level is enough to see a refresh through."""
    monkeypatch.setattr(CornerShop, "items", {"product": "product_id"})


@pytest.fixture
def shop(stock):
    stock.fill()
    return stock


@pytest.fixture
def live(shop, as_of):
    return refresh("corner", as_of=as_of)


def test_a_refresh_publishes_scores_lists_and_factors(live):
    assert live_snapshot_id("corner") == live.pk
    assert all(model.objects.filter(snapshot=live).exists() for model in ROWS)
    assert load_arrays(live.pk, factors_name("product"))["item_factors"].shape[1] == 8


def test_the_report_says_what_was_read_found_and_written(live):
    report = live.report
    assert report["engine"] == "spark"
    assert report["snapshot"] == live.pk
    assert report["customers"] == CustomerScore.objects.filter(snapshot=live).count() == 40
    assert report["recommendations"] == Recommendation.objects.filter(snapshot=live).count()
    assert sum(report["tiers"].values()) == report["customers"]
    assert list(report["tiers"]) == ["new", "low", "mid", "high"]
    assert set(report["clusters"]) == {"recency", "frequency", "monetary_value"}
    assert {"k", "centres", "cuts", "inertia", "curve"} <= set(report["clusters"]["recency"])
    assert {(m["level"], m["tier"]) for m in report["models"]} >= {("product", "all")}
    assert report["peak_memory_mb"] > 0
    assert {"extract", "rfm", "clusters", "scores", "publish"} <= set(report["stages"])


def test_a_customer_is_served_what_was_stored_for_them(live, as_of, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: as_of)  # nobody has grown older
    row = Recommendation.objects.filter(snapshot=live, intent="discover", level="product").first()
    answer = recommend(row.customer_key, "product", 3, source="corner")
    assert answer.source == "stored"
    assert [item.key for item in answer] == [key for key, _ in row.items[:3]]


def test_a_second_refresh_of_the_same_orders_gives_the_same_result(live, as_of):
    second = refresh("corner", as_of=as_of)
    assert second.pk != live.pk
    assert contents(second.pk) == contents(live.pk)


def test_a_refresh_on_a_later_day_changes_no_tier_of_unchanged_orders(live, as_of):
    later = refresh("corner", as_of=as_of + dt.timedelta(days=30, hours=7))
    tiers = [dict(s.scores.values_list("customer_key", "tier")) for s in (live, later)]
    assert tiers[0] == tiers[1]


def test_a_failed_refresh_leaves_the_live_snapshot_and_keeps_its_error(live, as_of, monkeypatch):
    before = contents(live.pk)

    def broken(*_args):
        raise OperationalError("the database went away")

    monkeypatch.setattr(publish, "save_model", broken)
    with pytest.raises(DatabaseFailed, match=r"went away\. What is live is whole"):
        refresh("corner", as_of=as_of)
    failed = Snapshot.objects.get(state="failed")
    assert failed.error.startswith("The database failed in the stage “publish”: the database went")
    assert live_snapshot_id("corner") == live.pk
    assert contents(live.pk) == before
    assert not any(model.objects.filter(snapshot=failed).exists() for model in ROWS)


def test_a_failed_refresh_leaves_no_files_and_no_lock(shop, as_of, settings, tmp_path, monkeypatch):
    settings.CLVREC = settings.CLVREC | {"WORK_DIR": str(tmp_path)}
    monkeypatch.setattr(publish, "write", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        refresh("corner", as_of=as_of)
    assert list(tmp_path.iterdir()) == []
    assert SourceState.objects.get(source="corner").running is None


def test_a_shop_without_orders_is_told_so(db, as_of):
    with pytest.raises(NoPurchases, match="corner gave 0 lines and no purchase"):
        refresh("corner", as_of=as_of)
    assert Snapshot.objects.get().state == "failed"


def test_an_unknown_source_starts_nothing(db):
    with pytest.raises(NoSource, match="No purchase source is called 'nowhere'"):
        refresh("nowhere")
    assert not Snapshot.objects.exists()


def test_one_customer_with_one_order_is_a_shop_too(stock, as_of):
    stock.bought(stock.customer(), "apple")
    snapshot = refresh("corner", as_of=as_of)
    assert snapshot.report["tiers"] == {"new": 1, "low": 0, "mid": 0, "high": 0}
    assert [item.key for item in recommend(None, "product", source="corner")] == ["apple"]


def test_customers_who_are_all_alike_stand_in_the_middle(stock, as_of):
    for number in range(6):
        customer = stock.customer(str(number))
        stock.bought(customer, "apple", days_ago=3)
        stock.bought(customer, "pear", days_ago=9)
    assert refresh("corner", as_of=as_of).report["tiers"]["mid"] == 6


def test_progress_is_told_to_the_caller_and_to_the_database(shop, as_of):
    seen = []

    def watch(stage, done, total):
        running = Snapshot.objects.get(state="running")
        seen.append((stage, running.stage))

    refresh("corner", as_of=as_of, on_progress=watch)
    stages = list(dict.fromkeys(stage for stage, _ in seen))
    assert stages[0] == "extract"
    assert stages[-1] == "publish"
    assert {"rfm", "scores", "train product", "recommend product"} <= {saved for _, saved in seen}


def test_the_celery_task_calls_the_same_refresh(shop, as_of):
    report = refresh_task.delay("corner", as_of=as_of.isoformat()).get()
    assert report["snapshot"] == live_snapshot_id("corner")


def test_the_command_prints_one_json_object_and_nothing_else(shop, as_of, capsys):
    call_command("clvrec_refresh", source="corner", as_of=as_of, json=True)
    printed = capsys.readouterr()
    assert json.loads(printed.out) == Snapshot.objects.get().report
    assert not printed.err


def test_the_command_prints_a_table_for_people(shop, as_of, capsys):
    call_command("clvrec_refresh", source="corner", as_of=as_of)
    table = capsys.readouterr().out
    for title in ("Purchases", "Clusters", "Tiers", "Models", "Result", "Seconds"):
        assert title in table


def test_the_command_tells_a_mistake_in_one_line(db):
    with pytest.raises(CommandError, match="gave 0 lines"):
        call_command("clvrec_refresh", source="corner")


def test_the_command_can_be_told_to_use_what_is_live(live, capsys):
    call_command("clvrec_refresh", source="corner", unless_live=True, json=True)
    assert json.loads(capsys.readouterr().out) == live.report
    assert Snapshot.objects.count() == 1


def test_a_refresh_while_another_runs_is_refused(shop, as_of):
    locks.acquire("corner", "spark", as_of)
    with pytest.raises(CommandError, match=r"Refresh \d+ of corner is running"):
        call_command("clvrec_refresh", source="corner")


def test_the_result_of_a_refresh_that_lost_its_lease_is_not_published(shop, as_of, monkeypatch):
    def write(snapshot, *_args):
        SourceState.objects.filter(source="corner").update(running=None)
        return 0

    monkeypatch.setattr(publish, "write", write)
    with pytest.raises(locks.LeaseLost):
        refresh("corner", as_of=as_of)
    assert live_snapshot_id("corner") is None


def test_an_interruption_after_the_flip_leaves_a_snapshot_that_is_ready(shop, as_of, monkeypatch):
    @contextmanager
    def heartbeat(*_):
        yield
        raise KeyboardInterrupt

    monkeypatch.setattr(locks, "heartbeat", heartbeat)
    with pytest.raises(KeyboardInterrupt):
        refresh("corner", as_of=as_of)
    snapshot = Snapshot.objects.get()
    assert (snapshot.state, snapshot.is_live) == ("ready", True)
    assert CustomerScore.objects.filter(snapshot=snapshot).exists()


def test_the_first_error_is_told_even_if_cleaning_up_fails_too(shop, as_of, monkeypatch):
    def gone(*_args):
        raise OperationalError("the database is gone")

    monkeypatch.setattr(publish, "write", lambda *_: 1 / 0)
    monkeypatch.setattr(locks, "release", gone)
    monkeypatch.setattr(ending, "PATIENCE", 0)
    with pytest.raises(ZeroDivisionError):
        refresh("corner", as_of=as_of)


def test_a_shop_without_time_zones_can_refresh(stock, settings):
    settings.USE_TZ = False
    placed_at = dt.datetime(2026, 6, 1)  # noqa: DTZ001
    stock.line(Order.objects.create(customer=stock.customer(), placed_at=placed_at))
    snapshot = refresh("corner", as_of=dt.datetime(2026, 7, 1))  # noqa: DTZ001
    assert snapshot.is_live
    assert CustomerScore.objects.get().recency_days == 30


@pytest.mark.django_db(transaction=True)
def test_a_refresh_inside_a_transaction_is_refused():
    with (
        pytest.raises(InTransaction, match="cannot run inside a transaction"),
        transaction.atomic(),
    ):
        refresh("corner")


def test_a_refresh_that_cannot_remove_old_snapshots_is_published_all_the_same(
    shop, as_of, monkeypatch
):
    def locked(_source, **_options):
        raise OperationalError("the database is locked")

    monkeypatch.setattr(pipeline, "prune", locked)
    assert refresh("corner", as_of=as_of).is_live
