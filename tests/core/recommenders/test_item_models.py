"""Models of items by items: scores and reasons from a matrix that can be worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from django_clvrec.core.recommenders.item_models import (
    BINARY,
    ROOT,
    FittedItemModel,
    best_known,
    counted,
)
from django_clvrec.core.sparse import SparseRows
from tests.core.recommenders.made_up import HISTORIES, dense, histories_of

WEIGHTS = np.array([[0, 0.5, -1], [2, 0, 0.25], [1, 3, 0]], dtype=np.float32)


def sparse(weights):
    return SparseRows.of(csr_array(weights))


MATRICES = pytest.mark.parametrize("kind", [np.asarray, sparse])


def model(kind=np.asarray, items=(0, 1, 2), counting=BINARY, size=3):
    return FittedItemModel(kind(WEIGHTS), counting, np.array(items), np.zeros(size, np.float32))


@MATRICES
def test_each_bought_item_adds_its_row(kind):
    histories = histories_of([(0, 1.0), (2, 2.0), (2, 9.0)], [], size=3)
    assert model(kind).score(histories).tolist() == [[1, 3.5, -1], [0, 0, 0]]


def test_by_root_an_item_of_four_orders_counts_twice():
    four = histories_of([(0, float(day)) for day in range(4)], size=3)
    assert model(counting=ROOT).score(four).tolist() == [[0, 1, -2]]


@MATRICES
def test_reasons_are_the_bought_items_that_add_to_the_score_the_most_first(kind):
    histories = histories_of([(2, 1.0), (1, 1.0), (0, 1.0)], size=3)
    found = [model(kind).explain(histories, item).tolist() for item in range(3)]
    assert found == [[1, 2], [2, 0], [1]]


@MATRICES
def test_an_item_that_the_model_does_not_know_speaks_for_none_and_none_for_it(kind):
    few = model(kind, items=(1, 2, 4), size=5)
    histories = histories_of([(0, 1.0), (2, 1.0), (3, 1.0)], size=5)
    assert few.score(histories).tolist() == [[0, 2, 0, 0, 0.25]]
    assert few.explain(histories, 1).tolist() == [2]
    assert few.explain(histories, 3).tolist() == few.explain(histories, 0).tolist() == []


@given(HISTORIES, st.sampled_from([BINARY, ROOT]))
def test_what_an_item_counts_is_one_or_the_root_of_its_orders(histories, counting):
    times = dense(histories)
    expected = np.sqrt(times) if counting == ROOT else times > 0
    found = counted(histories, counting, np.arange(histories.size))
    np.testing.assert_allclose(found.toarray(), expected, rtol=1e-6)


@given(HISTORIES, st.integers(1, 12))
def test_the_items_that_are_known_have_the_most_buyers_and_on_a_tie_the_lower_position(
    histories, most
):
    buyers = (dense(histories) > 0).sum(axis=0)
    order = sorted(range(histories.size), key=lambda item: (-buyers[item], item))
    assert best_known(histories, most).tolist() == sorted(order[:most])
