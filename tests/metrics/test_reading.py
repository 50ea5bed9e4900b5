"""What is read from the database when Prometheus asks."""

import datetime as dt

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_clvrec.metrics import reading
from tests.doctor.conftest import Past
from tests.shelf import REPORT

DRIFT = {
    "against": 1, "psi": {"recency_days": 0.31, "tiers": 0.02}, "coverage": {"product": 0.9},
    "overlap": {"product": 0.4},
    "alarms": [{"index": "psi", "of": "recency_days", "value": 0.31, "bound": 0.25}],
}  # fmt: skip


@pytest.fixture
def past(scraped):
    return Past()


def test_what_is_live_is_told_with_its_age_and_sizes(past, scraped):
    live = past.live(days_ago=2, items_listed={"product": 40}, lines_kept=1200)
    assert scraped.value("live_snapshot", source="corner") == live.pk
    age = scraped.value("live_age_seconds", source="corner")
    assert age == pytest.approx(2 * 86_400, abs=60)
    assert scraped.value("customers", source="corner", tier="mid") == 200
    assert scraped.value("lists", source="corner") == REPORT["recommendations"]
    assert scraped.value("listed_items", source="corner", level="product") == 40
    assert scraped.value("lines", source="corner", kind="kept") == 1200
    assert scraped.value("last_refresh_seconds", source="corner", stage="rfm") == 2.5


def test_drift_is_told_by_index(past, scraped):
    past.live(drift=DRIFT)
    assert scraped.value("drift", source="corner", index="psi", of="recency_days") == 0.31
    assert scraped.value("drift", source="corner", index="overlap", of="product") == 0.4
    assert scraped.value("drift_alarms", source="corner") == 1


def test_a_refresh_at_work_and_one_that_failed_are_told(past, scraped):
    past.live(days_ago=3)
    past.add(days_ago=1, state="failed", error="x")
    assert scraped.value("refresh_running", source="corner") == 0
    assert scraped.value("last_refresh", source="corner", state="failed") == 1
    assert scraped.value("last_refresh", source="corner", state="ready") == 0
    failed = scraped.value("last_failure_timestamp_seconds", source="corner")
    yesterday = timezone.now() - dt.timedelta(days=1)
    assert failed == pytest.approx(yesterday.timestamp(), abs=60)


def test_findings_of_the_doctor_are_counted_by_how_bad_they_are(past, scraped):
    past.add(state="failed", error="x")
    assert scraped.value("doctor_findings", source="corner", severity="error") == 1
    assert scraped.value("doctor_findings", source="corner", severity="warning") == 1


def test_where_nothing_is_live_there_is_no_age(past, scraped):
    assert scraped.value("live_age_seconds", source="corner") is None
    assert scraped.value("refresh_running", source="corner") == 0


def test_it_is_four_queries_for_each_source_however_long_its_past(past, scraped):
    for days in range(6):
        past.add(days_ago=days, is_live=days == 5, report=REPORT)
    with CaptureQueriesContext(connection) as seen:
        scraped.read()
    assert len(seen) == 4 * len(reading.registered())


def test_a_database_that_is_away_is_a_gauge_and_counters_are_told_all_the_same(
    scraped, monkeypatch
):
    def away(source):
        raise OperationalError("no host 10.0.0.7")

    monkeypatch.setattr(reading, "record_of", away)
    text = scraped.ask().text
    assert "clvrec_database_up 0.0" in text
    assert "clvrec_answers_total" in text
    assert "10.0.0.7" not in text
