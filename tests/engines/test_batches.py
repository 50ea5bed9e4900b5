"""Lists of customers in Arrow batches, without any engine."""

import numpy as np
import pyarrow as pa
import pytest

from django_clvrec.core.ranking import lists_by_intent
from django_clvrec.core.recommenders.als import AlsParameters, fold_in
from django_clvrec.engines import batches
from django_clvrec.engines.base import Model
from django_clvrec.engines.batches import list_batches

ITEMS = 12
UNKNOWN = {3, 7}
"""Numbers of items that the model does not know."""


@pytest.fixture
def model():
    known = [number for number in range(ITEMS) if number not in UNKNOWN]
    factors = np.random.default_rng(1).standard_normal((len(known), 4)).astype(np.float32)
    return Model(
        name="als",
        level="product",
        tier="",
        customers=1,
        interactions=1,
        item_keys=tuple(f"i{number:02d}" for number in known),
        item_factors=factors,
        parameters=AlsParameters(factors=4),
    )


@pytest.fixture
def place(model):
    place = np.full(ITEMS, -1)
    place[[int(key[1:]) for key in model.item_keys]] = np.arange(len(model.item_keys))
    return place


BASKETS = [[1, 2, 5], [], [3, 7], [0], [3, 4, 11], list(range(ITEMS)), [9]]


def batch_of(baskets):
    return pa.RecordBatch.from_pydict(
        {
            "customer_key": [f"c{number}" for number in range(len(baskets))],
            "items": pa.array(baskets, pa.list_(pa.int32())),
            "weights": pa.array(
                [[1.0 + n for n in one] for one in baskets], pa.list_(pa.float32())
            ),
        }
    )


def lists_in(found):
    rows = [row for part in found for row in part.to_pylist()]
    return {(row["customer_key"], row["intent"]): row["items"] for row in rows}


@pytest.mark.parametrize("at_once", [1, 4, 1 << 18])
def test_lists_are_those_of_each_customer_folded_in_alone(model, place, monkeypatch, at_once):
    monkeypatch.setattr(batches, "CELLS_AT_ONCE", at_once)
    expected = {}
    for number, basket in enumerate(BASKETS):
        known = np.array([place[item] for item in basket if place[item] >= 0], dtype=np.int64)
        if len(known):
            weights = np.array([1.0 + item for item in basket if place[item] >= 0])
            factors = fold_in(model.item_factors, known, weights, model.parameters)
            scores = model.item_factors @ factors.astype(np.float32)
            for intent, (positions, _) in lists_by_intent(scores, known, 5).items():
                items = [model.item_keys[position] for position in positions]
                if items:
                    expected[f"c{number}", intent] = items
    assert lists_in(list_batches(batch_of(BASKETS), "product", model, place, 5)) == expected


def test_a_part_of_a_larger_batch_gives_its_own_lists(model, place):
    whole = lists_in(list_batches(batch_of(BASKETS), "product", model, place, 5))
    part = lists_in(list_batches(batch_of(BASKETS).slice(3, 3), "product", model, place, 5))
    assert part == {key: items for key, items in whole.items() if key[0] in {"c3", "c4", "c5"}}


def test_customers_of_whom_nothing_is_known_get_no_list(model, place):
    assert lists_in(list_batches(batch_of([[], [3]]), "product", model, place, 5)) == {}
    assert lists_in(list_batches(batch_of([]), "product", model, place, 5)) == {}
