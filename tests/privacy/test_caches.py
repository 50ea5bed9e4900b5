"""What caches and processes know of somebody is not used any more once they are erased."""

import pytest
from django.core.cache import cache

from django_clvrec.cache import known_facts
from django_clvrec.privacy import erase
from django_clvrec.serving import recommend, stored
from django_clvrec.serving.visit import lines_fact
from tests.privacy.conftest import SOURCE
from tests.shelf import Shelf, bought, key_of, person, product

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ann(settings):
    """Has a list of her own, and caching is on."""
    settings.CLVREC = settings.CLVREC | {"CACHE_SECONDS": 60}
    cache.clear()
    ann, oats = person("ann"), product()
    shelf = Shelf()
    shelf.score(ann)
    shelf.recommended(ann, oats)
    shelf.popular(oats)
    yield key_of(ann)
    cache.clear()


def source_of(key):
    return str(recommend(key, level="product").source)


def test_the_next_answer_knows_nothing_of_them(ann):
    assert [source_of(ann), source_of(ann)] == ["stored", "stored"]
    erase(ann)
    assert source_of(ann) == "popular"


def test_facts_are_taken_out_of_the_cache(ann):
    source_of(ann)
    live = stored.live_of(SOURCE)
    facts = list(stored.facts_of_customer(live, ann, ["product"], ["discover"]))
    assert known_facts(facts).keys() == {*facts}
    erase(ann)
    assert known_facts(facts) == {}


def test_what_a_late_reader_writes_back_is_not_used(ann, monkeypatch):
    read = stored._read

    def erased_meanwhile(*args, **more):
        monkeypatch.setattr(stored, "_read", read)
        found = read(*args, **more)
        erase(ann)
        return found

    monkeypatch.setattr(stored, "_read", erased_meanwhile)
    assert source_of(ann) == "stored"  # it had read before
    assert source_of(ann) == "popular"


def test_purchases_that_were_cached_are_asked_for_again(ann):
    from django.contrib.auth.models import User

    order = bought(User.objects.get(pk=ann), product("Rice"))
    source_of(ann)
    assert known_facts([lines_fact(SOURCE, ann)])
    order.delete()
    erase(ann)
    assert not known_facts([lines_fact(SOURCE, ann)])
    assert source_of(ann) == "popular"


def test_a_warm_answer_takes_no_query_and_one_more_key(ann, django_assert_num_queries):
    recommend(ann, "product", 1)
    with django_assert_num_queries(0):
        recommend(ann, "product", 1)


def test_erasing_works_where_the_cache_does_not(ann, monkeypatch):
    monkeypatch.setattr(type(cache._connections[cache._alias]), "set_many", lambda *_: 1 / 0)
    monkeypatch.setattr(type(cache._connections[cache._alias]), "delete_many", lambda *_: 1 / 0)
    assert erase(ann).total == 2
