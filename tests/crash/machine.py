"""Refreshes, roll-backs, erasures, orders and readers at once, in any order."""

import threading
import traceback
from contextlib import suppress
from functools import wraps

from django.db import connection, connections
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from django_clvrec import pipeline
from django_clvrec.exceptions import (
    HeldBack,
    LeaseLost,
    NotPublishable,
    RefreshCancelled,
    RefreshRunning,
)
from django_clvrec.locks import SILENCE, ask_to_end
from django_clvrec.models import (
    CurrentTier,
    CustomerScore,
    PopularItems,
    Recommendation,
    Snapshot,
    SnapshotArray,
    SourceState,
)
from django_clvrec.privacy import erase
from tests.crash.light import SECONDS, SOURCE, WORKERS, Worker
from tests.crash.readers import Reader, whole
from tests.stock import Stock

POLITE = (HeldBack, LeaseLost, NotPublishable, RefreshCancelled, RefreshRunning)
"""What may be said to who comes at the wrong time."""
ROWS = (CustomerScore, Recommendation, PopularItems, SnapshotArray, CurrentTier)
NUMBER = st.integers(0, 11)


def told(act):
    """Keeps what went wrong: threads make no run like another, and then Hypothesis tells no more
    than that.
    """

    @wraps(act)
    def tried(self, *args, **given):
        if given or args:
            self.past.append((act.__name__, args, given))
        try:
            return act(self, *args, **given)
        except Exception:
            self.failures.append(f"after {self.past}\n{traceback.format_exc()}")
            raise

    return tried


class Shop(RuleBasedStateMachine):
    """A shop of a dozen customers; `tally` counts what was done and seen."""

    tally, failures = None, []

    def __init__(self):
        super().__init__()
        self.stock = Stock(timezone.now())
        self.people = [self.stock.customer(f"customer {number}") for number in range(12)]
        self.customers = sorted(str(one.pk) for one in self.people)
        self.erased, self.workers, self.past = {}, [], []
        self.readers = [Reader(self.customers, number) for number in range(2)]
        for reader in self.readers:
            reader.start()

    @initialize()
    @told
    def publish(self):
        """Something is live from the start."""
        self.begin(is_small=False)
        self.workers[-1].finish()

    # refreshes

    @rule(is_small=st.booleans())
    @told
    def begin(self, is_small):
        """One that is small is held back by the quality gate, or compared with a small one."""
        self.workers.append(Worker.begun(self.customers, is_small=is_small))

    @rule(number=NUMBER)
    @told
    def step(self, number):
        for one in self.some(number):
            one.step()

    @rule(number=NUMBER)
    @told
    def finish(self, number):
        for one in self.some(number):
            one.finish()

    @rule(number=NUMBER)
    @told
    def cancel(self, number):
        for one in self.some(number):
            ask_to_end(one.snapshot.pk, "boss")

    @rule(number=NUMBER)
    @told
    def fall_silent(self, number):
        """As a machine that was paused, or cut off from the database."""
        for one in self.some(number):
            Snapshot.objects.filter(pk=one.snapshot.pk).update(
                holder="elsewhere:1:1", heartbeat_at=timezone.now() - 2 * SILENCE
            )

    # what people do

    @rule(number=NUMBER)
    @told
    def activate(self, number):
        with suppress(NotPublishable):
            pipeline.activate(self.one_of(list(Snapshot.objects.order_by("pk")), number))

    @rule(number=NUMBER)
    @told
    def erase(self, number):
        key = self.one_of(self.customers[1:], number)  # somebody has to be left
        begun = Snapshot.objects.order_by("-pk").values_list("pk", flat=True).first()
        erase(key, SOURCE)
        self.erased[key] = begun

    @rule(number=NUMBER)
    @told
    def order(self, number):
        """Who has bought since the snapshot is scored again, and may move."""
        self.stock.bought(self.one_of(self.people, number), "apple", days_ago=0)

    @rule(number=NUMBER, what=st.sets(st.sampled_from(["refresh", "back", "erase"]), min_size=2))
    @told
    def at_once(self, number, what):
        """In threads that are let go together."""
        acts = {
            "refresh": lambda: Worker.run_freely(self.customers),
            "back": lambda: self.activate(number),
            "erase": lambda: self.erase(number),
        }
        together([acts[name] for name in sorted(what)])

    @rule()
    @told
    def prune(self):
        replaced = SourceState.objects.get(source=SOURCE).live_id
        pipeline.prune(SOURCE, still_read=replaced)

    # what always holds

    @invariant()
    @told
    def one_is_live_and_whole(self):
        states = list(SourceState.objects.all())
        if not states:
            return
        [state] = states
        live = state.live
        assert live is not None
        assert live.state == Snapshot.State.READY
        assert whole(live.pk, self.erased)
        assert PopularItems.objects.filter(snapshot=live).count() == 4
        assert SnapshotArray.objects.filter(snapshot=live).exists()
        for reader in self.readers:
            reader.is_live.set()

    @invariant()
    @told
    def at_most_one_holds_the_lease(self):
        running = set(Snapshot.objects.filter(state="running").values_list("pk", flat=True))
        held = set(SourceState.objects.values_list("running_id", flat=True)) - {None}
        assert len(running) <= 1
        assert running == held

    @invariant()
    @told
    def what_ended_leaves_no_rows(self):
        ended = Snapshot.objects.filter(state__in=("failed", "expired"))
        ended = ended.exclude(pk__in=[one.snapshot.pk for one in self.at_work])
        assert [one for one in ROWS if one.objects.filter(snapshot__in=ended).exists()] == []

    @invariant()
    @told
    def who_was_erased_stays_away(self):
        done = (Snapshot.State.READY, Snapshot.State.HELD)
        for key, begun in self.erased.items():
            rows = CustomerScore.objects.filter(snapshot__state__in=done, snapshot_id__lte=begun)
            assert not rows.filter(customer_key=key).exists()

    @invariant()
    @told
    def nobody_ended_by_a_mishap(self):
        results = [worker.result for worker in self.workers]
        mishaps = [one for one in results if isinstance(one, Exception)]
        assert not (mishaps := [one for one in mishaps if not isinstance(one, POLITE)]), mishaps

    @invariant()
    @told
    def no_answer_was_mixed(self):
        self.tally.seen["steps of the machine"] += 1
        for reader in self.readers:
            assert not reader.wrong, reader.wrong[:3]

    def teardown(self):
        try:
            for worker in self.at_work:
                worker.finish()
            self.begin(is_small=False)
            self.workers[-1].finish()
            self.what_ended_leaves_no_rows()
        finally:
            self.end_readers()
            wipe()

    @told
    def end_readers(self):
        for reader in self.readers:
            reader.stopped.set()
        for reader in self.readers:
            reader.join(SECONDS)
            self.tally.seen["readers' answers checked"] += reader.answers
        self.no_answer_was_mixed()

    @property
    def at_work(self):
        return [one for one in self.workers if not one.is_ended]

    def some(self, number):
        """One of those at work, or none: what may be drawn must not depend on threads."""
        return [self.one_of(self.at_work, number)] if self.at_work else []

    @staticmethod
    def one_of(found, number):
        return found[number % len(found)]


def together(acts):
    """Run them at the same time; raises what one of them raised."""
    start, errors = threading.Barrier(len(acts)), []

    def run(act):
        try:
            start.wait(SECONDS)
            act()
        except POLITE:
            pass
        except Exception as error:  # noqa: BLE001 - told by the main thread
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert errors == []


def wipe():
    """An empty shop for the next example."""
    WORKERS.clear()
    names = [
        name for name in connection.introspection.table_names()
        if name.startswith(("clvrec_", "corner_shop_"))
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(names)} CASCADE")
