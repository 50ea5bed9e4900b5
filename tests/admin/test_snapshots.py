"""The admin's pages of snapshots: what they show, and to whom."""

import datetime as dt

import pytest
from django.urls import reverse

from django_clvrec.models import Snapshot
from tests.shelf import REPORT, Shelf, person

LIST = reverse("admin:clvrec_snapshot_changelist")


@pytest.fixture
def viewer(db, client):
    client.force_login(person("viewer", ["view_snapshot"], is_staff=True))
    return client


def page_of(shelf):
    return reverse("admin:clvrec_snapshot_change", args=[shelf.snapshot.pk])


def test_the_list_shows_state_counts_duration_and_error(viewer):
    shelf = Shelf(report=REPORT)
    took = dt.timedelta(minutes=2, seconds=3, milliseconds=400)
    Snapshot.objects.update(finished_at=shelf.snapshot.started_at + took)
    Shelf(is_live=False, state="failed", error="Out of memory\nat line 3")
    page = viewer.get(LIST).text
    for shown in (
        "Ready",
        "1,200",
        "0:02:03",
        "Failed",
        '<td class="field-note">Out of memory</td>',
    ):
        assert shown in page


def test_a_running_snapshot_shows_its_stage_and_share(viewer):
    Shelf(is_live=False, state="running", stage="publish", done=30, total=120)
    assert "Writing scores and lists 25 %" in viewer.get(LIST).text


def test_a_running_snapshot_of_unknown_size_shows_its_stage(viewer):
    shelf = Shelf(is_live=False, state="running", stage="extract")
    assert '<td class="field-note">Reading purchases</td>' in viewer.get(LIST).text
    assert viewer.get(page_of(shelf)).status_code == 200


def test_the_live_one_is_marked(viewer):
    Shelf()
    Shelf(is_live=False)
    page = viewer.get(LIST).text
    assert (page.count('alt="True"'), page.count('alt="False"')) == (1, 1)


def test_snapshots_are_filtered_by_state_and_source(viewer):
    Shelf(is_live=False, state="failed")
    Shelf("corner")
    for question in ({"state__exact": "failed"}, {"source": "ShopPurchases"}):
        [row] = viewer.get(LIST, question).context["cl"].result_list
        assert (row.state, row.source) == ("failed", "ShopPurchases")


def test_the_page_of_a_snapshot_shows_its_report(viewer):
    page = viewer.get(page_of(Shelf(report=REPORT))).text
    for shown in ("600", "Recency", "16.5", "too few customers", "refund: 5", "2,048 MB"):
        assert shown in page


def test_the_page_of_a_snapshot_shows_who_serves_and_the_leaderboard(viewer):
    page = viewer.get(page_of(Shelf(report=REPORT))).text
    for shown in ("Who serves whom", "High value: als:tier", "0.253", "0.201", "0.305"):
        assert shown in page
    # all customers come first, and of them what was served
    found = [page.index(f"<td>{ndcg}</td>") for ndcg in ("0.253", "0.251", "0.200", "0.410")]
    assert found == sorted(found)


def test_the_page_of_a_failed_snapshot_shows_the_whole_error(viewer):
    shelf = Shelf(is_live=False, state="failed", error="Out of memory\nat <line> 3")
    assert "at &lt;line&gt; 3" in viewer.get(page_of(shelf)).text


@pytest.mark.parametrize("address", ["add", "change", "delete"])
def test_not_even_an_administrator_edits_snapshots(admin_client, address):
    shelf = Shelf(is_live=False)
    args = [] if address == "add" else [shelf.snapshot.pk]
    url = reverse(f"admin:clvrec_snapshot_{address}", args=args)
    assert admin_client.post(url, {"state": "failed", "post": "yes"}).status_code == 403
    shelf.snapshot.refresh_from_db()
    assert shelf.snapshot.state == "ready"


def test_staff_without_the_permission_are_kept_out(db, client):
    client.force_login(person("temp", is_staff=True))
    assert client.get(LIST).status_code == 403
    assert client.get(page_of(Shelf())).status_code == 403


def test_who_may_only_look_sees_no_buttons(viewer):
    shelf = Shelf(is_live=False)
    for page in (viewer.get(LIST).text, viewer.get(page_of(shelf)).text):
        assert "Refresh now" not in page
        assert "Make live" not in page


def test_the_list_takes_nine_queries_whatever_its_length(viewer, django_assert_num_queries):
    Shelf(report=REPORT)
    with django_assert_num_queries(9):
        viewer.get(LIST)
    for _ in range(30):
        Shelf(report=REPORT)
    with django_assert_num_queries(9):
        viewer.get(LIST)


# held back by the quality gate


@pytest.fixture
def held():
    """One with half of the customers that are live, which is too few."""
    Shelf(report=REPORT)
    error = "Held back: the number of customers fell from 1,200 to 500."
    return Shelf(is_live=False, state="held", error=error, report=REPORT | {"customers": 500})


def test_the_list_says_why_one_was_held_back_and_what_can_be_done(viewer, held):
    page = viewer.get(LIST).text
    for shown in ("held back: what was live stays live", held.snapshot.error, "Find out why"):
        assert shown in page


def test_the_page_shows_the_figures_that_the_gate_compared(viewer, held):
    page = viewer.get(page_of(held))
    assert held.snapshot.error in page.text
    first, *others = page.context["verdict"]["measures"]
    assert (first["name"], first["before"], first["now"], first["falls"]) == (
        "Customers", 1200, 500, True,
    )  # fmt: skip
    assert {one["name"]: one["falls"] for one in others} == {
        "Lists": False, "NDCG of product, discover": False,
    }  # fmt: skip
    for shown in ("too low", "enough", "Two ways on"):
        assert shown in page.text


def test_the_page_of_the_live_one_says_so(viewer):
    assert "This snapshot is live." in viewer.get(page_of(Shelf(report=REPORT))).text
