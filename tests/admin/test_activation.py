"""Making a snapshot live: a page that asks, a POST that does it, and who it was."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from django_clvrec.models import Snapshot
from tests.shelf import AS_OF, REPORT, Shelf, person

LIST = reverse("admin:clvrec_snapshot_changelist")
RIGHTS = ["view_snapshot", "activate_snapshot"]


@pytest.fixture
def boss(db, client):
    client.force_login(person("boss", RIGHTS, is_staff=True))
    return client


def question(shelf):
    return reverse("admin:clvrec_snapshot_activate", args=[shelf.snapshot.pk])


def choose(client, *shelves):
    """The action of the list."""
    chosen = [shelf.snapshot.pk for shelf in shelves]
    data = {"action": "activate", "_selected_action": chosen, "index": 0}
    return client.post(LIST, data, follow=True)


def confirm(client, shelf):
    """The button of the page that asks, as it is shown now."""
    shown = client.get(question(shelf), follow=True).context.get("live")
    return client.post(question(shelf), {"live": shown.pk if shown else ""}, follow=True)


def live(source="ShopPurchases"):
    return list(Snapshot.objects.live(source))


def messages(response):
    return [str(message) for message in response.context["messages"]]


def test_the_action_of_the_list_asks_first(boss):
    old, new = Shelf(report=REPORT), Shelf(report=REPORT | {"customers": 1500})
    response = choose(boss, old)
    assert response.redirect_chain == [(question(old), 302)]
    assert live() == [new.snapshot]
    rows = {name: (before, now) for name, before, now in response.context["rows"]}
    assert rows["Customers"] == ("1,500", "1,200")
    assert rows["Customers of tier “High value”"] == ("100", "100")
    assert rows["Lists"] == ("3,600", "3,600")
    assert rows["Orders up to"] == ("July 1, 2026, noon", "July 1, 2026, noon")
    assert "This rolls back to an older snapshot" in response.text


def test_confirming_rolls_back_and_is_logged(boss):
    old, new = Shelf(), Shelf()
    assert messages(confirm(boss, old)) == [f"{old.snapshot} is live now."]
    assert live() == [old.snapshot]
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id) == ("boss", str(old.snapshot.pk))
    assert entry.get_change_message() == f"Made live in place of {new.snapshot}."


def test_the_entry_is_shown_in_the_history_of_the_snapshot(boss):
    first = Shelf(is_live=False)
    confirm(boss, first)
    history = reverse("admin:clvrec_snapshot_history", args=[first.snapshot.pk])
    assert "Made live; nothing was live before." in boss.get(history).text


def test_one_that_was_held_back_is_made_live_by_hand(boss):
    Shelf()
    held = Shelf(is_live=False, state="held", error="Held back: too few customers")
    assert "Held back: too few customers" in boss.get(question(held)).text
    confirm(boss, held)
    assert live() == [held.snapshot]


def test_where_another_one_went_live_meanwhile_it_asks_again(boss):
    old, seen = Shelf(), Shelf()
    new = Shelf()
    response = boss.post(question(old), {"live": seen.snapshot.pk})
    assert messages(response) == [
        "Another snapshot has gone live meanwhile. Look again at what would change."
    ]
    assert live() == [new.snapshot]


def test_activating_one_source_leaves_the_others(boss):
    old, _, corner = Shelf(), Shelf(), Shelf("corner")
    confirm(boss, old)
    assert live("corner") == [corner.snapshot]


def test_only_one_is_activated_at_a_time(boss):
    one, two = Shelf(is_live=False), Shelf(is_live=False)
    assert messages(choose(boss, one, two)) == ["Choose one snapshot."]
    assert live() == []


@pytest.mark.parametrize("state", ["failed", "running", "expired"])
def test_a_snapshot_that_is_not_ready_is_refused(boss, state):
    good, bad = Shelf(), Shelf(is_live=False, state=state)
    [message] = messages(boss.post(question(bad), {"live": good.snapshot.pk}, follow=True))
    assert message.endswith("cannot go live: only a snapshot that finished can.")
    assert live() == [good.snapshot]
    assert not LogEntry.objects.exists()


def test_what_is_live_is_not_made_live_again(boss):
    shelf = Shelf()
    assert messages(boss.get(question(shelf), follow=True)) == [
        f"{shelf.snapshot} is live already."
    ]


def test_there_is_no_question_about_a_snapshot_that_does_not_exist(boss):
    address = reverse("admin:clvrec_snapshot_activate", args=[1])
    assert boss.get(address).status_code == 404


@pytest.mark.parametrize("rights", [["view_snapshot", "change_snapshot"], ["activate_snapshot"]])
def test_who_lacks_a_permission_cannot_activate(db, client, rights):
    client.force_login(person("temp", rights, is_staff=True))
    old, new = Shelf(), Shelf()
    assert client.get(question(old)).status_code == 403
    assert client.post(question(old), {"live": new.snapshot.pk}).status_code == 403
    choose(client, old)
    assert live() == [new.snapshot]


def test_who_may_activate_sees_the_action_and_a_link_on_the_page(boss):
    old, new = Shelf(), Shelf()
    assert "Make live (roll back)" in boss.get(LIST).text
    page = reverse("admin:clvrec_snapshot_change", args=[old.snapshot.pk])
    assert question(old) in boss.get(page).text
    page = reverse("admin:clvrec_snapshot_change", args=[new.snapshot.pk])
    assert question(new) not in boss.get(page).text


def test_the_question_takes_six_queries(boss, django_assert_num_queries):
    old, _ = Shelf(report=REPORT), Shelf(report=REPORT)
    with django_assert_num_queries(6):
        boss.get(question(old))


def test_a_shop_without_time_zones_is_asked_too(boss, settings):
    old, _new = (Shelf(report=REPORT, finished_at=AS_OF) for _ in range(2))
    settings.USE_TZ = False
    assert "July 1, 2026, noon" in boss.get(question(old)).text
