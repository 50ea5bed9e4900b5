"""Spans of OpenTelemetry: of refreshes with their stages, of tasks and of answers."""

import subprocess
import sys

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from django_clvrec import pipeline, tally, traces
from django_clvrec.serving import recommend
from django_clvrec.tasks import refresh as refresh_task
from tests.corner_shop.clvrec import CornerShop
from tests.open_shop import OFTEN, OpenShop

pytestmark = pytest.mark.django_db


@pytest.fixture
def spans(monkeypatch):
    """The spans of the test, by a provider as a host would set it."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    # a process may set a provider once, and other tests are to have none
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    yield exporter.get_finished_spans
    provider.shutdown()


@pytest.fixture
def shop(monkeypatch, settings):
    settings.CLVREC = settings.CLVREC | {"ENGINE": "local"}
    monkeypatch.setattr(CornerShop, "items", {"product": "product_id"})
    return OpenShop()


def named(spans, name):
    return [span for span in spans if span.name == name]


def test_a_refresh_by_a_task_has_a_span_for_each_stage(shop, spans):
    made = refresh_task.apply(("corner",), task_id="the-task").get()
    [task], [refresh] = named(spans(), "clvrec.task"), named(spans(), "clvrec.refresh")
    assert task.attributes["clvrec.task"] == "the-task"
    assert refresh.parent.span_id == task.context.span_id
    assert dict(refresh.attributes) == {
        "clvrec.source": "corner",
        "clvrec.snapshot": made["snapshot"],
        "clvrec.engine": "local",
        "clvrec.task": "the-task",
    }
    stages = named(spans(), "clvrec.stage")
    assert [one.attributes["clvrec.stage"] for one in stages] == [*made["stages"]]
    assert {one.parent.span_id for one in stages} == {refresh.context.span_id}
    assert stages[0].attributes["clvrec.rows"] == made["lines_read"]


def test_a_refresh_that_fails_is_an_error_by_its_kind_and_leaves_no_span_open(shop, spans):
    def on_progress(stage, done, total):
        if stage == "scores":
            raise ValueError("ada@example.org")

    with pytest.raises(ValueError, match="ada"):
        pipeline.refresh("corner", "local", shop.stock.as_of, on_progress=on_progress)
    [refresh] = named(spans(), "clvrec.refresh")
    assert (refresh.status.is_ok, refresh.status.description) == (False, "ValueError")
    assert refresh.events == ()
    assert named(spans(), "clvrec.stage")[-1].attributes["clvrec.stage"] == "scores"
    assert "ada@example.org" not in "".join(span.to_json() for span in spans())


def test_an_answer_says_how_it_was_found_and_not_for_whom(shop, spans):
    shop.refresh()
    before = len(spans())
    answer = shop.ask(OFTEN)
    [span] = spans()[before:]
    assert span.name == "clvrec.recommend"
    assert dict(span.attributes) == {
        "clvrec.source": answer.source,
        "clvrec.level": "product",
        "clvrec.intent": "discover",
        "clvrec.snapshot": shop.snapshot.pk,
    }


def test_without_a_provider_nothing_is_traced(shop):
    assert not traces.is_on()
    assert traces.begin("x") is traces.NO_SPAN
    with traces.span("x", a=1) as span:
        span.set(b=2)
    assert span is traces.NO_SPAN


def test_where_nobody_counts_or_traces_an_answer_is_asked_for_directly(shop, monkeypatch):
    monkeypatch.setattr(traces, "span", None)
    assert not tally.TAKERS
    assert not recommend(None, "product", source="corner")


def test_a_process_without_them_imports_neither_opentelemetry_nor_the_client_of_prometheus():
    code = """
import django, sys
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
import django_clvrec.pipeline, django_clvrec.tasks
print([name for name in ("opentelemetry", "prometheus_client") if name in sys.modules])
"""
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
