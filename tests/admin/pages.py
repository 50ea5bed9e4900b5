"""Every page of the back office that only reads, by address; what asking for one takes."""

import time
from collections import namedtuple

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_clvrec.groups import paging
from django_clvrec.models import (
    BanditArm,
    CustomerGroup,
    Experiment,
    MerchandisingRule,
    SegmentChange,
    SegmentTable,
    Snapshot,
    TierChange,
)
from django_clvrec.office.bounds import MOST_ROWS
from tests.back_office_data import SOURCE
from tests.back_office_past import BUYER, EXPERIMENT, LONG_ONE

ROWS_OF_A_PAGE = 100
WISHES = (
    {}, {"tier": "high"}, {"segment": "at_risk"}, {"tier": "high", "segment": "at_risk"},
    {"score_from": 6}, {"clv_from": 200}, {"clv_from": 400}, {"recency_from": 100},
    {"recency_from": 250, "clv_from": 400}, {"bought": "category:12"}, {"bought": "product:p12"},
    {"bought": "category:12", "tier": "high"}, {"q": "a"}, {"q": BUYER[:8]},
)  # fmt: skip
PICTURES = (
    "tiers", "segments", "scores", "elbow-recency", "cohorts", "calibration",
    "board-product-discover", "moves", "window",
)  # fmt: skip
OF_TIERS = (
    {"cause__exact": "order"}, {"cause__exact": "activation"}, {"from_tier__exact": "new"},
    {"to_tier__exact": "high"}, {"cause__exact": "ageing", "to_tier__exact": "new"},
)  # fmt: skip
OF_SEGMENTS = (
    {"to_segment": "at_risk"}, {"from_segment": "champions"}, {"to_segment": "champions"},
)  # fmt: skip
OF_ARMS = ({"level": "product"}, {"level": "category"}, {"context": "context 7"})

Taken = namedtuple("Taken", "seconds queries rows")


def pages_of(past):
    """Addresses and their parameters, in the same order for any size of the shop."""
    yield reverse("admin:index"), {}
    yield reverse("admin:app_list", args=["clvrec"]), {"source": SOURCE}
    yield from _customers(past)
    yield from _snapshots(past)
    yield from _changes(past, TierChange, OF_TIERS, columns=6)
    yield from _changes(past, SegmentChange, OF_SEGMENTS, columns=5)
    yield from _list(past, BanditArm, OF_ARMS, columns=7)
    yield from _list(past, Snapshot, ({"state__exact": "ready"}, {"source": SOURCE}))
    for model in (MerchandisingRule, SegmentTable, Experiment):
        yield _address(model, "changelist"), {}
        yield _address(model, "add"), {}
    short, long = (Experiment.objects.get(key=key) for key in (EXPERIMENT, LONG_ONE))
    for row in (MerchandisingRule.objects.get(), SegmentTable.objects.get(), short):
        yield from _row(row)
    yield _address(Experiment, "changelist"), {"is_active__exact": 1, "q": EXPERIMENT}
    yield _address(Experiment, "change", long.pk), {"report": 1}


def _customers(past):
    pages = {
        name: reverse(f"admin:clvrec_customerscore_{name}")
        for name in ("changelist", "count", "compare", "export")
    }
    group, _ = CustomerGroup.objects.get_or_create(
        name="dear", source=SOURCE, conditions={"clv_from": 200}
    )
    for wish in WISHES:
        asked = wish | {"source": SOURCE}
        yield pages["changelist"], asked
        yield pages["count"], asked
        yield pages["compare"], asked | {"a": "current", "b": group.pk}
        yield pages["export"], asked
    yield pages["compare"], {"source": SOURCE, "a": "everyone", "b": group.pk}
    middle = past.after.scores.order_by("pk").values_list("pk", flat=True)[500]
    for order in paging.ORDERS:
        for sign in ("", "-"):
            asked = {"source": SOURCE, "order": sign + order}
            yield pages["changelist"], asked
            yield pages["changelist"], asked | {"tier": "high"}
            yield pages["changelist"], asked | {"after": middle}
            yield pages["changelist"], asked | {"before": middle}
    listed = past.after.scores.earliest("customer_key")
    for row in (past.after.scores.get(customer_key=BUYER), listed):
        yield from _row(row)
        yield reverse("admin:clvrec_customerscore_erase", args=[row.pk]), {}


def _snapshots(past):
    for snapshot in (past.before, past.after):
        yield from _row(snapshot)
    yield reverse("admin:clvrec_snapshot_activate", args=[past.before.pk]), {}
    yield reverse("admin:clvrec_snapshot_progress"), {}
    for pair in ((past.before, past.after), (past.after, past.before)):
        asked = {"before": pair[0].pk, "after": pair[1].pk}
        yield reverse("admin:clvrec_snapshot_compare"), asked
    for key in PICTURES:
        address = reverse("admin:clvrec_snapshot_picture", args=[past.after.pk, key, "csv"])
        yield address, {}
        yield address.replace(".csv", ".svg"), {}


def _changes(past, model, filters, columns):
    filters = (*filters, {"source": SOURCE}, {"q": BUYER}, {"q": "a", "source": SOURCE})
    yield from _list(past, model, filters, columns)
    yield from _row(model.objects.last())


def _list(past, model, filters, columns=0):
    """The first page and the last, by each filter, in the order of each column."""
    address = _address(model, "changelist")
    last = min(model.objects.count(), MOST_ROWS) // ROWS_OF_A_PAGE
    yield address, {}
    if columns:
        yield address, {"p": last}
        yield address, {"q": "p12"}
    for wish in filters:
        yield address, wish
    for column in range(1, columns + 1):
        for sign in ("", "-"):
            yield address, {"o": f"{sign}{column}"}


def _row(row):
    for name in ("change", "history"):
        yield _address(row, name, row.pk), {}


def _address(model, name, *arguments):
    return reverse(f"admin:clvrec_{model._meta.model_name}_{name}", args=arguments)


def ask(client, address, wish):
    """What the page took; of a file, its header and its first rows."""
    before, started = _rows_read(), time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        response = client.get(address, wish)
        assert response.status_code == 200, (address, wish, response.status_code)
        if response.streaming:
            pages = iter(response.streaming_content)
            next(pages), next(pages, None)
    seconds = time.perf_counter() - started
    asked = None if response.streaming else len(queries)  # of few rows the first are all
    response.close()
    return Taken(seconds, asked, _rows_read() - before)


def _rows_read():
    """In tables and in indexes, by everybody who uses this database, which is one test. Needs
    PostgreSQL 15, which tells at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(
            "SELECT (SELECT SUM(seq_tup_read) FROM pg_stat_user_tables)"
            " + (SELECT SUM(idx_tup_read) FROM pg_stat_user_indexes)"
        )
        return int(cursor.fetchone()[0])
