"""Sparse rows in NumPy: each operation gives what SciPy's does."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from django_clvrec.core.sparse import SparseRows

CELL = st.one_of(st.just(0.0), st.floats(-4, 4, width=32))


ROWS, COLUMNS = st.integers(0, 4), st.integers(1, 5)


def tables(rows=ROWS, columns=COLUMNS):
    return st.tuples(rows, columns).flatmap(
        lambda shape: st.lists(
            st.lists(CELL, min_size=shape[1], max_size=shape[1]),
            min_size=shape[0],
            max_size=shape[0],
        ).map(lambda cells: np.array(cells, dtype=np.float32).reshape(shape))
    )


def sparse(table):
    return SparseRows.of(csr_array(table))


@given(tables())
def test_cells_stand_where_they_were(table):
    np.testing.assert_array_equal(sparse(table).toarray(), table)
    np.testing.assert_array_equal(sparse(table).scipy().toarray(), table)


@given(tables())
def test_transposing_turns_rows_into_columns(table):
    np.testing.assert_array_equal(sparse(table).transposed().toarray(), table.T)


@given(tables())
def test_columns_are_added_up(table):
    np.testing.assert_allclose(sparse(table).sums(), table.sum(axis=0), rtol=1e-5, atol=1e-5)


@given(tables(), st.data())
def test_some_rows_and_some_columns_are_those_of_the_table(table, data):
    height, width = table.shape
    start, stop = sorted(data.draw(st.tuples(*[st.integers(0, height)] * 2)))
    np.testing.assert_array_equal(sparse(table).rows(start, stop).toarray(), table[start:stop])
    wanted = np.array(sorted(data.draw(st.sets(st.integers(0, width - 1)))), dtype=np.int64)
    np.testing.assert_array_equal(sparse(table).columns(wanted).toarray(), table[:, wanted])
    np.testing.assert_array_equal(sparse(table).column(width - 1), table[:, -1])


@given(tables(columns=st.just(4)))
def test_rows_that_are_directed_have_length_one_or_are_empty(table):
    lengths = np.linalg.norm(sparse(table).directed().toarray(), axis=1)
    is_clear = np.linalg.norm(table, axis=1) > 1e-10
    np.testing.assert_allclose(lengths[is_clear], 1, rtol=1e-5)
    assert not lengths[~table.any(axis=1)].any()


@given(tables(columns=st.just(3)), st.lists(CELL, min_size=4, max_size=4))
def test_rows_are_scaled_each_by_its_factor(table, factors):
    factors = np.array(factors[: len(table)], dtype=np.float32)
    found = sparse(table).scaled(factors).toarray()
    np.testing.assert_array_equal(found, table * factors[:, None])


@given(tables(columns=st.just(3)), tables(rows=st.just(3)), st.booleans())
def test_a_product_is_that_of_scipy_to_the_bit_of_one_row_or_of_many(table, other, is_dense):
    right = other if is_dense else sparse(other)
    expected = (csr_array(table) @ csr_array(other)).toarray()
    np.testing.assert_array_equal(sparse(table) @ right, expected)


@given(st.lists(st.lists(st.tuples(st.integers(0, 4), CELL), max_size=9), max_size=4))
def test_cells_that_are_the_same_are_added_up(rows):
    expected = np.zeros((len(rows), 5))
    for row, cells in enumerate(rows):
        for column, value in cells:
            expected[row, column] += value
    events = [event for cells in rows for event in cells]
    starts = np.cumsum([0, *map(len, rows)])
    columns = np.array([column for column, _ in events], dtype=np.int64)
    values = np.array([value for _, value in events], dtype=np.float32)
    found = SparseRows.summed(values, columns, starts, 5)
    np.testing.assert_allclose(found.toarray(), expected, rtol=1e-5, atol=1e-5)
    assert all((np.diff(found.indices[a:b]) > 0).all() for a, b in pairwise(found.indptr))


@pytest.mark.parametrize("right", ["table", "SparseRows(*[table[0], np.arange(3), ends, (2, 3)])"])
def test_one_row_is_multiplied_without_scipy(right):
    code = f"""
import sys
sys.modules["scipy"] = None
import numpy as np
from django_clvrec.core.sparse import SparseRows
table = np.array([[1, 2, 4], [3, 5, 9]], dtype=np.float32)
ends = np.array([0, 1, 3])
row = SparseRows.summed(np.ones(2, np.float32), np.array([1, 1]), np.array([0, 2]), 2)
print((row @ {right}).tolist())
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    expected = "[[6.0, 10.0, 18.0]]" if right == "table" else "[[0.0, 4.0, 8.0]]"
    assert done.stdout.strip() == expected
