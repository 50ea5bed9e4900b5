"""The admin's pages of snapshots, and their two buttons."""

import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from django_clvrec import locks
from django_clvrec.models import Snapshot
from tests.shelf import AS_OF, REPORT, Shelf, person

LIST = reverse("admin:clvrec_snapshot_changelist")
REFRESH = reverse("admin:clvrec_snapshot_refresh")
LOOK, RUN, CHOOSE = "view_snapshot", "run_refresh", "activate_snapshot"


@pytest.fixture
def viewer(db, client):
    client.force_login(person("viewer", [LOOK], is_staff=True))
    return client


@pytest.fixture
def boss(db, client):
    client.force_login(person("boss", [LOOK, RUN, CHOOSE], is_staff=True))
    return client


def page_of(shelf):
    return reverse("admin:clvrec_snapshot_change", args=[shelf.snapshot.pk])


def activate(client, *shelves):
    chosen = [shelf.snapshot.pk for shelf in shelves]
    data = {"action": "activate", "_selected_action": chosen, "index": 0}
    return client.post(LIST, data, follow=True)


def live(source="ShopPurchases"):
    return list(Snapshot.objects.live(source))


def messages(response):
    return [str(message) for message in response.context["messages"]]


# looking


def test_the_list_shows_state_counts_duration_and_error(viewer):
    shelf = Shelf(report=REPORT)
    took = dt.timedelta(minutes=2, seconds=3, milliseconds=400)
    Snapshot.objects.update(finished_at=shelf.snapshot.started_at + took)
    Shelf(is_live=False, state="failed", error="Out of memory\nat line 3")
    page = viewer.get(LIST).text
    for shown in ("Ready", "1,200", "0:02:03", "Failed", "Out of memory"):
        assert shown in page
    assert "at line 3" not in page


def test_a_running_snapshot_shows_its_stage_and_share(viewer):
    Shelf(is_live=False, state="running", stage="publish", done=30, total=120)
    assert "publish 25 %" in viewer.get(LIST).text


def test_a_running_snapshot_of_unknown_size_shows_its_stage(viewer):
    shelf = Shelf(is_live=False, state="running", stage="extract")
    assert '<td class="field-note">extract</td>' in viewer.get(LIST).text
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
    for shown in ("600", "recency", "3.0 · 30.0", "16.5", "too few customers", "refund: 5", "2048"):
        assert shown in page


def test_the_page_of_a_snapshot_shows_who_serves_and_the_leaderboard(viewer):
    page = viewer.get(page_of(Shelf(report=REPORT))).text
    for shown in ("Who serves whom", "high: als:tier", "0.253", "0.201 – 0.305"):
        assert shown in page
    # what was served comes first, then the best; tiers have their own rows elsewhere
    assert page.index(">auto<") < page.index(">blend<") < page.index(">popular<")
    assert "0.410" not in page


def test_one_that_was_held_back_is_made_live_by_hand(boss):
    Shelf()
    held = Shelf(is_live=False, state="held", error="Held back: too few customers")
    activate(boss, held)
    assert live() == [held.snapshot]


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


# activate


def test_activating_rolls_back_and_is_logged(boss):
    old, _ = Shelf(), Shelf()
    assert messages(activate(boss, old)) == [f"{old.snapshot} is live now."]
    assert live() == [old.snapshot]
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id) == ("boss", str(old.snapshot.pk))
    assert entry.get_change_message() == "Changed live."


def test_activating_one_source_leaves_the_others(boss):
    old, _, corner = Shelf(), Shelf(), Shelf("corner")
    activate(boss, old)
    assert live("corner") == [corner.snapshot]


def test_only_one_is_activated_at_a_time(boss):
    one, two = Shelf(is_live=False), Shelf(is_live=False)
    assert messages(activate(boss, one, two)) == ["Choose one snapshot."]
    assert live() == []


@pytest.mark.parametrize("state", ["failed", "running", "expired"])
def test_a_snapshot_that_is_not_ready_is_refused(boss, state):
    good, bad = Shelf(), Shelf(is_live=False, state=state)
    [message] = messages(activate(boss, bad))
    assert "Only a snapshot that finished can go live" in message
    assert live() == [good.snapshot]
    assert not LogEntry.objects.exists()


def test_who_may_only_look_cannot_activate(viewer):
    old, new = Shelf(), Shelf()
    activate(viewer, old)
    assert live() == [new.snapshot]


def test_who_may_only_look_sees_no_buttons(viewer):
    Shelf()
    page = viewer.get(LIST).text
    assert "Refresh now" not in page
    assert "Make live" not in page


def test_who_may_run_sees_both_buttons(boss):
    Shelf()
    page = boss.get(LIST).text
    assert f'<form method="post" action="{REFRESH}">' in page
    assert "Make live" in page


# refresh now


@pytest.fixture
def asked_for(monkeypatch):
    """What the task asks of the pipeline, where training would need Spark."""
    calls = []

    def refresh(*args, **_options):
        calls.append(args)
        return Snapshot(report={})

    monkeypatch.setattr("django_clvrec.tasks.refresh_now", refresh)
    return calls


def test_the_button_hands_one_refresh_to_celery(boss, asked_for):
    response = boss.post(REFRESH, follow=True)
    assert asked_for == [(None, None, None)]
    assert response.redirect_chain == [(LIST, 302)]
    assert messages(response) == ["The refresh has finished."]


def test_a_refresh_needs_the_permission_to_change(viewer, asked_for):
    assert viewer.post(REFRESH).status_code == 403
    assert asked_for == []


def test_an_anonymous_visitor_is_asked_to_sign_in(db, client, asked_for):
    assert reverse("admin:login") in client.post(REFRESH).url
    assert asked_for == []


def test_looking_at_the_address_starts_nothing(boss, asked_for):
    assert boss.get(REFRESH).status_code == 405
    assert asked_for == []


def test_a_form_of_another_site_starts_nothing(db, asked_for):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("boss", [LOOK, RUN, CHOOSE], is_staff=True))
    assert client.post(REFRESH).status_code == 403
    assert asked_for == []


def test_a_refresh_that_fails_says_why_and_leaves_its_record(boss):
    """The real task: a shop without orders fails before an engine starts."""
    [message] = messages(boss.post(REFRESH, follow=True))
    failed = Snapshot.objects.get()
    assert failed.state == "failed"
    assert message == failed.error


def test_a_second_refresh_is_refused_while_one_runs(boss):
    running = locks.acquire("ShopPurchases", "by hand", AS_OF)
    [message] = messages(boss.post(REFRESH, follow=True))
    assert message.startswith(f"Refresh {running.pk} of ShopPurchases is running")


def test_the_list_takes_eight_queries_whatever_its_length(boss, django_assert_num_queries):
    Shelf(report=REPORT)
    with django_assert_num_queries(8):
        boss.get(LIST)
    for _ in range(30):
        Shelf(report=REPORT)
    with django_assert_num_queries(8):
        boss.get(LIST)
