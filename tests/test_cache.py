"""What may be kept for a while, for whom, how long, and what happens where a cache fails."""

import pickle
from hashlib import blake2b

import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from django_clvrec import cache
from django_clvrec.locks import acquire, flip
from django_clvrec.models import SourceState
from django_clvrec.pipeline import activate
from django_clvrec.serving import recommend, tier_of
from tests.shelf import AS_OF, Shelf, person, product

LOCMEM = "django.core.cache.backends.locmem.LocMemCache"
MINE = "clvrec:my-recommendations"


class Broken(LocMemCache):
    """A cache whose server is down."""

    def get_many(self, *_args, **_options):
        raise ConnectionError

    set_many = delete = get_many


@pytest.fixture
def keep(settings):
    """Caching on, in a cache of the test's own."""

    def keep(backend=LOCMEM, seconds=60):
        settings.CACHES = {
            "default": {"BACKEND": LOCMEM},
            "clvrec": {"BACKEND": backend, "LOCATION": "clvrec"},
        }
        settings.CLVREC = settings.CLVREC | {"CACHE_SECONDS": seconds, "CACHE_ALIAS": "clvrec"}

    yield keep
    LocMemCache("clvrec", {}).clear()


@pytest.fixture(autouse=True)
def everything_sells(settings):
    """Lists are made of keys, and nothing fills them up."""
    settings.CLVREC = settings.CLVREC | {"POLICY": "tests.policies.EverythingSells"}


@pytest.fixture
def real_items(settings):
    """Only what the shop has is shown."""
    settings.CLVREC = settings.CLVREC | {"POLICY": "tests.policies.OnlyListed"}


@pytest.fixture
def shelf(db):
    return Shelf("corner")


def ask(customer=None, intent="discover", n=10, **more):
    return recommend(customer, "product", n, intent, source="corner", **more)


def keys(answer):
    return [item.key for item in answer]


def queries(call):
    with CaptureQueriesContext(connection) as seen:
        call()
    return len(seen)


# what it saves


def test_a_stored_list_is_served_again_without_a_query(keep, shelf, stock):
    keep()
    shelf.recommended("ann", *(stock.product(sku) for sku in ("pear", "apple")))
    first = ask("ann", with_objects=True)
    assert queries(lambda: ask("ann", with_objects=True)) == 0
    assert ask("ann", with_objects=True) == first


def test_the_endpoint_asks_for_session_and_user_only(keep, db, client):
    keep()
    ann, shelf = person("ann"), Shelf()
    shelf.recommended(ann, product())
    client.force_login(ann)
    wanted = {"level": "product", "n": 1}
    first = client.get(reverse(MINE), wanted).json()
    assert queries(lambda: client.get(reverse(MINE), wanted)) == 2
    again = client.get(reverse(MINE), wanted).json()
    assert again | {"list": ""} == first | {"list": ""}  # each list has a token of its own


def test_a_cold_answer_costs_no_query_more_than_without_a_cache(keep, shelf, stock):
    ann = stock.customer()
    shelf.recommended(ann, stock.product("apple"))
    ask(str(stock.customer().pk))  # the process meets the snapshot
    without = queries(lambda: ask(str(ann.pk), n=1, with_objects=True))
    keep()
    assert queries(lambda: ask(str(ann.pk), n=1, with_objects=True)) == without == 2


def test_what_is_popular_and_the_tier_are_kept_too(keep, shelf):
    keep()
    shelf.popular("apple")
    shelf.score("ann", tier="high")
    assert (keys(ask()), tier_of("ann", "corner")) == (["apple"], "high")
    assert queries(lambda: (ask(), tier_of("ann", "corner"))) == 0


def test_the_tier_is_known_from_reading_the_list(keep, shelf):
    keep()
    shelf.score("ann", tier="high")
    ask("ann")
    assert queries(lambda: tier_of("ann", "corner")) == 0


def test_that_a_customer_has_no_list_is_remembered_and_what_they_bought(keep, shelf):
    keep()
    shelf.popular("apple")
    key = "11111111-1111-1111-1111-111111111111"
    ask(key)
    assert queries(lambda: ask(key)) == 0


def test_objects_are_shared_by_lists_that_hold_the_same_items(keep, shelf, stock):
    keep()
    apple = stock.product("apple")
    shelf.recommended("ann", apple)
    shelf.recommended("bob", apple)
    ask("ann", with_objects=True)
    assert queries(lambda: ask("bob", with_objects=True)) == 1


def test_an_item_that_is_gone_is_not_asked_for_again(keep, shelf, real_items, stock):
    keep()
    shelf.recommended("ann", "gone", stock.product("apple"))
    ask("ann", with_objects=True)
    assert queries(lambda: ask("ann", with_objects=True)) == 0


# what it must not do


def test_by_default_nothing_is_kept(shelf, real_items, stock, settings):
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.Broken"}}
    apple = stock.product("apple")
    shelf.recommended("ann", apple)
    assert keys(ask("ann", with_objects=True)) == ["apple"]
    apple.delete()
    assert keys(ask("ann", with_objects=True)) == []


def test_each_customer_level_and_intent_has_a_list_of_its_own(keep, shelf):
    keep()
    shelf.recommended("ann", "apple")
    shelf.recommended("ann", "bread", intent="again")
    shelf.recommended("bob", "pear")
    for _ in range(2):
        assert keys(ask("ann")) == ["apple"]
        assert keys(ask("ann", intent="again")) == ["bread"]
        assert keys(ask("bob")) == ["pear"]


def test_no_key_tells_whom_it_is_about(keep, shelf):
    keep()
    shelf.score("ann", tier="high", spent="4711")
    shelf.recommended("ann", "apple")
    shelf.popular("caviar", tier="high")
    ask("ann")
    ask("bob")
    tier_of("ann", "corner")
    held = " ".join(caches["clvrec"]._cache)
    assert held
    assert not [word for word in ("ann", "high", "4711", "tier", "corner") if word in held]


def test_a_key_cannot_be_found_without_the_secret_of_the_site(keep, shelf, settings):
    keep()
    fact = ("list", "ann")
    cache.remember({fact: 1})
    settings.SECRET_KEY = "the guess of somebody else"
    assert cache.known_facts([fact]) == {}
    text = repr(fact).encode()
    guesses = {blake2b(text, digest_size=size).hexdigest() for size in (16, 32, 64)}
    assert not [one for one in guesses if one in " ".join(caches["clvrec"]._cache)]


def test_keys_fit_every_cache_whatever_the_customer_is_called(keep, shelf, recwarn):
    keep()
    for name in ("a b\n", "é" * 255, "\ud800"):
        cache.remember({("list", name): 1})
        assert cache.known_facts([("list", name)]) == {("list", name): 1}
    assert not recwarn.list


def test_facts_that_look_alike_are_kept_apart(keep, db):
    keep()
    cache.remember({("a", "b:c"): 1})
    assert cache.known_facts([("a:b", "c"), ("a", "b", "c"), ("a", 1)]) == {}


# another snapshot goes live


@pytest.mark.django_db(transaction=True)
def test_the_process_that_publishes_serves_the_new_snapshot_at_once(keep):
    keep()
    Shelf("corner").recommended("ann", "old")
    assert keys(ask("ann")) == ["old"]
    running = acquire("corner", "by hand", AS_OF)
    with transaction.atomic():
        flip(running)
        assert keys(ask("ann")) == ["old"]
    assert keys(ask("ann")) == []


@pytest.mark.django_db(transaction=True)
def test_rolling_back_is_seen_at_once_too(keep):
    keep()
    old = Shelf("corner")
    old.recommended("ann", "old")
    Shelf("corner").recommended("ann", "young")
    assert keys(ask("ann")) == ["young"]
    activate(old.snapshot)
    assert keys(ask("ann")) == ["old"]


def test_another_process_serves_the_old_snapshot_whole_until_its_time_is_over(keep, shelf):
    keep()
    shelf.score("ann", tier="high")
    shelf.recommended("ann", "old")
    later = Shelf("corner", is_live=False)
    later.recommended("ann", "young")
    assert keys(ask("ann")) == ["old"]
    SourceState.objects.update(live=later.snapshot)  # as somebody else's flip
    assert (keys(ask("ann")), tier_of("ann", "corner")) == (["old"], "high")
    caches["clvrec"].clear()  # as time does
    assert (keys(ask("ann")), tier_of("ann", "corner")) == (["young"], "new")


def test_a_list_that_another_process_does_not_know_yet_is_that_of_the_new_snapshot(keep, shelf):
    keep()
    shelf.recommended("ann", "old")
    shelf.recommended("bob", "old")
    ask("ann")
    Shelf("corner").recommended("bob", "young")
    assert keys(ask("bob")) == ["young"]


# a cache that fails


@pytest.mark.parametrize("backend", [f"{__name__}.Broken", "no.such.Cache"])
def test_where_the_cache_is_down_the_database_answers(keep, shelf, stock, caplog, backend):
    keep(backend)
    shelf.recommended("ann", stock.product("apple"))
    for _ in range(2):
        assert keys(ask("ann", with_objects=True)) == ["apple"]
    cache.forget(cache.live_fact("corner"))
    assert "The cache cannot be used" in caplog.text


def test_objects_that_cannot_be_pickled_are_served_all_the_same(keep, shelf, monkeypatch):
    keep()
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(lambda: 1)
    monkeypatch.setattr(
        "tests.corner_shop.clvrec.CornerShop.items_in_bulk",
        lambda _self, _level, wanted: dict.fromkeys(wanted, lambda: 1),
    )
    shelf.recommended("ann", "apple")
    for _ in range(2):
        assert keys(ask("ann", with_objects=True)) == ["apple"]
