"""Who may scrape, and what is scraped of several processes."""

import os
import subprocess
import sys

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from prometheus_client import REGISTRY, generate_latest

from django_clvrec import metrics, tally
from tests.metrics.conftest import TOKEN, parsed
from tests.shelf import person


def test_by_default_there_is_nothing_to_scrape(db, client):
    assert client.get("/clvrec/metrics/").status_code == 404
    assert not tally.TAKERS


def test_whoever_has_the_token_may_scrape(scraped):
    response = scraped.ask()
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=")
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("token", [None, "", "let-me", f"{TOKEN}s", "ü"])
def test_nobody_else_may(scraped, token):
    response = scraped.ask(token)
    assert response.status_code == 403
    assert "clvrec_" not in response.text


def test_a_scrape_that_is_refused_costs_no_query(scraped):
    with CaptureQueriesContext(connection) as seen:
        scraped.ask("wrong")
    assert len(seen) == 0


def test_who_may_inspect_may_scrape_without_a_token(db, client, settings):
    settings.CLVREC = settings.CLVREC | {"METRICS": {}}
    assert client.get("/clvrec/metrics/").status_code == 403
    client.force_login(person("boss", ["view_customerscore"], is_staff=True))
    assert client.get("/clvrec/metrics/").status_code == 200


def test_any_accept_header_gets_the_text(scraped):
    accept = "application/openmetrics-text;version=1.0.0;q=0.5"
    assert scraped.ask(Accept=accept).status_code == 200


def test_a_host_that_exposes_the_client_s_registry_exposes_these_too(scraped):
    assert "clvrec_database_up" in generate_latest(REGISTRY).decode()


def test_without_the_client_metrics_stay_off(db, client, settings, monkeypatch):
    monkeypatch.setattr(metrics, "is_installed", lambda: False)
    settings.CLVREC = settings.CLVREC | {"METRICS": {"token": TOKEN}}
    assert not tally.TAKERS
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get("/clvrec/metrics/", headers=headers).status_code == 404


SETUP = """
import django
from django.conf import settings
settings.CLVREC = settings.CLVREC | {"METRICS": {"token": "t"}}
django.setup()
"""
ANSWER = """
from django_clvrec import tally
tally.note("answers", 1, source="popular", level="product", intent="discover")
tally.note("answer_seconds", 0.02, source="popular")
"""
SCRAPE = """
from django.test import Client
headers = {"Authorization": "Bearer t"}
print(Client(SERVER_NAME="localhost").get("/clvrec/metrics/", headers=headers).text)
"""


def test_what_several_processes_counted_is_summed(tmp_path):
    env = os.environ | {
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }

    def run(code):
        words = [sys.executable, "-c", SETUP + code]
        return subprocess.run(words, env=env, check=True, capture_output=True, text=True).stdout

    run(ANSWER)
    found = parsed(run(ANSWER * 2 + SCRAPE))
    labels = [("intent", "discover"), ("level", "product"), ("source", "popular")]
    assert found["clvrec_answers_total", *labels] == 3
    assert found["clvrec_answer_seconds_count", ("source", "popular")] == 3
    # the empty database of that process has no tables
    assert found["clvrec_database_up",] == 0
