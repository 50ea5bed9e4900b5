"""The panel of refreshes: start one, watch it, cancel it."""

import datetime as dt
import time

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_clvrec import locks
from django_clvrec.models import Snapshot
from django_clvrec.office import states
from django_clvrec.office.panel import ASKED
from example_shop import celery_app
from tests.admin.test_broker_down import forget_connections
from tests.shelf import AS_OF, REPORT, Shelf, person

LIST = reverse("admin:clvrec_snapshot_changelist")
REFRESH = reverse("admin:clvrec_snapshot_refresh")
CANCEL = reverse("admin:clvrec_snapshot_cancel")
PROGRESS = reverse("admin:clvrec_snapshot_progress")
JSON = {"Accept": "application/json"}


@pytest.fixture
def viewer(db, client):
    client.force_login(person("viewer", ["view_snapshot"], is_staff=True))
    return client


@pytest.fixture
def boss(db, client):
    client.force_login(person("boss", ["view_snapshot", "run_refresh"], is_staff=True))
    return client


@pytest.fixture
def running(db):
    """A refresh at work, which this process would be doing."""
    return locks.acquire("ShopPurchases", "by hand", AS_OF)


def messages(response):
    return [str(message) for message in response.context["messages"]]


def asked(client, source="ShopPurchases"):
    """What a script is told of a source."""
    [run] = [one for one in client.get(PROGRESS).json()["sources"] if one["source"] == source]
    return run


def at(running, stage, done=0, total=0, since=60):
    """The refresh has come so far."""
    started = timezone.now() - dt.timedelta(seconds=since)
    Snapshot.objects.filter(pk=running.pk).update(
        stage=stage, done=done, total=total, started_at=started
    )


# refresh now


@pytest.fixture
def asked_for(monkeypatch):
    """What the task asks of the pipeline, where training would take its time."""
    calls = []

    def refresh(*args, **_options):
        calls.append(args)
        return Snapshot(report={})

    monkeypatch.setattr("django_clvrec.tasks.refresh_now", refresh)
    return calls


def test_the_button_hands_one_refresh_to_celery(boss, asked_for):
    assert f'action="{REFRESH}"' in boss.get(LIST).text
    response = boss.post(REFRESH, {"source": "ShopPurchases"}, follow=True)
    assert asked_for == [("ShopPurchases", None, None)]
    assert response.redirect_chain == [(LIST, 302)]
    assert messages(response) == ["The refresh has finished."]


def test_the_button_leads_back_to_the_page_it_was_on_and_to_no_other_site(boss, asked_for):
    here = reverse("admin:index")
    assert boss.post(REFRESH, {"next": here}).url == here
    assert boss.post(REFRESH, {"next": "https://elsewhere.example/"}).url == LIST


def test_a_script_is_answered_in_json(boss, asked_for):
    answer = boss.post(REFRESH, headers=JSON).json()
    assert answer == {"message": "The refresh has finished.", "level": "success"}


@pytest.mark.parametrize("address", [REFRESH, CANCEL])
@pytest.mark.parametrize("rights", [["view_snapshot"], ["view_snapshot", "change_snapshot"]])
def test_who_may_not_run_neither_starts_nor_cancels(client, asked_for, running, address, rights):
    client.force_login(person("temp", rights, is_staff=True))
    assert client.post(address, {"snapshot": running.pk}).status_code == 403
    running.refresh_from_db()
    assert (asked_for, running.cancelled_by) == ([], "")


@pytest.mark.parametrize("address", [REFRESH, CANCEL])
def test_an_anonymous_visitor_is_asked_to_sign_in(db, client, asked_for, address):
    assert reverse("admin:login") in client.post(address).url
    assert asked_for == []


@pytest.mark.parametrize("address", [REFRESH, CANCEL])
def test_looking_at_an_address_changes_nothing(boss, asked_for, running, address):
    assert boss.get(address, {"snapshot": running.pk}).status_code == 405
    running.refresh_from_db()
    assert (asked_for, running.cancelled_by) == ([], "")


def test_a_form_of_another_site_starts_nothing(db, asked_for):
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("boss", ["view_snapshot", "run_refresh"], is_staff=True))
    assert client.post(REFRESH).status_code == 403
    assert asked_for == []


def test_a_refresh_that_fails_says_why_and_who_started_it(boss):
    """The real task: a shop without orders fails before an engine starts."""
    [message] = messages(boss.post(REFRESH, follow=True))
    failed = Snapshot.objects.get()
    assert failed.state == "failed"
    assert message == failed.error
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id) == ("boss", str(failed.pk))
    assert entry.get_change_message() == "Started this refresh."


def test_a_second_refresh_is_refused_while_one_runs(boss, running):
    [message] = messages(boss.post(REFRESH, follow=True))
    assert message.startswith(f"Refresh {running.pk} of ShopPurchases is running")


def test_an_unknown_source_is_told_in_words(boss, asked_for):
    [message] = messages(boss.post(REFRESH, {"source": "nobody"}, follow=True))
    assert message.startswith("No purchase source is called 'nobody'")
    assert asked_for == []


# handed to a worker


@pytest.fixture
def handed_over(boss):
    """A refresh that lies in the queue of a broker in memory, where nobody takes it."""
    conf = celery_app.conf
    before = conf.task_always_eager, conf.broker_url
    conf.task_always_eager, conf.broker_url = False, "memory://"
    forget_connections()
    answer = boss.post(REFRESH, {"source": "ShopPurchases"}, headers=JSON).json()
    assert answer["message"] == "The refresh was handed to Celery."
    yield boss
    conf.task_always_eager, conf.broker_url = before
    forget_connections()


def test_a_refresh_that_was_handed_over_is_waited_for(handed_over):
    run = asked(handed_over)
    assert (run["state"], run["is_busy"], run["is_late"]) == ("waiting", True, False)
    assert "data-clvrec-start hidden>" in handed_over.get(LIST).text


def test_if_no_worker_takes_it_the_panel_says_so(handed_over, monkeypatch):
    monkeypatch.setattr(states, "PATIENCE_SECONDS", -1)
    page = handed_over.get(LIST).text
    assert "No worker has taken it yet." in page
    assert "celery -A example_shop worker -Q clvrec" in page
    assert "data-clvrec-start>" in page  # and it may be started again


def test_as_soon_as_a_worker_has_taken_it_its_progress_is_shown(handed_over, running):
    assert asked(handed_over)["state"] == "running"


@pytest.fixture
def sent(monkeypatch):
    """What would be handed to a broker."""
    calls = []
    monkeypatch.setattr("django_clvrec.tasks.hand_over", lambda *args: calls.append(args))
    return calls


def test_pressing_the_button_twice_hands_over_one(boss, sent):
    told = [boss.post(REFRESH, headers=JSON).json()["level"] for _ in range(2)]
    assert (told, len(sent)) == (["success", "warning"], 1)


def test_a_second_one_is_not_handed_over_while_one_is_at_work(boss, sent, running):
    answer = boss.post(REFRESH, headers=JSON).json()
    assert answer["message"].startswith(f"Refresh {running.pk} of ShopPurchases is running")
    assert (answer["level"], sent) == ("warning", [])


def hand_over_beside(client, running):
    """As from another window, where the button was still to be seen."""
    session = client.session
    session[ASKED] = {"ShopPurchases": (time.time() - 60, running.pk)}
    session.save()


def test_what_is_at_work_can_be_cancelled_though_another_was_handed_over(boss, running):
    hand_over_beside(boss, running)
    run = asked(boss)
    assert (run["state"], run["id"], run["may_cancel"]) == ("running", running.pk, True)


@pytest.mark.parametrize(("ago", "state"), [(1, "waiting"), (30, "failed")])
def test_one_that_was_handed_over_meanwhile_and_refused_is_not_waited_for(
    boss, running, ago, state
):
    hand_over_beside(boss, running)
    ended = timezone.now() - dt.timedelta(seconds=ago)
    Snapshot.objects.update(state="failed", finished_at=ended)
    run = asked(boss)
    assert (run["state"], run["is_late"]) == (state, False)


# progress


def test_a_source_that_was_never_refreshed_has_nothing_to_tell(viewer):
    run = asked(viewer)
    assert (run["id"], run["state"], run["said"]) == (None, "", "")


def test_progress_is_told_in_words_and_numbers(viewer, running):
    at(running, "publish", 3000, 12000)
    run = asked(viewer)
    assert (run["id"], run["state"], run["stage"]) == (running.pk, "running", "publish")
    assert (run["done"], run["total"], run["percent"]) == (3000, 12000, 25)
    assert run["said"] == "Writing scores and lists"
    assert run["detail"] == "3,000 of 12,000 · since 1:00"
    assert (run["seconds"], run["share"], run["seconds_left"], run["bar"]) == (60, None, None, 25)


def test_the_last_refresh_tells_how_much_is_done_and_left(viewer):
    report = REPORT | {"stages": {"extract": 10, "rfm": 30, "publish": 60}}
    before = Shelf(report=report).snapshot
    took = before.started_at + dt.timedelta(seconds=200)
    Snapshot.objects.update(finished_at=took)
    at(locks.acquire("ShopPurchases", "by hand", AS_OF), "publish", 1, 2)
    run = asked(viewer)
    assert (run["share"], run["seconds_left"], run["bar"]) == (70, 60, 70)
    assert run["detail"].endswith("about 1 min left")


def test_who_may_run_is_told_that_it_can_be_cancelled(boss, running):
    assert asked(boss)["may_cancel"]


def test_who_may_only_look_is_told_that_it_cannot(viewer, running):
    assert not asked(viewer)["may_cancel"]


def test_one_whose_process_is_gone_is_no_progress(boss, running):
    Snapshot.objects.update(holder="")
    run = asked(boss)
    assert (run["is_gone"], run["is_busy"], run["may_cancel"]) == (True, False, False)
    assert "The process that ran it is gone" in run["said"]


@pytest.mark.parametrize(
    ("state", "fields", "said"),
    [
        ("ready", {"report": REPORT}, "The last refresh finished, with 1,200 customers."),
        ("held", {}, "The last refresh was held back: what was live stays live."),
        ("failed", {}, "The last refresh failed: what was live stays live."),
        ("failed", {"cancelled_by": "boss"}, "The last refresh was cancelled by boss."),
    ],
)
def test_how_the_last_refresh_ended_is_told_with_the_reason(viewer, state, fields, said):
    Shelf(is_live=False, state=state, error="This is why.", **fields)
    run = asked(viewer)
    assert (run["state"], run["said"], run["message"]) == (state, said, "This is why.")
    assert not run["is_busy"]


def test_progress_is_kept_by_no_cache(viewer):
    assert "no-store" in viewer.get(PROGRESS)["Cache-Control"]


def test_progress_needs_the_permission_to_look(db, client):
    client.force_login(person("temp", ["run_refresh"], is_staff=True))
    assert client.get(PROGRESS).status_code == 403
    assert client.post(PROGRESS).status_code == 405


def test_progress_takes_six_queries_whatever_there_is(viewer, django_assert_num_queries):
    for source in ("ShopPurchases", "corner"):
        for _ in range(5):
            Shelf(source, report=REPORT)
        locks.acquire(source, "by hand", AS_OF)
    with django_assert_num_queries(6):
        viewer.get(PROGRESS)


# cancel


def test_cancelling_asks_the_refresh_to_end_and_is_logged(boss, running):
    [message] = messages(boss.post(CANCEL, {"snapshot": running.pk}, follow=True))
    assert message.startswith("The refresh is cancelled.")
    running.refresh_from_db()
    assert running.cancelled_by == "boss"
    assert LogEntry.objects.get().get_change_message() == "Cancelled this refresh."
    run = asked(boss)
    assert (run["is_cancelling"], run["may_cancel"]) == (True, False)
    assert run["said"] == "Cancelled by boss; it ends at its next step."


def test_cancelling_twice_says_so(boss, running):
    locks.ask_to_end(running.pk, "somebody")
    [message] = messages(boss.post(CANCEL, {"snapshot": running.pk}, follow=True))
    assert message.startswith("It is cancelled already")
    assert not LogEntry.objects.exists()


def test_what_has_ended_is_not_cancelled(boss):
    shelf = Shelf()
    [message] = messages(boss.post(CANCEL, {"snapshot": shelf.snapshot.pk}, follow=True))
    assert message.startswith("It has ended already")


@pytest.mark.parametrize("number", ["", "999", "x", "²"])
def test_a_refresh_that_does_not_exist_is_not_cancelled(boss, number):
    assert messages(boss.post(CANCEL, {"snapshot": number}, follow=True)) == [
        "There is no such refresh."
    ]
