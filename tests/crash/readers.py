"""Visitors and staff who ask all the time, and keep what does not belong together."""

import random
import threading
import traceback
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import connections
from rest_framework.test import APIClient

from django_clvrec.models import CustomerScore, Snapshot
from django_clvrec.serving import recommend, related
from tests.crash.light import SOURCE, tier_of


class Reader(threading.Thread):
    """Each answer must be of one snapshot, and must not be empty while one is live."""

    def __init__(self, customers, seed):
        super().__init__(daemon=True)
        self.customers, self.random = customers, random.Random(seed)
        self.is_live, self.stopped = threading.Event(), threading.Event()
        self.wrong, self.answers, self.snapshots = [], 0, set()
        self.staff = APIClient()
        self.staff.force_authenticate(User(is_staff=True, is_superuser=True, is_active=True))
        self.ways = (
            self.own, self.popular, self.related, self.page, self.customer, self.segments,
        )  # fmt: skip

    def run(self):
        try:
            while not self.stopped.is_set():
                if self.is_live.wait(0.01):
                    self.look()
        finally:
            connections.close_all()

    def look(self):
        way = self.random.choice(self.ways)
        try:
            found = way()
        except Exception:  # noqa: BLE001 - the machine tells it
            found = traceback.format_exc()
        self.answers += 1
        if found is not True:
            self.wrong.append((way.__name__, found))

    def of_one(self, answer):
        """Whether its items are those of the snapshot that it names."""
        self.snapshots.add(answer.snapshot_id)
        marks = {item.key.partition("-")[0] for item in answer}
        return marks == {str(answer.snapshot_id)} or (marks, answer)

    def own(self):
        answer = recommend(self.random.choice(self.customers), "product", source=SOURCE)
        return self.of_one(answer)

    def popular(self):
        return self.of_one(recommend(None, "product", source=SOURCE))

    def related(self):
        return self.of_one(related(["apple"], "product", source=SOURCE))

    def get(self, path, **query):
        return self.staff.get(f"/clvrec/v1/{path}", query | {"source": SOURCE})

    def page(self):
        """A page of customers: their values, and the number above them, are of one snapshot."""
        said = self.get("customers/", page_size=200).data
        values = {row["monetary_value"] for row in said["results"]}
        tiers = {row["tier"] for row in said["results"]}
        # at most two may be erased meanwhile
        is_one = 0 <= said["count"] - len(said["results"]) <= 2 and len(values) == len(tiers) == 1
        return is_one or (said["count"], len(said["results"]), values, tiers)

    def customer(self):
        said = self.get(f"customers/{self.random.choice(self.customers)}/")
        if said.status_code == 404:  # of no interest to this snapshot, or erased
            return True
        snapshot = int(Decimal(said.data["monetary_value"]))
        return said.data["tier"] == tier_of(snapshot) or said.data

    def segments(self):
        tiers = [row["tier"] for row in self.get("segments/").data if row["customers"]]
        return len(tiers) == 1 or tiers


def whole(live, erased):
    """What a live snapshot lacks."""
    wanted = Snapshot.objects.get(pk=live).report["customers"]
    rows = CustomerScore.objects.filter(snapshot=live)
    own = {int(value) for value in rows.values_list("monetary_value", flat=True)}
    return own <= {live} and wanted - len(erased) <= rows.count() <= wanted
