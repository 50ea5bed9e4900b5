"""The rules of the purchase log: which lines are kept, which are dropped, and how amounts round."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.amounts import SMALLEST, money
from django_clvrec.core.purchases import (
    LINE,
    REFUND,
    RULES,
    UTC_TIME,
    LineRules,
    as_floats,
    log_schema,
)
from django_clvrec.exceptions import BadPurchases

AS_OF = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
SCHEMA = pa.schema([*log_schema(["product"]), (LINE, pa.string()), (REFUND, pa.bool_())])
GOOD = {
    "customer_key": "c1",
    "order_key": "o1",
    "purchased_at": AS_OF - dt.timedelta(days=1),
    "revenue": Decimal("2.5000"),
    "rating": None,
    "item_product": "p1",
    "line": "1",
    "refund": False,
}


def batch(*rows):
    """A raw batch of good lines, each with these changes and a line number of its own."""
    numbered = [GOOD | {"line": str(number)} | row for number, row in enumerate(rows)]
    return pa.Table.from_pylist(numbered, SCHEMA)


def dropped(rules):
    return {rule: count for rule, count in rules.dropped.items() if count}


def test_a_good_line_is_kept_as_it_is():
    rules = LineRules(AS_OF)
    kept = rules.apply(batch({}))
    assert kept.schema == log_schema(["product"])
    assert kept.to_pylist() == [{k: v for k, v in GOOD.items() if k not in {LINE, REFUND}}]
    assert dropped(rules) == {}


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("no_customer", {"customer_key": None}),
        ("no_customer", {"customer_key": ""}),
        ("no_order", {"order_key": None}),
        ("no_order", {"order_key": ""}),
        ("no_time", {"purchased_at": None}),
        ("no_revenue", {"revenue": None}),
        ("future", {"purchased_at": AS_OF + dt.timedelta(microseconds=1)}),
        ("refund", {"refund": True}),
        ("negative", {"revenue": Decimal("-0.0001")}),
        ("zero", {"revenue": Decimal(0)}),
    ],
)
def test_each_rule_drops_its_lines_and_counts_them(rule, change):
    rules = LineRules(AS_OF)
    assert rules.apply(batch(change, {}, change)).num_rows == 1
    assert rules.lines_read == 3
    assert dropped(rules) == {rule: 2}


@pytest.mark.parametrize(
    "change",
    [
        {"purchased_at": AS_OF},
        {"refund": None},
        {"revenue": SMALLEST},
        {"item_product": None},
        {"rating": None},
        {"customer_key": " "},
    ],
)
def test_what_no_rule_names_is_kept(change):
    assert LineRules(AS_OF).apply(batch(change)).num_rows == 1


WRONGS = {
    "no_customer": {"customer_key": None},
    "no_order": {"order_key": None},
    "no_time": {"purchased_at": None},
    "no_revenue": {"revenue": None},
    "future": {"purchased_at": AS_OF + dt.timedelta(days=1)},
    "refund": {"refund": True},
    "negative": {"revenue": Decimal(-1)},
    "zero": {"revenue": Decimal(0)},
    "erased": {"customer_key": "gone"},
    "duplicated": {"line": "same"},
}


def test_every_rule_counts_from_the_start_even_if_it_drops_nothing():
    assert list(LineRules(AS_OF).dropped.items()) == [(rule, 0) for rule in RULES]
    assert list(WRONGS) == list(RULES)


def are_gone(keys):
    return np.array([key == "gone" for key in keys.to_pylist()])


@given(st.sets(st.sampled_from(RULES), min_size=1))
def test_a_line_counts_for_the_first_rule_that_drops_it(broken):
    # a later wrong value of one column must not mend an earlier one
    change = {}
    for rule in RULES:
        if rule in broken:
            change = WRONGS[rule] | change
    first = next(rule for rule in RULES if change.items() >= WRONGS[rule].items())
    rules = LineRules(AS_OF, left_out=are_gone)
    rules.apply(batch({"line": "same"}))
    rules.apply(batch(change))
    assert dropped(rules) == {first: 1}


def test_of_equal_lines_the_first_one_stays():
    rules = LineRules(AS_OF)
    lines = batch(
        {"line": "1", "item_product": "first"},
        {"line": "1", "item_product": "second"},
        {"line": "1", "item_product": "third"},
        {"line": "2", "item_product": "other"},
    )
    assert rules.apply(lines)["item_product"].to_pylist() == ["first", "other"]
    assert dropped(rules) == {"duplicated": 2}


def test_equal_lines_are_found_across_batches_and_over_an_empty_one():
    rules = LineRules(AS_OF)
    kept = [
        rules.apply(lines).num_rows
        for lines in (batch({"line": "1"}), batch(), batch({"line": "1"}), batch({"line": "2"}))
    ]
    assert kept == [1, 0, 0, 1]
    assert dropped(rules) == {"duplicated": 1}


def test_a_line_dropped_for_another_reason_is_not_the_first_of_its_duplicates():
    rules = LineRules(AS_OF)
    kept = rules.apply(batch({"line": "1", "refund": True}, {"line": "1"}))
    assert kept.num_rows == 1
    assert dropped(rules) == {"refund": 1}


def test_batches_of_several_chunks_are_treated_like_one():
    rules = LineRules(AS_OF)
    chunked = pa.concat_tables([batch({"line": "1"}), batch({"line": "1"}), batch({"line": "2"})])
    assert rules.apply(chunked).num_rows == 2


def test_as_of_may_be_given_in_any_time_zone():
    tokyo = dt.timezone(dt.timedelta(hours=9))
    rules = LineRules(AS_OF.astimezone(tokyo))
    rules.apply(batch({"purchased_at": AS_OF}, {"purchased_at": AS_OF + dt.timedelta(hours=1)}))
    assert dropped(rules) == {"future": 1}


RAW_LINES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "customer_key": st.sampled_from([None, "", "c2"]),
            "order_key": st.sampled_from([None, "", "o2"]),
            "purchased_at": st.sampled_from([None, AS_OF, AS_OF + dt.timedelta(days=1)]),
            "revenue": st.sampled_from([None, Decimal(-1), Decimal(0), Decimal(7)]),
            "refund": st.sampled_from([None, False, True]),
            "line": st.sampled_from(["1", "2", "3"]),
        },
    ),
    max_size=8,
)


@given(st.lists(RAW_LINES, max_size=4))
def test_nothing_disappears_silently(batches):
    rules = LineRules(AS_OF)
    kept = sum(rules.apply(batch(*rows)).num_rows for rows in batches)
    assert rules.lines_read == sum(map(len, batches))
    assert rules.lines_read == kept + sum(rules.dropped.values())


@pytest.mark.parametrize(
    ("given_amount", "kept"),
    [
        (1, "1.0000"),
        (0.1, "0.1000"),
        (2.675, "2.6750"),
        ("3.14159", "3.1416"),
        (Decimal("0.00005"), "0.0000"),
        (Decimal("0.00015"), "0.0002"),
        (Decimal("0.00025"), "0.0002"),
        (Decimal("-0.00015"), "-0.0002"),
        (Decimal("1E+3"), "1000.0000"),
        (Decimal("9999999999999999.9999"), "9999999999999999.9999"),
        (None, None),
        (float("nan"), None),
        (float("inf"), None),
        (Decimal("-Infinity"), None),
    ],
)
def test_amounts_have_four_places_with_halves_to_even(given_amount, kept):
    assert money([given_amount]).to_pylist() == [kept and Decimal(kept)]


@pytest.mark.parametrize(
    "amount", [Decimal(10**16), Decimal("-1E+40"), 1e300, Decimal("1E+999999")]
)
def test_an_amount_that_is_too_large_is_an_error(amount):
    with pytest.raises(BadPurchases, match="does not fit the purchase log, which keeps 16 digits"):
        money([1, amount])


@pytest.mark.parametrize("amount", ["", "ten", object(), [1], True])
def test_what_is_no_number_is_no_amount(amount):
    with pytest.raises(BadPurchases, match="Correct `revenue` in your `PurchaseSource`"):
        money([amount])


@given(st.lists(st.decimals(-(10**15), 10**15, places=6), min_size=1))
def test_rounding_moves_no_amount_by_more_than_half_of_the_smallest(amounts):
    for before, after in zip(amounts, money(amounts).to_pylist(), strict=True):
        assert abs(before - after) <= SMALLEST / 2


@given(st.lists(st.floats(-1e10, 1e10)))
def test_floats_round_like_their_shortest_decimals(amounts):
    assert money(amounts) == money([Decimal(repr(amount)) for amount in amounts])


def test_amounts_compare_as_floats():
    assert as_floats(money([Decimal("0.1"), 3])).tolist() == [0.1, 3.0]


def test_the_schema_names_every_level():
    schema = log_schema(["category", "product"])
    assert schema.names == [
        "customer_key",
        "order_key",
        "purchased_at",
        "revenue",
        "rating",
        "item_category",
        "item_product",
    ]
    assert schema.field("revenue").type == pa.decimal128(20, 4)
    assert schema.field("purchased_at").type == UTC_TIME == pa.timestamp("us", "UTC")
