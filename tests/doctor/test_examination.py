"""All findings of a source: cheap ones for pages, none that hides the others, no passwords."""

import pytest
from django.db import DatabaseError, connection

from django_clvrec.doctor import Severity, examine
from django_clvrec.doctor.findings import TOPICS
from django_clvrec.doctor.privacy import without_secrets
from django_clvrec.models import Snapshot
from django_clvrec.sources import registry
from example_shop import celery_app
from tests.doctor.conftest import CORNER, only

CHEAP = {"source", "refresh", "customers"}
QUERIES = 2


@pytest.fixture
def away():
    """A database that answers no query."""

    def refuse(execute, sql, params, many, context):
        raise DatabaseError("connection to postgres://shop:hunter22@db/shop failed")

    return lambda: connection.execute_wrapper(refuse)


def test_a_page_costs_two_queries_however_much_there_is(past, django_assert_num_queries):
    with django_assert_num_queries(QUERIES):
        examine(CORNER, deep=False)
    for days in range(20, 0, -1):
        past.add(days_ago=days, state="failed", error="Out of luck.")
    past.live()
    past.add(state="running", is_running=True)
    with django_assert_num_queries(QUERIES):
        found = examine(CORNER, deep=False)
    assert {one.topic for one in found} == CHEAP


def test_every_topic_is_told_in_its_order(past, stock):
    past.live()
    stock.bought(stock.customer(), "apple")
    told = dict.fromkeys(one.topic for one in examine(CORNER))
    assert [*told] == [*TOPICS]


def test_a_shop_without_a_source_is_told_to_write_one(db, monkeypatch):
    monkeypatch.setattr(registry, "_registry", {})
    [one] = examine(deep=False)
    assert (one.topic, one.severity) == ("source", Severity.ERROR)
    assert one.text == "No purchase source is registered."
    assert "@register" in one.hint


def test_an_unknown_source_is_told_with_those_there_are(db):
    found = [one for one in examine("nowhere") if one.topic == "source"]
    assert "there is ShopPurchases, corner" in found[0].text
    assert found[0].severity == Severity.ERROR


def test_machinery_is_examined_without_a_source_too(db, monkeypatch):
    monkeypatch.setattr(registry, "_registry", {})
    assert {"database", "engine", "broker"} <= {one.topic for one in examine()}


def test_a_database_that_is_away_hides_nothing_else(db, away):
    with away():
        found = examine(CORNER)
    refresh = only([one for one in found if one.topic == "refresh"], "This could not be examined")
    assert refresh.severity == Severity.ERROR
    assert any(one.topic == "database" and one.severity == Severity.ERROR for one in found)
    assert any(one.topic == "engine" and one.severity == Severity.OK for one in found)


def test_errors_of_a_database_tell_no_password(db, away):
    with away():
        found = examine(CORNER, deep=False)
    assert "postgres://shop:…@db/shop failed" in found[-1].text
    assert not any("hunter22" in one.text + one.hint for one in found)


def test_errors_that_are_kept_tell_no_password(past):
    past.add(state="failed", error="s3://key:hunter22@bucket is gone.\n\nTry s3://key:hunter22@x.")
    found = examine(CORNER, deep=False)
    assert not any("hunter22" in one.text + one.hint for one in found)
    assert Snapshot.objects.get().error.count("hunter22") == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("amqp://shop:pa@ss@host:5672// is away", "amqp://shop:…@host:5672// is away"),
        ("redis://:secret@host/0", "redis://:…@host/0"),
        ("host=db password=hunter22 user=shop", "host=db password=… user=shop"),
        ("Look at http://shop.example:8000/ and write to a@b.example", None),
    ],
)
def test_passwords_in_addresses_are_cut_out(text, told):
    assert without_secrets(text) == (told or text)


def test_secrets_of_settings_are_cut_out_wherever_they_stand(settings):
    before = celery_app.conf.broker_url
    celery_app.conf.broker_url = "redis://:p%40ssw0rd@host/0"
    settings.CLVREC = settings.CLVREC | {"WEBHOOK": {"url": "https://x", "secret": "hook-key"}}
    try:
        said = without_secrets("p@ssw0rd, p%40ssw0rd, hook-key and " + settings.SECRET_KEY)
    finally:
        celery_app.conf.broker_url = before
    assert said == "…, …, … and …"
