"""A million customers on PostgreSQL: every page of the back office within a second, by the same
queries as for a thousand."""

import re
import time
from statistics import median

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from tests.admin.pages import ask, pages_of
from tests.back_office_data import tidy
from tests.back_office_past import TABLES, fill_all

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.slow,
]
CUSTOMERS = 1_000_000
REFERENCE = """
SELECT tier, COUNT(*), SUM(monetary_value), AVG(recency_days), AVG(clv)
FROM clvrec_customerscore WHERE snapshot_id = %s GROUP BY tier
"""
"""To read all customers once: what a page does at most, beside an index or the shop's orders. Like
the pages it uses both cores and more memory than PostgreSQL has of its own."""
MOST_READINGS = 5
"""Two cores with nothing else to do read all customers in less than 0.2 s, so a page is within a
second there; where they are slower or busy, pages and reference are so alike."""
FOR_ALL = re.compile(
    r"customerscore/(count/|compare/|export/)?$|(tierchange|segmentchange|banditarm)/$"
)
"""Pages that may look through all customers, changes or items once for rows and once to count, or
through customers and the shop's orders. The others shall not: they would grow with the shop."""
MOST_ROWS, MOST_ROWS_OF_OTHERS = 2.5 * CUSTOMERS, 0.75 * CUSTOMERS
TRIES, PAGES_BETWEEN = 3, 10


def test_every_page_answers_within_a_second_by_as_many_queries(transactional_db, client):
    client.force_login(User.objects.create_superuser("boss"))
    # a process asks for these once
    ContentType.objects.get_for_models(*apps.get_app_config("clvrec").get_models())
    counted = [ask(client, *page).queries for page in pages_of(fill_all(1000))]
    forget()
    past = fill_all(CUSTOMERS)
    tidy(TABLES)
    pages, taken, readings = list(pages_of(past)), [], []
    for number, page in enumerate(pages):
        if number % PAGES_BETWEEN == 0:
            readings.append(seconds_of_reading(past.after))
        tries = [ask(client, *page)]
        # the first one reads from the disk, and others may use the machine
        while len(tries) < TRIES and tries[-1].seconds > min(readings):
            tries.append(ask(client, *page))
        taken.append(tries[0]._replace(seconds=min(one.seconds for one in tries)))
    tell(pages, taken, median(readings))
    assert not [
        (page, one.queries, few)
        for page, one, few in zip(pages, taken, counted, strict=True)
        if one.queries != few
    ]
    assert max(one.seconds for one in taken) <= MOST_READINGS * median(readings)
    assert not [
        (address, wish, one.rows)
        for (address, wish), one in zip(pages, taken, strict=True)
        if one.rows > (MOST_ROWS if FOR_ALL.search(address) else MOST_ROWS_OF_OTHERS)
    ]


def seconds_of_reading(snapshot):
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(REFERENCE, [snapshot.pk])
        cursor.fetchall()
    return time.perf_counter() - started


def tell(pages, taken, reading):
    """A table, the slowest page first."""
    print(f"All customers are read in {reading:.3f} s. {len(pages)} pages:")  # noqa: T201
    print("seconds readings    rows queries")  # noqa: T201
    for one, (address, wish) in sorted(
        zip(taken, pages, strict=True), key=lambda pair: -pair[0].seconds
    ):
        words = "&".join(f"{name}={value}" for name, value in wish.items())
        figures = f"{one.seconds:7.3f} {one.seconds / reading:8.1f} {one.rows:7} {one.queries!s:>7}"
        print(f"{figures} {address}?{words}")  # noqa: T201


def forget():
    names = connection.introspection.table_names()
    mine = [name for name in names if name.startswith(("clvrec_", "corner_shop_"))]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(mine)} CASCADE")
