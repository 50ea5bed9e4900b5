"""What is counted as it happens."""

import re
from pathlib import Path

import pytest

import django_clvrec
from django_clvrec import pipeline, tally
from django_clvrec.core.ranking import INTENTS
from django_clvrec.feedback import Ignored
from django_clvrec.metrics import counting
from django_clvrec.serving import AnswerSource
from tests.corner_shop.clvrec import CornerShop
from tests.feedback.conftest import (  # noqa: F401
    ann,
    answer,
    clicked,
    goods,
    send,
    shelf,
    shown,
    token,
)
from tests.open_shop import OFTEN, OpenShop
from tests.records import recorded

PRODUCT = {"level": "product", "intent": "discover"}


@pytest.fixture
def shop(scraped, monkeypatch):
    monkeypatch.setattr(CornerShop, "items", {"product": "product_id"})
    return OpenShop().refresh()


def test_answers_are_counted_by_how_they_were_found(shop, scraped):
    source = shop.ask(OFTEN).source
    assert shop.ask().source == "popular"
    assert scraped.grown("answers_total", source=source, **PRODUCT) == 1
    assert scraped.grown("answers_total", source="popular", **PRODUCT) == 1
    assert scraped.grown("answer_seconds_count", source="popular") == 1
    assert scraped.grown("answer_seconds_sum", source="popular") > 0


def test_lists_made_at_the_visit_are_counted(shop, scraped):
    shop.buy(OFTEN, "p01")
    shop.ask(OFTEN)
    assert scraped.grown("fold_ins_total", **PRODUCT) == 1


def test_a_refresh_is_counted_with_its_stages(shop, scraped):
    assert scraped.grown("refreshes_total", source="corner", state="ready") == 1
    stage = {"source": "corner", "stage": "extract"}
    assert scraped.grown("refresh_stage_seconds_count", **stage) == 1


def test_a_refresh_that_fails_is_counted(shop, scraped):
    with pytest.raises(ZeroDivisionError):
        pipeline.refresh("corner", "local", on_progress=lambda *_: 1 / 0)
    assert scraped.grown("refreshes_total", source="corner", state="failed") == 1


def test_without_a_snapshot_answers_are_degraded_and_the_log_says_so_once(scraped, monkeypatch):
    from django_clvrec import watching
    from django_clvrec.serving import recommend

    monkeypatch.setattr(watching, "_said_at", {})
    with recorded() as records:
        for _ in range(3):
            recommend(None, "product", source="corner")
    assert scraped.grown("degraded_total", reason="unpublished") == 3
    assert records.events() == ["serving.unpublished"]


def test_facts_in_the_cache_are_hits_or_misses(shop, scraped, settings):
    settings.CLVREC = settings.CLVREC | {"CACHE_SECONDS": 60}
    shop.ask()
    missed = scraped.grown("cache_facts_total", found="miss")
    hits = scraped.grown("cache_facts_total", found="hit")
    shop.ask()
    assert missed > 0
    assert scraped.grown("cache_facts_total", found="miss") == missed
    assert scraped.grown("cache_facts_total", found="hit") > hits


def test_feedback_is_recorded_or_ignored_by_a_reason(scraped, token, goods, send):  # noqa: F811
    send(shown(token), clicked(token, goods[0]), {"kind": "nothing"})
    assert scraped.grown("feedback_events_total", outcome="recorded") == 2
    assert scraped.grown("feedback_events_total", outcome="malformed") == 1


def test_what_cannot_be_counted_stops_nobody(scraped, monkeypatch):
    monkeypatch.setattr(counting, "METERS", {})
    with recorded() as records:
        tally.note("answers", 1, source="popular")
    assert records.events() == ["metrics.uncounted"]


def test_everything_that_is_noted_has_a_meter():
    folder = Path(django_clvrec.__file__).parent
    noted = {
        name
        for path in folder.rglob("*.py")
        for name in re.findall(r"\bnote\(\s*\"(\w+)\"", path.read_text())
    }
    assert noted == {*counting.METERS}


def test_every_label_has_few_values_and_none_is_of_a_customer():
    few = {
        "source": len(AnswerSource), "level": 10, "intent": len(INTENTS), "found": 2,
        "reason": 5, "outcome": len(Ignored) + 1, "state": 4, "stage": 40,
    }  # fmt: skip
    assert {name for meter in counting.METERS.values() for name in meter._labelnames} == {*few}
