"""Counting ends, and says so."""

import pytest

from django_clvrec.groups import Conditions, Population, count, counting, summary
from tests.groups.crowd import crowd


@pytest.fixture
def population(stock):
    snapshot, _, _ = crowd(stock)
    return Population("corner", snapshot)


def test_beyond_the_bound_there_are_more_than_it(population, monkeypatch):
    monkeypatch.setattr(counting, "MOST_COUNTED", 10)
    assert count(population, Conditions()) == (10, False)


def test_as_many_as_the_bound_are_counted_exactly(population, monkeypatch):
    monkeypatch.setattr(counting, "MOST_COUNTED", 60)
    assert count(population, Conditions()) == (60, True)


def test_the_statement_reads_no_more_than_the_bound(population, django_assert_num_queries):
    with django_assert_num_queries(1) as queries:
        summary(population, Conditions(recency_from=1))
    assert "LIMIT 100001" in queries[0]["sql"]


def test_a_group_without_anybody_has_no_means(population):
    found = summary(population, Conditions(recency_from=1000))
    assert (found.customers, found.revenue, found.share) == (0, 0, 0)
    assert (found.recency_days, found.frequency, found.clv) == (None, None, None)


def test_without_a_snapshot_there_is_nobody(db):
    assert count(Population("corner", None), Conditions(tier=("high",))) == (0, True)
