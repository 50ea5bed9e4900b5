"""Recommenders as arrays: what a snapshot keeps of them scores and explains as before."""

import io
import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.sparse import csr_array

from django_clvrec.core.ranking import INTENTS
from django_clvrec.core.recommenders.item_models import FittedItemModel
from django_clvrec.core.recommenders.keeping import (
    CannotKeep,
    kept,
    kept_all,
    restored,
    restored_all,
)
from django_clvrec.core.recommenders.names import ALS, ALS_BY_TIER, BLEND, NAMES, PARTS
from django_clvrec.core.sparse import SparseRows
from tests.core.recommenders.made_up import two_tastes
from tests.core.recommenders.test_contract import BLENDED, EVERYONE

CUSTOMERS = 160
HISTORIES = two_tastes(CUSTOMERS).histories
STRANGERS = two_tastes(30, seed=8).histories
FACTORISED = {ALS, ALS_BY_TIER}
KEPT = [name for name in NAMES if name not in FACTORISED]
# weights of 16 bits: half a thousandth of a weight
ROUNDED = {"ease": {"rtol": 2e-3, "atol": 2e-3}, BLEND: {"rtol": 0.02, "atol": 0.02}}


@cache
def fitted(name):
    return EVERYONE.get(name, BLENDED).fit(HISTORIES)


def stored(specs, arrays):
    """Through a file without pickle, and through JSON."""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    file.seek(0)
    with np.load(file, allow_pickle=False) as archive:
        return json.loads(json.dumps(specs)), dict(archive)


def back_again(found, known=None):
    return restored_all(*stored(*kept_all(found)), known)


@cache
def all_again():
    """Everyone but the factorisations, which the snapshot knows beside them."""
    factors = {name: fitted(name) for name in FACTORISED} | {ALS: fitted(BLEND).parts[ALS]}
    return back_again({name: fitted(name) for name in KEPT}, factors)


class Own:
    """A shop's own recommender."""

    def score(self, histories):
        return np.zeros((len(histories), histories.size), dtype=np.float32)

    def explain(self, history, item):
        return history.items


@pytest.mark.parametrize("histories", [HISTORIES, STRANGERS], ids=["learnt from", "strangers"])
@pytest.mark.parametrize("name", KEPT)
def test_what_is_kept_scores_as_before(name, histories):
    found = all_again()[name].score(histories)
    assert found.dtype == np.float32
    given = {"rtol": 0, "atol": 0} | ROUNDED.get(name, {})
    np.testing.assert_allclose(found, fitted(name).score(histories), **given)


@pytest.mark.parametrize("name", KEPT)
def test_what_is_kept_explains_as_before(name):
    for customer in range(12):
        one = HISTORIES.take(np.array([customer]))
        for item in range(0, HISTORIES.size, 3):
            before, found = (
                known.explain(one, item) for known in (fitted(name), all_again()[name])
            )
            assert sorted(found) == sorted(before)
            if name not in ROUNDED:
                assert found.tolist() == before.tolist()


def test_what_is_rounded_has_the_same_strongest_reason_nearly_always():
    same = []
    for customer in range(20):
        one = HISTORIES.take(np.array([customer]))
        for item in range(HISTORIES.size):
            before, found = (
                who.explain(one, item) for who in (fitted("ease"), all_again()["ease"])
            )
            same.append(found[:1].tolist() == before[:1].tolist())
    assert np.mean(same) > 0.99


@pytest.mark.parametrize("intent", INTENTS)
def test_a_blend_that_is_kept_weighs_each_intent_as_before(intent):
    before, found = (
        blend.score_by_intent(STRANGERS, (intent,))[intent]
        for blend in (fitted(BLEND), all_again()[BLEND])
    )
    np.testing.assert_allclose(found, before, **ROUNDED[BLEND])


def test_names_and_only_they_are_kept():
    assert set(all_again()) == {*NAMES}


def test_several_of_one_kind_do_not_mix():
    other = EVERYONE["item_knn"].fit(STRANGERS)
    again = back_again({"one": fitted("item_knn"), "one/weights": other})
    np.testing.assert_array_equal(again["one/weights"].score(HISTORIES), other.score(HISTORIES))
    np.testing.assert_array_equal(
        again["one"].score(HISTORIES), fitted("item_knn").score(HISTORIES)
    )


def test_models_by_tier_are_found_again_by_tier():
    again = all_again()["popular:recent:tier"]
    assert set(again.models) == set(fitted("popular:recent:tier").models) == {"low", "mid"}


def sparse(cells):
    return SparseRows.of(csr_array(np.array(cells, dtype=np.float32)))


def test_a_matrix_stays_as_sparse_as_it_was():
    rows, dense = (all_again()[name].weights for name in ("item_knn", "ease"))
    assert isinstance(rows, SparseRows)
    assert len(rows.data) == len(fitted("item_knn").weights.data)
    assert isinstance(dense, np.ndarray)


def test_a_matrix_without_any_weight_is_kept_too():
    nothing = replace(fitted("item_knn"), weights=sparse(np.zeros((40, 40))))
    again = back_again({"item_knn": nothing})["item_knn"]
    np.testing.assert_array_equal(again.score(STRANGERS), nothing.score(STRANGERS))


def test_a_model_of_few_items_is_kept_with_the_positions_it_knows():
    few = FittedItemModel(
        weights=sparse([[0, 1], [1, 0]]),
        counting="binary",
        items=np.array([3, 17]),
        others=np.zeros(40, dtype=np.float32),
    )
    again = back_again({"few": few})["few"]
    np.testing.assert_array_equal(again.items, few.items)
    np.testing.assert_array_equal(again.score(STRANGERS), few.score(STRANGERS))


def test_a_blend_finds_its_parts_among_what_is_kept_and_what_is_known():
    factors = fitted(BLEND).parts[ALS]
    again = back_again({**fitted(BLEND).parts, BLEND: fitted(BLEND)}, {ALS: factors})
    assert again[BLEND].parts == {name: again[name] for name in PARTS}
    assert again[BLEND].parts[ALS] is factors


@pytest.mark.parametrize("missing", PARTS)
def test_a_blend_that_misses_a_part_is_left_out(missing):
    parts = {name: part for name, part in fitted(BLEND).parts.items() if name != missing}
    known = {ALS: parts.pop(ALS)} if ALS in parts else {}
    again = back_again({**parts, BLEND: fitted(BLEND)}, known)
    assert BLEND not in again
    assert set(again) == {*PARTS} - {missing}


def test_an_own_class_without_arrays_is_left_out_and_the_others_stay():
    assert list(back_again({"own": Own(), "popular": fitted("popular")})) == ["popular"]
    with pytest.raises(CannotKeep, match="Own"):
        kept(Own())


def test_an_own_class_by_tier_is_left_out_as_a_whole():
    by_tier = replace(fitted("popular:recent:tier"), overall=Own())
    assert list(back_again({"own:tier": by_tier, "popular": fitted("popular")})) == ["popular"]


def test_a_blend_with_an_own_class_as_a_part_is_left_out():
    blend = replace(fitted(BLEND), parts={**fitted(BLEND).parts, "own": Own()})
    assert BLEND not in back_again({**blend.parts, BLEND: blend}, {ALS: blend.parts[ALS]})


def test_factorisations_are_not_kept_here():
    with pytest.raises(CannotKeep, match="FittedAls"):
        kept(fitted(ALS))


def test_a_kind_that_another_version_wrote_is_refused_by_its_name():
    with pytest.raises(KeyError, match="oracle"):
        restored({"kind": "oracle"}, {})


def test_nothing_is_kept_of_nothing():
    assert kept_all({}) == ({}, {})
    assert restored_all({}, {}) == {}
