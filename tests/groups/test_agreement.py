"""Count, pages, export and comparison find the customers that a plain filter finds."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_clvrec.exports import members
from django_clvrec.groups import Conditions, Population, compare, count, page_of, paging, summary
from tests.groups.crowd import SEGMENTS, cells, crowd, meets


def some(*values):
    return st.none() | st.sampled_from(values)


conditions = st.builds(
    Conditions,
    tier=st.lists(st.sampled_from(["new", "low", "mid", "high"]), max_size=2).map(tuple),
    segment=st.lists(st.sampled_from([*SEGMENTS[:2], "gone"]), max_size=2).map(tuple),
    score_from=some(0, 3, 6),
    score_to=some(2, 5, 9),
    clv_from=some(0.0, 10.5),
    clv_to=some(10.5, 50.0),
    recency_from=some(1, 2),
    recency_to=some(2, 4),
    orders_from=some(1, 2),
    orders_to=some(2, 3),
    value_from=some(Decimal(10)),
    value_to=some(Decimal(10), Decimal("99.5")),
    bought=st.sampled_from(["", "product:apple"]),
    q=st.sampled_from(["", "", "a", "0"]),
)
in_cells = st.builds(
    Conditions,
    tier=st.lists(st.sampled_from(["new", "high"]), max_size=2).map(tuple),
    segment=st.lists(st.sampled_from(SEGMENTS[:2]), max_size=2).map(tuple),
    score_from=some(0, 3, 6),
    score_to=some(2, 5, 9),
)
orders = st.sampled_from([sign + name for name in paging.ORDERS for sign in ("", "-")])
DIGITS = 1e-4
"""MariaDB gives the mean of whole numbers with four."""

on_one_crowd = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def people(stock, monkeypatch):
    monkeypatch.setattr(paging, "PAGE_ROWS", 7)
    snapshot, rows, buyers = crowd(stock)
    return Population("corner", snapshot), rows, buyers


def forwards(population, asked, order):
    pages = [page_of(population, asked, order)]
    while pages[-1].after:
        pages.append(page_of(population, asked, order, after=pages[-1].after))
    return pages


def backwards(population, asked, order, last):
    pages = [last]
    while pages[-1].before:
        pages.append(page_of(population, asked, order, before=pages[-1].before))
    return pages[::-1]


def keys(pages):
    return [row.customer_key for page in pages for row in page.rows]


@on_one_crowd
@given(asked=conditions, order=orders)
def test_count_pages_and_export_agree_with_a_plain_filter(people, asked, order):
    population, rows, buyers = people
    wanted = {row.customer_key for row in rows if meets(row, asked, buyers)}
    pages = forwards(population, asked, order)
    table = members(population.snapshot, population.queryset(asked))
    exported = [cells[0] for page in table.pages for cells in page]
    assert count(population, asked) == (len(wanted), True)
    assert len(keys(pages)) == len(wanted)
    assert set(keys(pages)) == wanted
    assert exported == sorted(wanted)


@on_one_crowd
@given(asked=conditions, order=orders)
def test_the_way_back_shows_the_same_rows(people, asked, order):
    population, _, _ = people
    there = forwards(population, asked, order)
    back = backwards(population, asked, order, there[-1])
    assert keys(back) == keys(there)


@on_one_crowd
@given(order=orders)
def test_rows_are_in_order_and_who_has_no_value_comes_last(people, order):
    population, _, _ = people
    field = paging.ORDERS[order.removeprefix("-")]
    found = [
        getattr(row, field)
        for page in forwards(population, Conditions(), order)
        for row in page.rows
    ]
    told = [value for value in found if value is not None]
    assert told == sorted(told, reverse=order.startswith("-"))
    assert all(value is None for value in found[len(told) :])


def with_cells(population, rows):
    """The same customers, of whom the report tells more."""
    summed = Population("corner", population.snapshot)
    summed.__dict__["report"] = population.report | {"cells": cells(rows)}
    return summed


@on_one_crowd
@given(asked=in_cells, other=in_cells)
def test_the_reports_sums_tell_what_the_table_tells(
    people, asked, other, django_assert_num_queries
):
    population, rows, _ = people
    summed = with_cells(population, rows)
    with django_assert_num_queries(0):
        few, both = summary(summed, asked), compare(summed, asked, other)
    assert vars(few) == pytest.approx(vars(summary(population, asked)), abs=DIGITS)
    read = compare(population, asked, other)
    assert (both.tiers, both.both) == (read.tiers, read.both)
    assert sorted(both.segments) == sorted(read.segments)
    for one, two in zip(both.summaries, read.summaries, strict=True):
        assert vars(one) == pytest.approx(vars(two), abs=DIGITS)


@on_one_crowd
@given(asked=conditions, other=conditions)
def test_a_comparison_counts_each_group_and_both(people, asked, other):
    population, rows, buyers = people
    check(compare(population, asked, other), rows, buyers, asked, other)


@on_one_crowd
@given(asked=conditions, other=in_cells, is_first=st.booleans())
def test_a_group_that_the_report_knows_is_not_read_to_compare_it(
    people, asked, other, is_first, django_assert_max_num_queries
):
    population, rows, buyers = people
    groups = (asked, other) if is_first else (other, asked)
    summed = with_cells(population, rows)
    with django_assert_max_num_queries(1):
        found = compare(summed, *groups)
    check(found, rows, buyers, *groups)


def check(found, rows, buyers, asked, other):
    first, second = (
        {row.customer_key for row in rows if meets(row, one, buyers)} for one in (asked, other)
    )
    assert [one.customers for one in found.summaries] == [len(first), len(second)]
    assert found.both == len(first & second)
    assert sum(sizes[0] for _, sizes in found.segments) == len(first)
    assert sum(sizes[1] for _, sizes in found.tiers) == len(second)
