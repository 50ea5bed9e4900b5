"""Between refreshes: purchases of this moment, tiers by now, and lists that follow them."""

import datetime as dt

import numpy as np
import pytest
from django.utils import timezone

from django_clvrec.core.ranking import INTENTS
from django_clvrec.models import CurrentTier, CustomerScore, Recommendation, Snapshot, TierChange
from django_clvrec.serving import customer_bought, recommend, tier_of
from django_clvrec.serving.request import Request
from django_clvrec.serving.visit import visit_of
from django_clvrec.sources import get_source
from tests.open_shop import OFTEN, ONCE, TWICE, OpenShop

pytestmark = pytest.mark.django_db

LEAST_OVERLAP = 0.95
"""Of the best ten, on average over customers: a second has passed, and floats are rounded."""


@pytest.fixture
def shop(db):
    return OpenShop()


@pytest.fixture
def live(shop):
    return shop.refresh()


@pytest.fixture
def at(monkeypatch):
    """Sets the clock of serving."""

    def at(moment):
        monkeypatch.setattr("django_clvrec.serving.visit.timezone.now", lambda: moment)

    return at


def folded_in(key, intent):
    """The list of a customer made anew, though nothing has changed, and the stored one."""
    source = get_source("corner")
    visit, stored = visit_of(source, key, "product", intent)
    request = Request(
        shop=source, level="product", n=10, intent=intent, interests=(), exclude=frozenset(),
        live=visit.live, visit=visit, stored=stored,
    )  # fmt: skip
    return [item for item, _ in request._folded_in(visit)], [item for item, _ in stored or []]


def changes(key):
    rows = TierChange.objects.filter(customer_key=key).order_by("pk")
    return list(rows.values_list("from_tier", "to_tier", "cause"))


# lists made anew


@pytest.mark.parametrize(
    "name",
    [
        "popular:recent",
        "personal",
        "item_knn",
        "tifu_knn",
        "ease",
        "als",
        "als:tier",
        pytest.param("auto", marks=pytest.mark.slow),
    ],
)
def test_a_list_made_anew_of_unchanged_purchases_is_the_stored_one(shop, settings, name):
    settings.CLVREC = settings.CLVREC | {"RECOMMENDER": name, "MIN_TIER_CUSTOMERS": 5}
    shop.refresh()
    shares = {intent: [] for intent in INTENTS}
    for row in Recommendation.objects.filter(level="product"):
        found, stored = folded_in(row.customer_key, row.intent)
        assert stored
        if found:
            assert len(found) == len(stored)
            shares[row.intent].append(len({*found[:10]} & {*stored[:10]}) / len(stored[:10]))
    for intent, some in shares.items():
        assert len(some) > 10, intent
        assert np.mean(some) >= LEAST_OVERLAP


def test_who_bought_nothing_since_gets_the_stored_list(live):
    assert live.ask(OFTEN).source == "stored"


def test_who_bought_since_gets_a_list_made_anew(live):
    live.buy(OFTEN, "p03")
    assert {live.ask(OFTEN, intent=intent).source for intent in INTENTS} == {"fold_in"}


def test_a_purchase_of_one_customer_changes_the_list_of_no_other(live):
    before = live.ask(OFTEN + 8)
    live.buy(OFTEN, "p03")
    assert live.ask(OFTEN + 8) == before


def test_what_was_bought_is_gone_from_discover_at_once_and_the_list_stays_full(live):
    for _ in range(5):
        first, *rest = live.shown(TWICE, n=8)
        assert len(rest) == 7
        live.buy(TWICE, first)
        found = live.shown(TWICE, n=8)
        assert first not in found
        assert len(found) == 8


def test_discover_never_shows_what_was_ever_bought_however_long_the_list(live):
    found = live.shown(OFTEN, n=24)
    assert not {*found} & live.bought(OFTEN)
    assert {*found} == {f"p{number:02}" for number in range(24)} - live.bought(OFTEN)


def test_what_the_snapshot_has_never_seen_does_no_harm(live):
    live.stock.product("brand new")
    live.buy(OFTEN, "brand new", "p03")
    answer = live.ask(OFTEN)
    assert (answer.source, len(answer)) == ("fold_in", 10)


def test_an_order_that_is_paid_back_counts_no_more(live):
    before = live.shown(TWICE)
    live.buy(TWICE, before[0]).line_set.update(is_refunded=True)
    assert live.shown(TWICE) == before


def test_a_taste_that_was_just_shown_counts_at_once(shop, settings):
    """Even customers buy among the last twelve products; one of them now buys the others."""
    settings.CLVREC = settings.CLVREC | {"RECOMMENDER": "item_knn"}
    shop.refresh()
    before = [key < "p12" for key in shop.shown(TWICE, n=5)]
    for skus in (["p00", "p01", "p02"], ["p03", "p04", "p05"], ["p06", "p07"]):
        shop.buy(TWICE, *skus)
    after = [key < "p12" for key in shop.shown(TWICE, n=4)]
    assert np.mean(before) < np.mean(after)


# newcomers


@pytest.fixture
def strict(shop, settings):
    """Customers are new until their third order."""
    settings.CLVREC = settings.CLVREC | {"MIN_ORDERS": 3}
    return shop.refresh()


def test_with_the_order_that_makes_enough_a_newcomer_has_a_tier_at_once(strict):
    key = strict.key(ONCE)
    assert tier_of(key, "corner") == "new"
    strict.buy(ONCE, "p20")
    assert tier_of(key, "corner") == "new"
    assert changes(key) == []
    strict.buy(ONCE, "p21")
    tier = tier_of(key, "corner")
    assert tier != "new"
    assert changes(key) == [("new", tier, "order")]
    assert Snapshot.objects.count() == 1


def test_the_newcomers_list_is_made_for_what_was_bought(strict):
    assert strict.ask(ONCE).source == "popular"
    for sku in ("p20", "p21"):
        strict.buy(ONCE, sku)
    answer = strict.ask(ONCE)
    assert (answer.source, len(answer)) == ("fold_in", 10)
    assert answer.tier == tier_of(strict.key(ONCE), "corner") != "new"


def test_who_has_never_been_seen_is_known_with_the_first_orders(strict):
    strict.customers.append(strict.stock.customer("a stranger"))
    for sku in ("p20", "p21", "p22"):
        strict.buy(-1, sku)
    answer = strict.ask(-1)
    assert answer.source == "fold_in"
    assert changes(strict.key(-1)) == [("new", answer.tier, "order")]


def test_the_shop_is_told_of_a_change_once(strict, told, django_capture_on_commit_callbacks):
    for sku in ("p20", "p21"):
        strict.buy(ONCE, sku)
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(3):
            strict.ask(ONCE)
    assert told == [[TierChange.objects.get()]]


def test_a_shop_that_tells_of_an_order_knows_the_tier_at_once(
    strict, told, django_capture_on_commit_callbacks
):
    for sku in ("p20", "p21"):
        strict.buy(ONCE, sku)
    with django_capture_on_commit_callbacks(execute=True):
        tier = customer_bought(strict.key(ONCE), "corner")
    assert tier != "new"
    assert [change.to_tier for [change] in told] == [tier]


def test_a_shop_that_tells_of_an_order_waits_for_no_cache(strict, settings):
    settings.CLVREC = settings.CLVREC | {"CACHE_SECONDS": 600}
    before = strict.ask(ONCE)
    for sku in ("p20", "p21"):
        strict.buy(ONCE, sku)
    assert strict.ask(ONCE).items == before.items
    tier = customer_bought(strict.key(ONCE), "corner")
    answer = strict.ask(ONCE)
    assert (answer.source, answer.tier) == ("fold_in", tier)
    assert not {"p20", "p21"} & {item.key for item in answer}


def test_the_next_refresh_notes_nothing_of_what_was_known_already(strict):
    for sku in ("p20", "p21"):
        strict.buy(ONCE, sku)
    tier, key = tier_of(strict.key(ONCE), "corner"), strict.key(ONCE)
    strict.stock.as_of = timezone.now()
    strict.refresh()
    stored = CustomerScore.objects.get(snapshot=strict.snapshot, customer_key=key).tier
    expected = [("new", tier, "order")]
    assert changes(key) == expected + [(tier, stored, "refresh")] * (stored != tier)
    assert not CurrentTier.objects.filter(snapshot=strict.snapshot).exists()


# as time passes


def a_high_customer(shop):
    scores = CustomerScore.objects.filter(snapshot=shop.snapshot, tier="high")
    return scores.order_by("overall_score", "customer_key").first().customer_key


def test_who_stays_away_moves_down_and_the_cause_is_the_time(live, at):
    key = a_high_customer(live)
    at(timezone.now() + dt.timedelta(days=400))
    after = tier_of(key, "corner")
    assert after in {"low", "mid"}
    assert changes(key) == [("high", after, "ageing")]


def test_the_list_of_who_moved_down_is_made_anew(live, at):
    key = a_high_customer(live)
    at(timezone.now() + dt.timedelta(days=400))
    answer = recommend(key, "product", source="corner")
    assert (answer.source, answer.tier) == ("fold_in", tier_of(key, "corner"))


def test_who_comes_back_moves_up_again(live, at):
    key = a_high_customer(live)
    number = [str(one.pk) for one in live.customers].index(key)
    at(timezone.now() + dt.timedelta(days=400))
    low = tier_of(key, "corner")
    order = live.buy(number, "p03")
    order.placed_at = timezone.now()
    order.save()
    high = tier_of(key, "corner")
    assert changes(key)[0] == ("high", low, "ageing")
    assert changes(key)[1:] == ([(low, high, "order")] if high != low else [])
    assert ("low", "mid", "high").index(high) > ("low", "mid", "high").index(low)


def test_a_moment_later_nobody_has_moved(live, at):
    at(timezone.now() + dt.timedelta(seconds=1))
    for row in CustomerScore.objects.filter(snapshot=live.snapshot):
        assert tier_of(row.customer_key, "corner") == row.tier
    assert not TierChange.objects.exists()


def test_a_clock_that_goes_back_moves_nobody(live, at):
    at(timezone.now() - dt.timedelta(days=30))
    for row in CustomerScore.objects.filter(snapshot=live.snapshot):
        assert tier_of(row.customer_key, "corner") == row.tier
