"""What was shown, as it was known at a moment: in a fold, and at the end of observation."""

import datetime as dt
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from django_clvrec.engines.backtests import Question, ask
from django_clvrec.engines.local import LocalEngine
from django_clvrec.engines.plans import pinned
from django_clvrec.engines.shown import SCHEMA, moment, shown_to
from django_clvrec.engines.stages import compute
from tests import learner
from tests.logs import AS_OF, parameters, two_tastes, write_log

END = moment(AS_OF)


def ago(days):
    return None if days is None else AS_OF - dt.timedelta(days=days)


def row(customer, item, shown, *, clicked=None, bought=None, value=None):
    """An item that was shown, clicked and bought so many days ago."""
    return (customer, item, ago(shown), ago(clicked), ago(bought), value)


def write(path, *rows):
    columns = zip(*rows, strict=True) if rows else [[]] * len(SCHEMA)
    pq.write_table(pa.table([*map(list, columns)], schema=SCHEMA), path)
    return path


def of(found, customer):
    """`(item, days, clicked, value)` of a customer."""
    mine = slice(found.starts[customer], found.starts[customer + 1])
    columns = (found.items, found.days, found.clicked, found.values)
    return list(zip(*(column[mine].tolist() for column in columns), strict=True))


def ask_for(path, *, days_ago=0, customers=("ann", "bob", "cid"), items=("x", "y", "z")):
    return shown_to(path, pa.array(customers), pa.array(items), moment(ago(days_ago)))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "product.parquet"


def test_each_customer_has_the_oldest_first_and_a_list_in_its_order(path):
    newest_first = [row("cid", "y", 1), row("ann", "z", 2), row("ann", "x", 2), row("ann", "y", 9)]
    found = ask_for(write(path, *newest_first))
    assert of(found, 0) == [(1, 9, 0, 0), (2, 2, 0, 0), (0, 2, 0, 0)]
    assert (of(found, 1), of(found, 2)) == ([], [(1, 1, 0, 0)])
    assert found.days.dtype == found.clicked.dtype == found.values.dtype == np.float32


def test_what_came_later_is_not_known_yet(path):
    write(path, row("ann", "x", 9, clicked=8, bought=7, value=12.5), row("ann", "y", 5))
    assert of(ask_for(path, days_ago=7), 0) == [(0, 2, 1, 12.5)]
    assert of(ask_for(path, days_ago=7.5), 0) == [(0, 1.5, 1, 0)]
    assert of(ask_for(path, days_ago=8.5), 0) == [(0, 0.5, 0, 0)]
    assert of(ask_for(path, days_ago=9.5), 0) == []


def test_customers_and_items_that_nobody_asks_about_are_left_out(path):
    write(path, row("eve", "x", 1), row("ann", "unknown", 1), row("ann", "x", 1))
    found = ask_for(path)
    assert [len(of(found, place)) for place in range(3)] == [1, 0, 0]


def test_where_nothing_was_shown_everybody_has_nothing(path):
    found = ask_for(write(path))
    assert found.starts.tolist() == [0, 0, 0, 0]
    assert len(found.take(np.array([2, 0])).items) == 0


@pytest.fixture
def learnt(monkeypatch):
    monkeypatch.setattr(learner, "LEARNT", [])
    return learner.LEARNT


QUESTION = Question(names=("popular", "learner"), cut=END - 25 * 86_400_000_000)


def test_a_fold_knows_no_click_and_no_purchase_after_its_cut(path, tmp_path, learnt):
    rows = [row("c05", "tool1", 30, clicked=29, bought=28, value=3.5)]
    rows += [row("c05", "tool3", 30, clicked=20, bought=19, value=900.0)]
    rows += [row("c05", "tool5", 20, clicked=20)]
    own = {"learner": learner.Learner()}
    given = parameters(own=own, shown={"product": write(path, *rows)})
    next(ask(write_log(tmp_path / "log", two_tastes()), given, QUESTION, {}))
    assert len(learnt) == 2
    for histories in learnt:  # the inner fold, and the one that is measured
        assert histories.values.tolist() == [10] * len(histories.items)
        assert histories.shown.values.max(initial=0) <= 3.5
    outer = learnt[-1].shown
    assert Counter(outer.clicked.tolist()) == {1: 1, 0: 1}
    assert outer.days.tolist() == [5, 5]
    assert outer.values.tolist() == [3.5, 0]


def test_a_backtest_of_others_reads_no_file(tmp_path):
    given = parameters(shown={"product": tmp_path / "none.parquet"})
    question = Question(names=("popular", "personal"))
    assert next(ask(write_log(tmp_path / "log", two_tastes()), given, question, {}))


def test_what_serves_is_fitted_with_all_that_is_known_at_the_end(path, tmp_path, learnt):
    write(path, row("c01", "tool3", 30, clicked=20, bought=19, value=900.0))
    everyone = dict.fromkeys(("new", "low", "mid", "high"), "learner")
    plans = {"product": pinned(everyone, {"learner": learner.Learner()})}
    given = parameters(plans=plans, shown={"product": path})
    (tmp_path / "out").mkdir()
    log = write_log(tmp_path / "log", two_tastes())
    compute(LocalEngine(1), log, tmp_path / "out", given, lambda *_: None)
    [histories] = learnt
    place = histories.customers.tolist().index("c01")
    assert [one[1:] for one in of(histories.shown, place)] == [(30, 1, 900)]
    assert len(histories.shown.items) == 1
