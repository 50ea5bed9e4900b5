"""What a refresh puts into quarantine, what the doctor says, and what is decided in the admin."""

import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from django_clvrec.doctor import Severity
from django_clvrec.doctor.quarantine import waiting
from django_clvrec.models import Quarantine, Snapshot
from django_clvrec.pipeline import refresh
from tests.corner_shop.clvrec import CornerShop
from tests.shelf import person

LIST = reverse("admin:clvrec_quarantine_changelist")
OPEN, CONFIRMED, RELEASED = Quarantine.State.values


@pytest.fixture
def one(db):
    """An item that waits for somebody to decide."""
    return Quarantine.objects.create(
        source="corner",
        level="product",
        item_key="7",
        first_day=dt.date(2026, 6, 1),
        last_day=dt.date(2026, 6, 7),
        days=7,
        orders_before=0,
        buyers=20,
        newcomers=18,
        usual=0.12,
        chance=3e-12,
        snapshot_id=1,
    )


@pytest.fixture
def client_of(client):
    def client_of(*rights):
        client.force_login(person("office", list(rights), is_staff=True))
        return client

    return client_of


def ask(client, action, row):
    data = {"action": action, "_selected_action": [row.pk]}
    return client.post(LIST, data, follow=True)


def test_the_list_tells_the_evidence(client_of, one):
    page = client_of("view_quarantine").get(LIST).text
    assert "18 of 20 buyers had no order that was 7 days old" in page
    assert "12 % of them were to be expected. By chance: 3e-12." in page


@pytest.mark.parametrize(("action", "state"), [("let_count", RELEASED), ("keep_out", CONFIRMED)])
def test_a_decision_is_kept_with_who_took_it(client_of, one, action, state):
    page = ask(client_of("view_quarantine", "change_quarantine"), action, one)
    assert "1 item was decided on. It holds from the next refresh on." in page.text
    one.refresh_from_db()
    assert (one.state, one.decided_by) == (state, "office")
    assert one.decided_at is not None
    assert LogEntry.objects.get().object_id == str(one.pk)


def test_who_may_only_look_decides_nothing(client_of, one):
    client = client_of("view_quarantine")
    assert "let_count" not in client.get(LIST).text
    ask(client, "let_count", one)
    one.refresh_from_db()
    assert one.state == OPEN


def test_the_doctor_tells_what_is_undecided(one, django_assert_num_queries):
    with django_assert_num_queries(1):
        [found] = waiting("corner")
    assert found.severity == Severity.WARNING
    assert found.text.startswith("1 item is in quarantine")
    assert "Items in quarantine" in found.hint
    one.state = CONFIRMED
    one.save()
    assert [*waiting("corner")] == []


@pytest.fixture
def pushed(stock, settings, monkeypatch):
    """A shop with regulars, and twelve made-up customers who came for one item."""
    monkeypatch.setattr(CornerShop, "items", {"product": "product_id"})
    settings.CLVREC = settings.CLVREC | {"ENGINE": "local", "RECOMMENDER": "item_knn"}
    stock.fill(customers=80)
    for number in range(12):
        stock.bought(stock.customer(f"fake {number}"), "pushed", days_ago=3, price="20.00")
    return stock.product("pushed")


def test_a_refresh_finds_it_once_and_heeds_what_is_decided(pushed, as_of):
    snapshot = refresh("corner", as_of=as_of)
    row = Quarantine.objects.get()
    assert (row.item_key, row.newcomers, row.snapshot_id) == (str(pushed.pk), 12, snapshot.pk)
    assert snapshot.report["quarantine"] == {OPEN: 1, CONFIRMED: 0, RELEASED: 0, "lines": 12}
    assert popular(snapshot, pushed) == 0
    assert snapshot.report["customers"] == 92

    later = refresh("corner", as_of=as_of)
    row = Quarantine.objects.get()
    assert row.snapshot_id == later.pk

    Quarantine.objects.update(state=RELEASED)
    last = refresh("corner", as_of=as_of)
    assert Quarantine.objects.get().state == RELEASED
    assert popular(last, pushed) > 0


def popular(snapshot, product):
    """In how many popular lists a product is."""
    found = Snapshot.objects.get(pk=snapshot.pk).popularitems_set.all()
    return sum(str(product.pk) in [key for key, _ in one.items] for one in found)


def test_what_was_decided_holds_for_days_that_are_not_conspicuous_any_more(pushed, as_of):
    refresh("corner", as_of=as_of)
    row = Quarantine.objects.get()
    first, last = row.first_day - dt.timedelta(days=30), row.last_day
    Quarantine.objects.update(state=CONFIRMED, first_day=first)
    refresh("corner", as_of=as_of)
    row = Quarantine.objects.get()
    assert (row.first_day, row.last_day, row.state) == (first, last, CONFIRMED)
