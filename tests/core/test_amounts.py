"""Amounts from Arrow columns are the amounts that Python makes."""

from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.amounts import money, money_from_arrow
from django_clvrec.exceptions import BadPurchases

LIMIT = 10**15
DECIMALS = st.decimals(-LIMIT, LIMIT, allow_nan=False, places=None).map(
    lambda amount: Decimal(f"{amount:f}")
)
SPECIAL = st.sampled_from([None, Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity")])
HALVES = st.integers(-(10**9), 10**9).map(lambda n: Decimal(n * 10 + 5).scaleb(-5))


@given(st.lists(st.one_of(DECIMALS, SPECIAL, HALVES)))
def test_texts_of_decimals(amounts):
    texts = pa.array([None if a is None else f"{a:f}" for a in amounts], pa.string())
    assert money_from_arrow(texts) == money(amounts)


@given(st.lists(st.one_of(st.none(), st.floats(-LIMIT, LIMIT), st.just(float("nan")))))
def test_floats(amounts):
    assert money_from_arrow(pa.array(amounts, pa.float64())) == money(amounts)


@given(st.lists(st.one_of(st.none(), st.integers(-LIMIT, LIMIT))))
def test_whole_numbers(amounts):
    assert money_from_arrow(pa.array(amounts, pa.int64())) == money(amounts)


@given(st.lists(HALVES, min_size=1))
def test_decimals_with_more_places(amounts):
    given_amounts = pa.array(amounts, pa.decimal128(30, 8))
    assert money_from_arrow(given_amounts) == money(amounts)


@pytest.mark.parametrize("amount", ["1" + "0" * 16, "1" + "0" * 60])
def test_an_amount_that_is_too_large_is_an_error(amount):
    with pytest.raises(BadPurchases, match="An amount does not fit"):
        money_from_arrow(pa.array([amount]))
