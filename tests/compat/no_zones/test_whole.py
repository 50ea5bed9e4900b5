"""A shop with USE_TZ = False: refreshed, served, looked at, and the right days in all of it."""

import csv
import datetime as dt
import io
from contextlib import suppress

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from django_clvrec import pipeline
from django_clvrec.feedback import Subject, record, token_for
from django_clvrec.models import (
    CustomerScore,
    Experiment,
    Feedback,
    MerchandisingRule,
    SegmentChange,
    ShownList,
    Snapshot,
    TierChange,
)
from django_clvrec.movement import dwell_times, flows
from django_clvrec.orders import order_placed
from django_clvrec.serving import customer_bought, tier_of
from tests.corner_shop.models import Order
from tests.open_shop import OFTEN, TWICE, OpenShop
from tests.shelf import person

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def shop(db):
    return OpenShop().refresh()


@pytest.fixture
def boss(db):
    user = person("boss", is_staff=True)
    user.is_superuser = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


def test_days_are_counted_to_the_shops_own_moment(shop):
    for score in CustomerScore.objects.all():
        last = Order.objects.filter(customer_id=score.customer_key).latest("placed_at").placed_at
        zone = timezone.get_default_timezone()
        days = [
            at.replace(tzinfo=zone).astimezone(dt.UTC).date() for at in (last, shop.stock.as_of)
        ]
        assert score.recency_days == (days[1] - days[0]).days


def test_a_second_refresh_keeps_everybody_where_they_are(shop):
    before = dict(CustomerScore.objects.live("corner").values_list("customer_key", "tier"))
    shop.refresh()
    assert dict(CustomerScore.objects.live("corner").values_list("customer_key", "tier")) == before


def test_what_was_just_bought_is_known_and_rests(shop):
    assert (shop.ask(OFTEN).source, shop.ask().source) == ("stored", "popular")
    shop.buy(OFTEN, "p01")
    for intent, source in (("discover", "fold_in"), ("mixed", "fold_in")):
        found = shop.ask(OFTEN, intent=intent)
        assert found.source == source
        assert "p01" not in {item.key for item in found}


def test_an_order_before_the_snapshot_is_no_news(shop):
    order = shop.buy(OFTEN, "p01")
    Order.objects.filter(pk=order.pk).update(placed_at=shop.stock.as_of - HOUR)
    customer_bought(shop.key(OFTEN), "corner")
    assert shop.ask(OFTEN, intent="again").source != "fold_in"


def moved(shop):
    before = tier_of(shop.key(TWICE), "corner")
    for number in range(12):
        shop.buy(TWICE, f"p{number:02}", price="900.00")
    assert customer_bought(shop.key(TWICE), "corner") != before


def test_a_move_is_noted_at_the_shops_moment_and_counted(shop):
    moved(shop)
    [change] = TierChange.objects.filter(cause="order")
    assert abs(change.changed_at - timezone.now()) < HOUR
    now = timezone.now()
    month = now.replace(tzinfo=timezone.get_default_timezone()).astimezone(dt.UTC).date()
    [found] = flows("corner", now - HOUR, now + HOUR)
    assert (found["changes"], found["month"]) == (1, month.replace(day=1))
    assert dwell_times("corner") == []


def test_feedback_is_recorded_and_put_down_to_the_purchase(shop):
    who = Subject(key=shop.key(OFTEN), is_customer=True)
    answer = shop.ask(OFTEN, n=3)
    [first, *_] = answer
    token = token_for(answer, subject=who)
    events = [{"list": token, "kind": "shown"}]
    events.append({"list": token, "kind": "clicked", "item": first.key})
    assert record(events, [who]).accepted == 2
    assert abs(ShownList.objects.get().shown_at - timezone.now()) < HOUR
    shop.buy(OFTEN, first.key)
    order_placed(shop.key(OFTEN), source="corner")
    assert [*Feedback.objects.order_by("kind").values_list("kind", flat=True)] == [
        "bought",
        "clicked",
    ]


def test_the_limit_of_a_day_ends_with_the_day(shop, settings):
    settings.CLVREC = settings.CLVREC | {"LISTS_PER_DAY": 1}
    who = Subject(key=shop.key(OFTEN), is_customer=True)

    def sent(now=None):
        token = token_for(shop.ask(OFTEN), subject=who)
        return record([{"list": token, "kind": "shown"}], [who], now=now).accepted

    assert [sent(), sent()] == [1, 0]
    ShownList.objects.update(shown_at=timezone.now() - dt.timedelta(hours=25))
    assert sent() == 1


def test_rules_and_experiments_begin_and_end_in_time(shop):
    [first] = shop.shown(n=1)
    rule = MerchandisingRule.objects.create(
        level="product", action="hide", items=[first], starts_at=timezone.now() + HOUR
    )
    assert shop.shown(n=1) == [first]
    rule.starts_at = timezone.now() - HOUR
    rule.save()
    assert shop.shown(n=1) != [first]
    variants = [{"name": name, "weight": 1} for name in ("control", "other")]
    one = Experiment.objects.create(
        key="w", is_active=True, variants=variants, ends_at=timezone.now() + HOUR
    )
    assert shop.ask(OFTEN).variant
    Experiment.objects.filter(pk=one.pk).update(ends_at=timezone.now() - HOUR)
    assert not shop.ask(OFTEN).variant


def test_exports_hold_everybody(shop, tmp_path):
    everybody = {*CustomerScore.objects.live("corner").values_list("customer_key", flat=True)}
    for what in ("scores", "recommendations"):
        path = tmp_path / what
        call_command("clvrec_export", what, "--source", "corner", "--out", str(path))
        rows = csv.DictReader(io.StringIO(path.read_text()))
        assert {row["customer_key"] for row in rows} == everybody


def test_reports_of_the_command_line_are_made(shop):
    moved(shop)
    for words in (("clvrec_doctor", "--source", "corner"), ("clvrec_prune",)):
        out = io.StringIO()
        with suppress(SystemExit):  # the doctor found something to say
            call_command(*words, stdout=out)
        assert out.getvalue()


def pages(shop):
    yield reverse("admin:app_list", args=["clvrec"]) + "?source=corner"
    score = CustomerScore.objects.live("corner").get(customer_key=shop.key(OFTEN))
    listed = (CustomerScore, Snapshot, TierChange, SegmentChange, MerchandisingRule, Experiment)
    for model in listed:
        yield reverse(f"admin:clvrec_{model._meta.model_name}_changelist") + "?source=corner"
    yield reverse("admin:clvrec_customerscore_change", args=[score.pk])
    for row in (Snapshot.objects.latest("pk"), TierChange.objects.first()):
        yield reverse(f"admin:clvrec_{row._meta.model_name}_change", args=[row.pk])
    snapshots = [*Snapshot.objects.order_by("pk").values_list("pk", flat=True)]
    compare = reverse("admin:clvrec_snapshot_compare")
    yield f"{compare}?before={snapshots[0]}&after={snapshots[-1]}"
    yield reverse("admin:clvrec_snapshot_activate", args=[snapshots[0]])
    yield reverse("admin:clvrec_snapshot_progress")
    for key in ("moves", "window", "cohorts", "tiers"):
        yield reverse("admin:clvrec_snapshot_picture", args=[snapshots[-1], key, "csv"])


def test_every_page_of_the_back_office_answers(shop, boss):
    moved(shop)
    shop.refresh()
    for address in pages(shop):
        found = boss.get(address, follow=True)
        assert found.status_code == 200, address


def test_the_page_of_a_customer_tells_the_day_of_the_last_order(shop, boss):
    score = CustomerScore.objects.live("corner").get(customer_key=shop.key(OFTEN))
    last = Order.objects.filter(customer_id=shop.key(OFTEN)).latest("placed_at").placed_at
    page = boss.get(reverse("admin:clvrec_customerscore_change", args=[score.pk])).text
    assert last.strftime("%Y") in page


def test_the_api_answers(shop, boss):
    for name in ("popular", "customers", "segments", "snapshots", "leaderboard"):
        assert boss.get(f"/clvrec/v1/{name}/?source=corner").status_code == 200, name


def test_health_is_told(shop, client):
    for name in ("live", "ready", "fresh"):
        found = client.get(f"/clvrec/health/{name}/")
        assert found.headers["Content-Type"] == "application/json", name


def test_a_snapshot_as_of_a_time_that_is_told_with_a_zone_is_of_that_moment(shop):
    at = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
    found = pipeline.refresh("corner", engine="local", as_of=at)
    assert found.as_of == dt.datetime(2026, 7, 1, 9)  # noqa: DTZ001
