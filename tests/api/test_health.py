"""Health for load balancers and monitoring: whether it lives, is ready, and is fresh."""

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_clvrec.api import health
from django_clvrec.sources import registered
from tests.doctor.conftest import Past
from tests.shelf import person

TOKEN = {"Authorization": "Bearer let-me-see"}
ALL = ["live", "ready", "fresh"]


@pytest.fixture
def past(db):
    return Past()


@pytest.fixture
def alone(monkeypatch):
    """The corner shop is the only source."""
    corner = registered()["corner"]
    monkeypatch.setattr(health, "registered", lambda: {"corner": corner})


@pytest.fixture
def ask(client, settings):
    settings.CLVREC = settings.CLVREC | {"METRICS": {"token": "let-me-see"}}

    def ask(name, status=200, **headers):
        response = client.get(reverse(f"clvrec:health-{name}"), headers=headers)
        assert response.status_code == status
        assert "no-store" in response["Cache-Control"]
        return response.json()

    return ask


@pytest.fixture
def database_away(db):
    def fails(*_, **__):
        raise OperationalError('connection to server at "10.0.0.7" failed for user "shop"')

    with connection.execute_wrapper(fails):
        yield


def test_a_process_that_answers_lives_and_needs_no_database(ask):
    assert ask("live") == {"status": "ok"}


@pytest.mark.parametrize(("name", "queries"), [("live", 0), ("ready", 2), ("fresh", 1)])
def test_the_number_of_queries_is_bounded(past, ask, name, queries):
    for days in range(5):
        past.live(days)
    health._migrations()
    with CaptureQueriesContext(connection) as seen:
        ask(name, 503 if name == "fresh" else 200)
    assert len(seen) == queries


@pytest.mark.parametrize("name", ALL)
def test_a_probe_gets_no_cookie_and_may_send_head(past, client, name):
    response = client.head(reverse(f"clvrec:health-{name}"))
    assert response.status_code in {200, 503}
    assert not response.cookies
    assert client.post(reverse(f"clvrec:health-{name}")).status_code == 405


# ready


def test_it_is_ready_with_a_live_snapshot(past, alone, ask):
    past.live()
    assert ask("ready") == {"status": "ok"}


def test_without_a_snapshot_it_is_ready_and_says_that_there_is_none(past, alone, ask):
    assert ask("ready") == {"status": "no_snapshot"}


def test_it_is_not_ready_where_a_migration_is_missing(past, ask):
    MigrationRecorder.Migration.objects.filter(app="clvrec", name__startswith="0009").delete()
    assert ask("ready", 503) == {"status": "unavailable"}
    assert ask("ready", 503, **TOKEN)["missing"] == ["0009_back_office"]


@pytest.mark.parametrize("name", ["ready", "fresh"])
def test_where_the_database_is_away_it_says_no_more_than_that(db, ask, database_away, name):
    assert ask(name, 503) == {"status": "unavailable"}
    found = ask(name, 503, **TOKEN)
    assert found == {"status": "unavailable", "database": "OperationalError"}


def test_it_lives_where_the_database_is_away(db, ask, database_away):
    assert ask("live") == {"status": "ok"}


# fresh


def test_a_snapshot_of_last_night_is_fresh(past, alone, ask):
    past.live(days_ago=1)
    assert ask("fresh") == {"status": "ok"}


def test_one_that_is_older_than_the_setting_is_stale(past, alone, ask, settings):
    past.live(days_ago=2)
    assert ask("fresh", 503) == {"status": "stale"}
    settings.CLVREC = settings.CLVREC | {"FRESH_HOURS": 49}
    assert ask("fresh") == {"status": "ok"}


def test_nothing_that_was_never_there_is_fresh(past, alone, ask):
    assert ask("fresh", 503) == {"status": "no_snapshot"}


def test_one_source_that_is_stale_is_enough(past, ask):
    past.live()
    assert len(registered()) > 1
    assert ask("fresh", 503) == {"status": "no_snapshot"}


# details


def test_who_has_the_token_is_told_of_each_source(past, alone, ask):
    live = past.live(days_ago=2)
    found = ask("fresh", 503, **TOKEN)
    assert found == {
        "status": "stale",
        "fresh_hours": 36,
        "sources": {"corner": {"snapshot": live.pk, "hours": 48.0}},
    }


def test_who_may_inspect_is_told_too_and_nobody_else(past, alone, ask, client):
    past.live()
    client.force_login(person("ann"))
    assert [*ask("ready")] == ["status"]
    client.force_login(person("boss", ["view_customerscore"], is_staff=True))
    assert [*ask("ready")] == ["status", "database", "sources"]
