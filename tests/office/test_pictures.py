"""Every picture of the back office: what it shows, and the same as table, CSV and SVG."""

import csv
import io
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.urls import reverse
from django.utils import translation

from django_clvrec.models import Snapshot
from django_clvrec.office.charts import bars, curve, flow, heat, shares, strip, whiskers
from django_clvrec.office.dashboard import before, board_pictures, now_pictures, snapshot_pictures
from django_clvrec.office.pictures import Column, Picture, as_csv
from tests.office.reports import FULL
from tests.shelf import Shelf, person

CHARTS = {
    "bars": bars("A <b>", ["1", "2"], {"x": [1, 2.5], "y": [0, 3]}),
    "shares": shares("A <b>", ["one", "two"], {"x": [0.25, 0.75]}),
    "heat": heat("A <b>", ["r"], ["c", "d"], [[1, None]], [["1", ""]]),
    "curve": curve("A <b>", [9.0, 3.0, 1.0], 2),
    "whiskers": whiskers("A <b>", [("one", 0.2, 0.1, 0.3, True), ("two", 0.1, 0.0, 0.2, False)]),
    "strip": strip("A <b>", 0.3),
    "flow": flow("A <b>", ["low", "high"], {(0, 1): 3, (1, 1): 5}, ("from", "to")),
}
EMPTY = {
    "bars": bars("", [], {}),
    "shares": shares("", [], {}),
    "heat": heat("", [], [], [], []),
    "curve": curve("", [], 0),
    "whiskers": whiskers("", []),
    "flow": flow("", [], {}, ("", "")),
    "of nothing but zeros": bars("", ["1"], {"x": [0]}),
}


@pytest.fixture
def viewer(db, client):
    client.force_login(person("viewer", ["view_snapshot"], is_staff=True))
    return client


def pictures(snapshot):
    found = (
        *snapshot_pictures(snapshot, before(snapshot)),
        *board_pictures(snapshot),
        *now_pictures(snapshot),
    )
    return {one.key: one for one in found}


def address(shelf, key, form):
    return reverse("admin:clvrec_snapshot_picture", args=[shelf.snapshot.pk, key, form])


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_is_whole_and_needs_no_script_and_no_style(name):
    root = ElementTree.fromstring(CHARTS[name])
    assert root.get("aria-label") == "A <b>"
    assert "style" not in CHARTS[name]
    assert "script" not in CHARTS[name]


@pytest.mark.parametrize("name", EMPTY)
def test_a_chart_of_nothing_is_still_one(name):
    ElementTree.fromstring(EMPTY[name])


def test_coordinates_have_no_comma_in_languages_that_write_one():
    with translation.override("pt-br"):
        drawn = bars("", ["1", "2", "3"], {"x": [1.5, 2, 3]}, places=1)
    root = ElementTree.fromstring(drawn)
    for one in root.iter():
        for name in ("x", "y", "width", "height"):
            float(one.get(name, "0"))
    assert "1: 1,5" not in drawn  # the name of the series stands in between
    assert "x: 1,5" in drawn


def test_tiers_show_sizes_shares_and_what_has_changed(db):
    Shelf(report=FULL | {"cells": [[*FULL["cells"][0][:6], 90, *FULL["cells"][0][7:]]]})
    shelf = Shelf(report=FULL)
    rows = {row[0]: row for row in pictures(shelf.snapshot)["tiers"].written}
    high = rows["High value"]
    assert high[1:5] == ["140", "11.7 %", "50", "80.0 %"]
    assert high[8:] == ["6.57", "306.43"]  # expected orders, and lifetime value
    assert rows["New"][8:] == ["–", "–"]


def test_an_older_snapshot_shows_sizes_and_says_what_is_missing(db):
    old = {name: value for name, value in FULL.items() if name not in {"cells", "spread"}}
    found = pictures(Shelf(report=old).snapshot)
    assert [row[:2] for row in found["tiers"].written][-1] == ["High value", "140"]
    assert "next refresh" in found["tiers"].note
    assert found["scores"].svg == ""


def test_the_elbow_is_told_with_its_cut_points(db):
    found = pictures(Shelf(report=FULL).snapshot)["elbow-recency"]
    assert "k = 4" in found.about
    assert "16.0, 60.0, 150.0" in found.about
    assert found.written[3] == ["4", "200", "yes"]


def test_a_held_back_or_pinned_snapshot_without_a_backtest_says_so(db):
    found = pictures(Shelf(report=FULL | {"leaderboard": []}).snapshot)
    assert "pinned" in found["board-product-discover"].note


def test_who_could_not_be_trained_is_named_with_the_reason(db):
    told = {"level": "product", "name": "dae", "why": "It used 600 seconds."}
    found = pictures(Shelf(report=FULL | {"left_out": [told]}).snapshot)
    assert found["board-product-discover"].note == "dae took no part: It used 600 seconds."


def test_a_report_of_nothing_draws_nothing_and_breaks_nothing(db):
    found = pictures(Shelf(report={}).snapshot)
    assert all(not one.svg for one in found.values())


@pytest.mark.parametrize("form", ["csv", "svg"])
def test_each_picture_of_a_page_can_be_downloaded(viewer, form):
    shelf = Shelf(report=FULL)
    for key, found in pictures(shelf.snapshot).items():
        answer = viewer.get(address(shelf, key, form))
        assert answer.status_code == (200 if form == "csv" or found.svg else 404), key


def test_a_csv_has_the_numbers_as_they_are(viewer):
    shelf = Shelf(report=FULL)
    with translation.override("pt-br"):
        text = viewer.get(address(shelf, "scores", "csv")).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1] == ["3", "0", "400", "2500.0", "6.25"]


def test_a_csv_computes_nothing_in_a_spreadsheet(viewer):
    shelf = Shelf(report=FULL | {"segments": {"=1+1": 5}, "cells": []})
    assert "'=1+1" in viewer.get(address(shelf, "segments", "csv")).text


def test_an_unknown_picture_is_not_found(viewer):
    shelf = Shelf(report=FULL)
    for key, form in (("nothing", "csv"), ("tiers", "png")):
        assert viewer.get(address(shelf, key, form)).status_code == 404


def test_pictures_need_the_permission_to_view_snapshots(db, client):
    client.force_login(person("temp", ["view_customerscore"], is_staff=True))
    shelf = Shelf(report=FULL)
    assert client.get(address(shelf, "tiers", "csv")).status_code == 403
    assert Snapshot.objects.count() == 1


def test_a_level_may_be_called_in_any_script(viewer):
    served = {"类别": {"discover": {"all": "blend"}}, "größe": {"again": {"all": "blend"}}}
    shelf = Shelf(report=FULL | {"served": served})
    page = viewer.get("/admin/clvrec/").text
    for one in board_pictures(shelf.snapshot):
        assert f'id="{one.key}"' in page
        assert viewer.get(address(shelf, one.key, "csv")).status_code == 200


def test_a_picture_that_is_looked_at_in_place_runs_nothing(viewer):
    names = {"<script>alert(1)</script>": 100}
    answer = viewer.get(address(Shelf(report=FULL | {"segments": names}), "segments", "svg"))
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "<script" not in answer.text


def test_money_below_zero_is_a_number_in_a_file():
    picture = Picture(key="a", title="", columns=[Column(label="x")], rows=[[Decimal("-2.5")]])
    assert as_csv(picture).text.splitlines()[1] == "-2.5"


@pytest.mark.parametrize("chart", [bars, shares])
def test_what_is_below_zero_has_no_bar(chart):
    for values in ([-5.0], [-5.0, 3.0]):
        drawn = ElementTree.fromstring(chart("", ["a", "b"][: len(values)], {"x": values}))
        _legend, first, *_ = drawn.iter("{http://www.w3.org/2000/svg}rect")
        assert "0" in {first.get("height"), first.get("width")}
        assert 0 <= float(first.get("y")) <= float(drawn.get("height"))


@pytest.mark.parametrize(("plan", "why"), [({}, "pinned"), ({"product": {}}, "too few orders")])
def test_why_nothing_was_tried_is_said(db, plan, why):
    [one] = board_pictures(Shelf(report=FULL | {"leaderboard": []}, plan=plan).snapshot)
    assert why in one.note


def test_a_group_that_nobody_was_in_before_has_grown_by_all_of_it(db):
    Shelf(report=FULL | {"cells": FULL["cells"][1:]})
    table = pictures(Shelf(report=FULL).snapshot)["segments"].written
    assert [row[3] for row in table] == ["100", "0", "0", "0", "0"]
