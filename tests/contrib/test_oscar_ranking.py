"""What people entered into Oscar's recommended products is above what is filled in, always."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.contrib.oscar.ranking import ProductRows


@dataclass
class Row:
    ranking: int


KEYS = st.sampled_from("abcdefgh")
ROWS = st.dictionaries(KEYS, st.integers(0, 9).map(Row), max_size=6)
NEAR = st.lists(KEYS, unique=True)


def test_without_anybodys_rows_the_best_has_the_highest_ranking():
    assert ProductRows().wanted(["a", "b", "c"], 2) == {"a": 1, "b": 0}


def test_a_row_that_was_filled_in_is_told_from_one_that_a_person_ranked_anew():
    product = ProductRows(
        rows={"a": Row(3), "b": Row(2), "c": Row(0)}, notes={"a": Row(3), "b": Row(1), "d": Row(0)}
    )
    assert product.own == {"a": Row(3)}
    assert product.entered == {"b": Row(2), "c": Row(0)}
    assert product.taken_over == [Row(1)]
    assert product.refused == {"d"}


@given(ROWS, ROWS, NEAR, st.integers(0, 8))
def test_what_is_filled_in_stands_below_what_people_entered(rows, notes, near, n):
    product = ProductRows(rows=rows, notes=notes)
    wanted = product.wanted(near, n)
    entered = product.entered
    assert all(0 <= one < row.ranking for one in wanted.values() for row in entered.values())
    assert len(wanted) + len(entered) <= max(n, len(entered))


@given(ROWS, ROWS, NEAR, st.integers(0, 8))
def test_nothing_is_filled_in_that_a_person_entered_or_took_out(rows, notes, near, n):
    product = ProductRows(rows=rows, notes=notes)
    assert not product.wanted(near, n).keys() & (product.entered.keys() | product.refused)


@given(ROWS, NEAR, st.integers(0, 8))
def test_the_order_is_that_of_the_model_and_no_two_are_equal(rows, near, n):
    wanted = ProductRows(rows=rows).wanted(near, n)
    assert [key for key in near if key in wanted] == [*wanted]
    assert sorted(set(wanted.values()), reverse=True) == [*wanted.values()]


@given(ROWS, NEAR, st.integers(0, 8))
def test_what_was_filled_in_once_is_wanted_again(rows, near, n):
    first = ProductRows(rows=rows).wanted(near, n)
    notes = {key: Row(ranking) for key, ranking in first.items()}
    again = ProductRows(rows=rows | notes, notes=notes)
    assert again.wanted(near, n) == first
