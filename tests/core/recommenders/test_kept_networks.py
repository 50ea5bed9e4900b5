"""Networks as arrays: what a snapshot keeps of them scores and explains as before."""

from dataclasses import replace

import numpy as np
import pytest

from django_clvrec.core.recommenders.keeping import kept, restored
from tests.core.recommenders.made_networks import autoencoder, next_basket
from tests.core.recommenders.made_up import two_tastes
from tests.core.recommenders.test_keeping import STRANGERS, back_again, stored

HISTORIES = two_tastes(60).histories
FEW = np.arange(1, 40, 2)
MADE = {
    "network": autoencoder(40),
    "network of few items": autoencoder(40, FEW),
    "next basket": next_basket(40),
    "next basket of few items": next_basket(40, FEW, blocks=1),
}


@pytest.fixture(params=MADE)
def fitted(request):
    return MADE[request.param]


def again(fitted):
    return back_again({"mine": fitted})["mine"]


@pytest.mark.parametrize("histories", [HISTORIES, STRANGERS], ids=["some", "strangers"])
def test_what_is_kept_scores_nearly_as_before(fitted, histories):
    found = again(fitted).score(histories)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, fitted.score(histories), atol=0.02)


def test_what_is_kept_has_the_same_strongest_reason_nearly_always(fitted):
    same = []
    kept_one = again(fitted)
    for customer in range(10):
        one = HISTORIES.take(np.array([customer]))
        for item in range(0, 40, 3):
            before, found = (who.explain(one, item)[:1].tolist() for who in (fitted, kept_one))
            same.append(before == found)
    assert np.mean(same) > 0.9


def test_what_is_kept_twice_is_the_same(fitted):
    once = again(fitted)
    np.testing.assert_array_equal(again(once).score(HISTORIES), once.score(HISTORIES))


def test_all_that_is_no_array_is_in_the_spec(fitted):
    found = again(fitted)
    assert found.stopped == "10 seconds"
    assert found.half_life_days == 40.0
    np.testing.assert_array_equal(found.items, fitted.items)
    np.testing.assert_array_equal(found.others, fitted.others)


def test_matrices_take_half_the_bytes_and_are_made_longer_again(fitted):
    _, arrays = kept(fitted)
    assert {one.dtype for one in arrays.values() if one.ndim > 1} == {np.dtype(np.float16)}
    assert again(fitted).own.dtype == np.float32


def test_whether_a_layer_is_bent_is_kept():
    assert [one.is_bent for one in again(MADE["network"]).layers] == [True, False, False]


def test_something_that_is_missing_is_told_by_its_name(fitted):
    spec, arrays = stored(*kept(fitted))
    with pytest.raises(KeyError, match="own"):
        restored(spec, {name: one for name, one in arrays.items() if name != "own"})


def test_what_another_version_wrote_is_refused():
    spec, arrays = kept(MADE["next basket"])
    with pytest.raises(KeyError, match="blocks"):
        restored({name: one for name, one in spec.items() if name != "blocks"}, arrays)


def test_a_network_keeps_what_it_was_stopped_by():
    assert again(replace(MADE["network"], stopped="")).stopped == ""
