"""What no constraint of every database can say is kept by code, with many at once."""

import threading
from collections import Counter
from uuid import UUID

import pytest
from django.db import connection, connections

from django_clvrec.exceptions import LeaseLost, RefreshRunning
from django_clvrec.feedback.storing import store
from django_clvrec.locks import acquire, ask_to_end, flip
from django_clvrec.models import CurrentTier, ShownList, Snapshot, SourceState, TierChange
from django_clvrec.movement import record
from tests.shelf import AS_OF, Shelf

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]
THREADS = 6


def at_once(work):
    """`work` in many threads that begin together; what each gives, or the name of its error."""
    start, said = threading.Barrier(THREADS), []

    def run(number):
        try:
            start.wait()
            said.append(work(number))
        except Exception as error:  # noqa: BLE001 - the test looks at it
            said.append(type(error).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(map(str, said))


@pytest.fixture(params=["read committed", "repeatable read"])
def isolation(request):
    """The isolation of every new connection: Django's choice on MySQL, and the server's own."""
    options = connection.settings_dict["OPTIONS"]
    before = options.copy()
    if connection.vendor == "mysql":
        options["isolation_level"] = request.param
    elif connection.vendor == "postgresql":
        level = request.param.replace(" ", "\\ ")
        options["options"] = f"-c default_transaction_isolation={level}"
    connection.close()
    yield request.param
    options.clear()
    options.update(before)
    connection.close()


def test_of_a_source_one_refresh_runs(isolation):
    SourceState.objects.create(source="corner")
    said = at_once(lambda _: acquire("corner", "local", AS_OF).source)
    assert said["corner"] == 1
    assert Snapshot.objects.filter(running_of__isnull=False).count() == 1
    assert {*said} <= {"corner", RefreshRunning.__name__, "OperationalError"}


def test_who_lost_the_lease_cannot_go_live(isolation):
    old = acquire("corner", "local", AS_OF)
    newer = Snapshot.objects.create(source="corner", engine="local", as_of=AS_OF)
    SourceState.objects.filter(source="corner").update(running=newer)
    with pytest.raises(LeaseLost):
        flip(old)
    assert SourceState.objects.get().live is None


def test_of_many_one_cancels(isolation):
    snapshot = acquire("corner", "local", AS_OF)
    said = at_once(lambda number: ask_to_end(snapshot.pk, f"boss {number}"))
    assert said["True"] == 1


def test_a_move_is_noted_once(isolation):
    shelf = Shelf("corner")

    def note(_):
        move = {"before": "low", "after": "mid", "cause": "order"}
        record("corner", shelf.snapshot.pk, "ann", **move)

    at_once(note)
    assert TierChange.objects.count() == 1
    assert CurrentTier.objects.get().tier == "mid"


def test_what_was_shown_is_stored_once_and_one_call_counts_it(isolation):
    def shown(_):
        one = ShownList(
            pk=UUID(int=1), subject_key="ann", is_customer=True, level="product",
            intent="discover", answer_source="popular", snapshot_id=1, tier="new",
            items=[["1", None]], shown_at=AS_OF,
        )  # fmt: skip
        return len(store([one], [])[0])

    said = at_once(shown)
    assert said["1"] == 1
    assert ShownList.objects.count() == 1
