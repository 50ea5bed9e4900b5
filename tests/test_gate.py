"""The quality gate: what holds a snapshot back, in words."""

import pytest

from django_clvrec.gate import shortfalls

BOUNDS = {"customers": 0.5, "lists": 0.5, "coverage": 0.5, "ndcg": 0.8}


def report(customers=100, lists=300, listed=40, ndcg=0.5, tier="all"):
    row = {"level": "product", "intent": "mixed", "tier": tier, "name": "auto", "ndcg@10": ndcg}
    return {
        "customers": customers,
        "recommendations": lists,
        "items_listed": {"product": listed},
        "leaderboard": [row],
    }


@pytest.mark.parametrize(
    "new",
    [report(), report(customers=50), report(lists=150), report(listed=20), report(ndcg=0.4)],
    ids=["same", "customers", "lists", "items", "ndcg"],
)
def test_what_reaches_its_bound_passes(new):
    assert shortfalls(new, report(), BOUNDS) == []


def test_what_falls_below_its_bound_is_told_with_both_values():
    assert shortfalls(report(customers=49), report(), BOUNDS) == [
        "the number of customers fell from 100 to 49, and QUALITY_GATE asks for 50% of what is live"
    ]


@pytest.mark.parametrize(
    ("new", "word"),
    [
        (report(lists=149), "lists"),
        (report(listed=19), "different items listed at product"),
        (report(ndcg=0.39), "NDCG of product, mixed fell from 0.500 to 0.390"),
    ],
)
def test_each_bound_is_looked_at(new, word):
    [reason] = shortfalls(new, report(), BOUNDS)
    assert word in reason


def test_a_bound_that_is_not_set_holds_nothing_back():
    assert shortfalls(report(1, 1, 1, 0.01), report(), {}) == []


def test_what_only_one_of_both_knows_is_not_compared():
    old = {"customers": 100, "recommendations": 300}
    assert shortfalls(report(ndcg=0.01), old, BOUNDS) == []
    assert shortfalls(old, report(tier="high"), {"ndcg": 0.8}) == []


def test_lists_are_not_compared_where_others_serve():
    new = report(lists=1, listed=1) | {"served": {"product": {"mixed": {"new": "popular"}}}}
    assert shortfalls(new, report(), BOUNDS) == []


def test_a_level_that_is_gone_counts_as_nothing_listed():
    new = report() | {"items_listed": {}}
    assert len(shortfalls(new, report(), BOUNDS)) == 1
