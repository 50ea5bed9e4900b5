"""Which customers tell how two snapshots differ."""

from itertools import pairwise

import pytest

from django_clvrec.office import comparing
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db


def stored(keys, **fields):
    shelf = Shelf(report={"customers": len(keys)}, **fields)
    for key in keys:
        shelf.score(key)
    return shelf.snapshot


def test_of_few_customers_all_are_the_sample():
    stored(["other"])
    snapshot = stored(["c", "a", "b"], is_live=False)
    stored(["another"], is_live=False)
    assert comparing._sample(snapshot) == dict.fromkeys("abc", "mid")


@pytest.mark.parametrize("first", [0, 17, 39], ids=["at the start", "within", "at the end"])
def test_of_many_it_is_as_many_as_wanted_at_even_distances(monkeypatch, first):
    monkeypatch.setattr(comparing, "SAMPLE", 10)
    stored(["a", "z"])
    # the one whose key comes first stands anywhere
    keys = [f"k{(place - first) % 40:02}" for place in range(40)]
    snapshot = stored(keys, is_live=False)
    stored(["a", "z"], is_live=False)
    places = [keys.index(key) for key in comparing._sample(snapshot)]
    assert len(places) in {10, 11}
    assert {after - before for before, after in pairwise(places)} == {4}


def test_two_queries_find_it(django_assert_num_queries):
    snapshot = stored([str(number) for number in range(30)])
    with django_assert_num_queries(2):
        comparing._sample(snapshot)


def test_without_customers_there_is_none():
    assert comparing._sample(stored([])) == {}
