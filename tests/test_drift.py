"""How far a new snapshot is from the live one: kept, told, and held back only where that is set."""

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_clvrec import drift
from django_clvrec.exceptions import HeldBack
from django_clvrec.models import Snapshot
from tests.corner_shop.clvrec import CornerShop
from tests.corner_shop.models import Line
from tests.open_shop import OpenShop
from tests.records import recorded
from tests.shelf import Shelf

BOUNDS = {"psi": 0.25, "coverage": 0.5}


def quantiles(values):
    return np.quantile(values, np.linspace(0, 1, 101), method="inverted_cdf").tolist()


def report(values=range(100), customers=10_000, tiers=(10, 20, 30, 40), listed=40):
    return {
        "customers": customers,
        "spread": dict.fromkeys(drift.MEASURED, quantiles(list(values))),
        "tiers": dict(zip(("new", "low", "mid", "high"), tiers, strict=True)),
        "items_listed": {"product": listed},
    }


def alarms(before, now, bounds=None, **more):
    found = drift.compared(before, now) | {"overlap": {}} | more
    return [(one["index"], one["of"]) for one in drift.alarms(found, bounds or BOUNDS)]


def test_the_same_report_is_no_drift():
    found = drift.compared(report(), report())
    assert found["psi"] == dict.fromkeys([*drift.MEASURED, "tiers"], 0)
    assert found["coverage"] == {"product": 1}
    assert alarms(report(), report()) == []


def test_customers_who_are_unlike_raise_an_alarm_for_each_measure():
    found = alarms(report(), report(values=range(60, 160)))
    assert found == [("psi", name) for name in drift.MEASURED]


def test_tiers_that_are_unlike_raise_one():
    assert alarms(report(), report(tiers=(40, 30, 20, 10))) == [("psi", "tiers")]


def test_of_so_few_customers_that_chance_explains_it_nothing_is_said():
    before, now = (report(values, customers=40) for values in (range(100), range(15, 115)))
    assert drift.compared(before, now)["psi"]["frequency"] > BOUNDS["psi"]
    assert alarms(before, now) == []


@pytest.mark.parametrize("listed", [19, 81])
def test_lists_of_far_fewer_or_far_more_items_raise_an_alarm(listed):
    assert alarms(report(), report(listed=listed)) == [("coverage", "product")]


def test_lists_that_share_little_raise_one_where_that_is_bounded():
    shared = {"overlap": {"product": 0.1}}
    assert alarms(report(), report(), **shared) == []
    assert alarms(report(), report(), {"overlap": 0.2}, **shared) == [("overlap", "product")]


def test_what_is_not_bounded_raises_none():
    now = report(values=range(60, 160), listed=1, tiers=(100, 0, 0, 0))
    found = drift.compared(report(), now) | {"overlap": {}}
    assert list(drift.alarms(found, {})) == []


def test_reports_of_older_versions_are_compared_by_what_they_know():
    found = drift.compared({"customers": 100}, report())
    assert (found["psi"], found["coverage"]) == ({}, {})


# as part of a refresh


@pytest.fixture
def shop(db, monkeypatch):
    monkeypatch.setattr(CornerShop, "items", {"product": "product_id"})
    return OpenShop().refresh()


@pytest.fixture
def heard():
    """What a receiver of the signal gets."""
    found = []

    def receive(sender, snapshot, drift, **_):
        found.append((sender, snapshot.pk, drift))

    drift.drifted.connect(receive)
    yield found
    drift.drifted.disconnect(receive)


@pytest.fixture
def bound(settings):
    def bound(**bounds):
        settings.CLVREC = settings.CLVREC | {"DRIFT": bounds}

    return bound


def test_the_first_snapshot_has_nothing_to_be_compared_with(shop):
    assert "drift" not in shop.snapshot.report


def test_the_same_orders_give_the_same_customers_and_lists(shop, heard):
    first = shop.snapshot.pk
    found = shop.refresh().snapshot.report["drift"]
    assert found["against"] == first
    assert {*found["psi"].values()} == {0}
    assert found["coverage"] == found["overlap"] == {"product": 1}
    assert found["alarms"] == heard == []


def test_an_alarm_is_logged_and_sent_and_holds_nothing_back(shop, heard, bound):
    bound(overlap=1)
    Line.objects.filter(pk__lte=Line.objects.order_by("pk")[60].pk).delete()
    with recorded() as records:
        made = shop.refresh().snapshot
    assert made.state == Snapshot.State.READY
    [alarm] = made.report["drift"]["alarms"]
    assert (alarm["index"], alarm["of"], alarm["bound"]) == ("overlap", "product", 1)
    assert heard == [(Snapshot, made.pk, made.report["drift"])]
    [record] = records.of("refresh.drifted")
    assert "lists at product share" in record.getMessage()
    assert record.snapshot == made.pk


def test_where_it_is_set_an_alarm_holds_the_snapshot_back(shop, heard, bound):
    bound(overlap=1, hold=True)
    live = shop.snapshot
    Line.objects.filter(pk__lte=Line.objects.order_by("pk")[60].pk).delete()
    with pytest.raises(HeldBack, match=r"lists at product share .* and DRIFT allows 1"):
        shop.refresh()
    assert Snapshot.objects.live("corner").get() == live
    assert len(heard) == 1


def test_comparing_takes_three_queries_for_one_level(db, settings):
    live = Shelf("corner", report=report())
    new = Shelf("corner", is_live=False, report=report())
    for number in range(30):
        live.recommended(f"c{number}", "a", "b")
        new.recommended(f"c{number}", "b", "c")
    with CaptureQueriesContext(connection) as seen:
        drift.measure(new.snapshot)
    assert len(seen) == 3
    assert new.snapshot.report["drift"]["overlap"] == {"product": 0.5}
