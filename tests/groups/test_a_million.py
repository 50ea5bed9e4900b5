"""A million customers on PostgreSQL: every page of groups within a second, by the same queries."""

import time

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_clvrec.groups import paging
from django_clvrec.models import CustomerGroup
from tests.back_office_data import SOURCE, fill, tidy

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.slow,
]
CUSTOMERS = 1_000_000
SECONDS = 1.0
LIST, COUNT, COMPARE, EXPORT = (
    reverse(f"admin:clvrec_customerscore_{name}")
    for name in ("changelist", "count", "compare", "export")
)
WISHES = (
    {}, {"tier": "high"}, {"segment": "at_risk"}, {"tier": "high", "segment": "at_risk"},
    {"score_from": 6}, {"clv_from": 200}, {"clv_from": 400}, {"recency_from": 100},
    {"recency_from": 250, "clv_from": 400}, {"bought": "category:12"}, {"bought": "product:p12"},
    {"bought": "category:12", "tier": "high"}, {"q": "a"},
)  # fmt: skip


def test_every_page_answers_within_a_second_by_as_many_queries(transactional_db, client):
    client.force_login(User.objects.create_superuser("boss"))
    few = Pages(client, fill(1000))
    counted = [queries for queries, _ in few.all()]
    few.forget()
    many = Pages(client, fill(CUSTOMERS))
    tidy()
    # the best of three: the first reads from the disk, and others may use the machine
    passes = [list(many.all()) for _ in range(3)]
    for asked in passes:
        assert [queries for queries, _ in asked] == counted
    best = [min(seconds for _, seconds in of_one) for of_one in zip(*passes, strict=True)]
    assert max(best) <= SECONDS


class Pages:
    """Asks for every page, and tells what each took."""

    def __init__(self, client, snapshot):
        self.client, self.snapshot = client, snapshot
        self.group = CustomerGroup.objects.create(
            name=f"{snapshot.pk}", source=SOURCE, conditions={"clv_from": 200}
        )

    def all(self):
        for wish in WISHES:
            yield self.took(LIST, wish)
            yield self.took(COUNT, wish)
            yield self.took(COMPARE, wish | {"a": "current", "b": self.group.pk})
            yield self.took(EXPORT, wish)
        for order in paging.ORDERS:
            for sign in ("", "-"):
                yield self.took(LIST, {"order": sign + order})
                yield self.took(LIST, {"order": sign + order, "tier": "high"})
                yield self.took(LIST, {"order": sign + order, "after": self.middle()})

    def middle(self):
        return self.snapshot.scores.order_by("pk").values_list("pk", flat=True)[500]

    def took(self, address, wish):
        started = time.perf_counter()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            response = self.client.get(address, wish | {"source": SOURCE})
            assert response.status_code == 200
            if response.streaming:
                pages = iter(response.streaming_content)
                next(pages), next(pages, None)  # the header and the first rows
        seconds = time.perf_counter() - started
        asked = None if response.streaming else len(queries)  # of few rows the first are all
        response.close()
        print(f"{seconds:6.3f} s {len(queries):3} queries  {address} {wish}")  # noqa: T201
        return asked, seconds

    def forget(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE clvrec_customergroup, clvrec_sourcestate, clvrec_snapshot, "
                "corner_shop_customer, corner_shop_category CASCADE"
            )
