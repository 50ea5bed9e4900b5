"""A refresh that chooses by itself: the backtest, what is kept of it, and the gate."""

import datetime as dt
import os
import subprocess
import sys
from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from django_clvrec import pipeline, planning
from django_clvrec.exceptions import AlreadyRefreshed, HeldBack, LeaseLost
from django_clvrec.models import CustomerScore, Recommendation, Snapshot
from django_clvrec.pipeline import activate, refresh
from django_clvrec.serving import live_snapshot_id, recommend
from tests.corner_shop.clvrec import CornerShop
from tests.corner_shop.models import Order
from tests.logs import parameters

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def auto(settings, monkeypatch):
    """The default, on one level, without Java."""
    settings.CLVREC = {**settings.CLVREC, "RECOMMENDER": "auto", "ENGINE": "local"}
    monkeypatch.setattr(CornerShop, "items", {"product": "product_id"})


@pytest.fixture
def shop(stock):
    stock.fill(customers=60)
    return stock


@pytest.fixture
def live(shop, as_of):
    return refresh("corner", as_of=as_of)


@pytest.fixture
def backtests(monkeypatch):
    """Counts what is searched and what is evaluated."""
    seen = []
    ask = planning.ask

    def counted(log, parameters, question, known, **others):
        seen.append("known" if known else "searched")
        return ask(log, parameters, question, known, **others)

    monkeypatch.setattr(planning, "ask", counted)
    return seen


def test_the_leaderboard_and_who_serves_are_kept_with_the_snapshot(live):
    served = live.report["served"]["product"]
    assert set(served) == {"discover", "again", "mixed"}
    assert set(served["mixed"]) == {"new", "low", "mid", "high"}
    rows = [row for row in live.report["leaderboard"] if row["tier"] == "all"]
    assert {row["intent"] for row in rows} == set(served)
    assert {"auto", "popular", "personal", "ease", "als", "blend"} <= {row["name"] for row in rows}
    assert all(low <= row["ndcg@10"] <= high for row in rows for low, high in [row["interval"]])


def test_segments_forecasts_and_cohorts_are_kept_with_the_snapshot(live):
    report, rows = live.report, CustomerScore.objects.live("corner")
    assert sum(report["segments"].values()) == report["customers"] == rows.count()
    assert set(rows.values_list("segment", flat=True)) <= set(report["segments"])
    assert sum(cohort["customers"] for cohort in report["cohorts"]) == report["customers"]
    if report["lifetime"]["reason"]:
        assert not rows.exclude(clv=None).exists()
    else:
        assert not rows.filter(expected_orders=None).exists()


def test_clusters_stay_those_of_the_live_snapshot(live, as_of):
    later = refresh("corner", as_of=as_of + dt.timedelta(days=3))
    assert later.report["tiers"] == live.report["tiers"]
    cuts, before = (one.report["clusters"]["recency"]["cuts"] for one in (later, live))
    assert cuts == pytest.approx([cut + 3 for cut in before])


def test_clusters_that_cannot_be_read_are_found_anew(live, as_of):
    Snapshot.objects.filter(pk=live.pk).update(report=live.report | {"clusters": {"recency": {}}})
    assert refresh("corner", as_of=as_of).report["clusters"] == live.report["clusters"]


def test_lists_are_made_by_whom_the_plan_says(live):
    tiers = dict(CustomerScore.objects.live("corner").values_list("customer_key", "tier"))
    lists = list(Recommendation.objects.live("corner"))
    assert lists
    for one in lists:
        assert one.model == live.report["served"]["product"][one.intent][tiers[one.customer_key]]


def test_what_was_chosen_is_served(live, as_of, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: as_of)  # nobody has grown older
    some = Recommendation.objects.live("corner").filter(intent="mixed").first()
    answer = recommend(some.customer_key, "product", intent="mixed", source="corner")
    assert [item.key for item in answer] == [key for key, _ in some.items][: len(answer)]
    assert answer.source == "stored"


def test_where_no_order_changed_the_backtest_is_skipped(live, backtests, as_of):
    again = refresh("corner", as_of=as_of + dt.timedelta(days=1))
    assert backtests == []
    assert again.report["leaderboard"] == live.report["leaderboard"]
    assert again.report["served"] == live.report["served"]
    assert again.plan["is_reused"]


def test_new_orders_are_evaluated_by_the_parameters_found_lately(live, backtests, shop, as_of):
    shop.bought(shop.customer("late"), "p01", "p02")
    again = refresh("corner", as_of=as_of)
    assert backtests == ["known"]
    found = again.plan["plans"]["product"]["recommenders"]
    assert found == live.plan["plans"]["product"]["recommenders"]
    assert again.plan["searched_at"] == live.plan["searched_at"]


def test_parameters_are_searched_again_when_they_are_old(live, backtests, shop, as_of, settings):
    settings.CLVREC = {**settings.CLVREC, "SEARCH_DAYS": 0}
    shop.bought(shop.customer("late"), "p01", "p02")
    refresh("corner", as_of=as_of)
    assert backtests == ["searched"]


def test_other_settings_are_evaluated_anew(live, backtests, as_of, settings):
    settings.CLVREC = {**settings.CLVREC, "MIN_BUYERS": 3}
    refresh("corner", as_of=as_of)
    assert backtests == ["searched"]


def test_a_plan_of_another_version_is_not_used(live, backtests, as_of):
    Snapshot.objects.filter(pk=live.pk).update(plan={"plans": {"product": {}}})
    refresh("corner", as_of=as_of)
    assert backtests == ["searched"]


def test_a_pinned_recommender_serves_without_a_backtest(shop, backtests, as_of, settings):
    settings.CLVREC = {**settings.CLVREC, "RECOMMENDER": "item_knn"}
    made = refresh("corner", as_of=as_of)
    assert backtests == []
    assert set(Recommendation.objects.live("corner").values_list("model", flat=True)) == {
        "item_knn"
    }
    assert made.report["served"]["product"]["mixed"]["new"] == "popular"


def test_tiers_that_are_not_pinned_are_chosen_for(shop, as_of, settings):
    settings.CLVREC = {**settings.CLVREC, "RECOMMENDER": {"low": "personal"}}
    made = refresh("corner", as_of=as_of)
    assert {by_tier["low"] for by_tier in made.report["served"]["product"].values()} == {"personal"}
    assert made.report["leaderboard"]


def test_the_row_of_what_is_served_follows_the_pins(shop, as_of, settings):
    pins = dict.fromkeys(("new", "low", "mid"), "popular")
    settings.CLVREC = {**settings.CLVREC, "RECOMMENDER": pins}
    rows = refresh("corner", as_of=as_of).report["leaderboard"]
    low = {r["name"]: r["ndcg@10"] for r in rows if (r["tier"], r["intent"]) == ("low", "again")}
    assert low["auto"] == low["popular"] != low["personal"]


def test_a_pinned_factorisation_serves_with_ratings_too(shop, as_of, settings):
    pins = {"low": "als", "high": "als:tier"}
    settings.CLVREC = {**settings.CLVREC, "RECOMMENDER": pins, "FEEDBACK": "explicit"}
    served = refresh("corner", as_of=as_of).report["served"]["product"]["mixed"]
    assert (served["low"], served["high"]) == ("als", "als:tier")


def test_the_checksum_of_settings_is_that_of_any_other_process():
    made = parameters(als_given=frozenset(f"level{n}" for n in range(20)))
    code = (
        "from tests.logs import parameters; from django_clvrec.planning import _digest;"
        "print(_digest(parameters(als_given=frozenset(f'level{n}' for n in range(20)))))"
    )
    env = os.environ | {"PYTHONHASHSEED": "77", "DJANGO_SETTINGS_MODULE": "tests.settings"}
    words = [sys.executable, "-c", f"import django; django.setup(); {code}"]
    told = subprocess.run(words, env=env, check=True, capture_output=True, text=True)
    assert told.stdout.strip() == planning._digest(made)


def test_a_shop_too_young_to_be_evaluated_shows_what_is_popular(stock, as_of):
    for number in range(6):
        stock.bought(stock.customer(f"c{number}"), "apple", "pear")
    made = refresh("corner", as_of=as_of)
    assert made.report["leaderboard"] == []
    assert set(made.report["served"]["product"]["mixed"].values()) == {"popular"}
    assert [item.key for item in recommend(None, "product", source="corner")]


def test_what_is_pinned_serves_a_shop_too_young_to_be_evaluated(stock, as_of, settings):
    settings.CLVREC = {**settings.CLVREC, "RECOMMENDER": {"low": "personal"}}
    for number in range(6):
        stock.bought(stock.customer(f"c{number}"), "apple", "pear")
    made = refresh("corner", as_of=as_of)
    served = made.report["served"]["product"]["mixed"]
    assert (served["low"], served["high"]) == ("personal", "popular")


def test_a_request_whose_snapshot_was_held_back_is_not_fulfilled_twice(shrunk, as_of):
    with pytest.raises(HeldBack):
        refresh("corner", as_of=as_of, request="night")
    with pytest.raises(AlreadyRefreshed):
        refresh("corner", as_of=as_of, request="night")


# the gate


@pytest.fixture
def shrunk(live):
    """Most orders are gone, as after a filter that went wrong."""
    kept = list(Order.objects.values_list("customer", flat=True).distinct()[:12])
    Order.objects.exclude(customer__in=kept).update(is_paid=False)
    return live


def test_a_much_smaller_snapshot_is_held_back_with_the_reason(shrunk, as_of):
    with pytest.raises(HeldBack, match="the number of customers fell from"):
        refresh("corner", as_of=as_of)
    held = Snapshot.objects.get(state="held")
    assert live_snapshot_id("corner") == shrunk.pk
    assert "What was live stays live" in held.error
    assert CustomerScore.objects.filter(snapshot=held).exists()


def test_one_that_was_held_back_can_be_published_by_hand(shrunk, as_of):
    with pytest.raises(HeldBack):
        refresh("corner", as_of=as_of)
    held = Snapshot.objects.get(state="held")
    activate(held)
    assert live_snapshot_id("corner") == held.pk


def test_the_next_refresh_is_not_in_its_way(shrunk, as_of):
    with pytest.raises(HeldBack):
        refresh("corner", as_of=as_of)
    Order.objects.update(is_paid=True)
    assert refresh("corner", as_of=as_of).is_live


def test_the_gate_can_be_left_open(shrunk, as_of, settings):
    settings.CLVREC = {**settings.CLVREC, "QUALITY_GATE": {}}
    assert refresh("corner", as_of=as_of).is_live


def test_the_command_says_why_and_can_publish_all_the_same(shrunk, as_of, capsys):
    words = ["clvrec_refresh", "--source", "corner", "--as-of", as_of.isoformat()]
    with pytest.raises(CommandError, match="Held back: the number of customers"):
        call_command(*words)
    call_command(*words, "--ungated")
    assert live_snapshot_id("corner") != shrunk.pk


def test_one_that_was_published_by_hand_tells_no_error_any_more(shrunk, as_of):
    with pytest.raises(HeldBack):
        refresh("corner", as_of=as_of)
    held = Snapshot.objects.get(state="held")
    activate(held)
    held.refresh_from_db()
    assert (held.state, held.error) == ("ready", "")


def test_ctrl_c_after_it_was_held_back_leaves_its_rows(shrunk, as_of, monkeypatch):
    @contextmanager
    def interrupted(*_):
        yield
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline.locks, "heartbeat", interrupted)
    with pytest.raises(KeyboardInterrupt):
        refresh("corner", as_of=as_of)
    held = Snapshot.objects.get(state="held")
    assert CustomerScore.objects.filter(snapshot=held).exists()


def test_one_whose_lease_was_lost_is_not_held_back_but_failed(shrunk, as_of, monkeypatch):
    monkeypatch.setattr(pipeline.locks, "release", lambda _: False)
    with pytest.raises(LeaseLost):
        refresh("corner", as_of=as_of)
    assert not Snapshot.objects.filter(state="held").exists()


def test_held_ones_are_pruned_with_the_failed_ones(shrunk, as_of, settings):
    settings.CLVREC = {**settings.CLVREC, "KEEP_SNAPSHOTS": 2}
    for _ in range(4):
        with pytest.raises(HeldBack):
            refresh("corner", as_of=as_of)
    assert Snapshot.objects.filter(state="held").count() == 2
