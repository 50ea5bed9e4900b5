"""Scores, the overall score 0..9, and tiers: laws, and cases worked out by hand."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.clusters import fit_clusters
from django_clvrec.core.tiers import MAX_OVERALL, NEW, Scale, overall_score, tier_of

TIERS = {"low": 0, "mid": 4, "high": 6}
DAYS = st.integers(0, 800)
ORDERS = st.integers(1, 60)
MONEY = st.integers(1, 10**6).map(lambda cents: cents / 100)
CUSTOMERS = st.lists(st.tuples(DAYS, ORDERS, MONEY), min_size=1, max_size=40)
KS = st.one_of(st.none(), st.integers(1, 6))


def scale_of(customers, *, ks=(4, 4, 4), tiers=TIERS, min_orders=1):
    """The scale that these customers give: tuples of recency, frequency and money."""
    columns = zip(*customers, strict=True)
    r, f, m = (fit_clusters(values, k=k) for values, k in zip(columns, ks, strict=True))
    return Scale(recency=r, frequency=f, monetary_value=m, tiers=tiers, min_orders=min_orders)


def overall(scale, *customers):
    return scale.score(*zip(*customers, strict=True)).overall_score.tolist()


FOUR = [(days, orders, money) for days, orders, money in product([5, 50, 150, 400], repeat=3)]
"""Customers whose every dimension has four clear clusters."""


def test_with_four_clusters_each_the_overall_score_is_the_plain_sum():
    for scores in product(range(4), repeat=3):
        assert overall_score(scores, (4, 4, 4)) == sum(scores)


def test_the_most_recent_customer_has_the_highest_recency_score():
    scores = scale_of(FOUR).score([5, 50, 150, 400], [5, 50, 150, 400], [5, 50, 150, 400])
    assert scores.recency_score.tolist() == [3, 2, 1, 0]
    assert scores.frequency_score.tolist() == [0, 1, 2, 3]
    assert scores.monetary_score.tolist() == [0, 1, 2, 3]
    assert scores.overall_score.tolist() == [3, 4, 5, 6]


def test_the_best_in_all_has_nine_and_the_worst_zero():
    assert overall(scale_of(FOUR), (5, 400, 400), (400, 5, 5)) == [9, 0]


def test_customers_between_and_beyond_the_training_values_are_scored_too():
    assert overall(scale_of(FOUR), (0, 10_000, 1e9), (9999, 1, 0.01), (60, 60, 60)) == [9, 0, 4]


@pytest.mark.parametrize(
    ("scores", "k", "expected"),
    [
        ((0, 0, 0), (10, 2, 7), 0),
        ((9, 1, 6), (10, 2, 7), 9),
        ((1, 0, 0), (2, 2, 2), 3),
        ((1, 1, 0), (2, 2, 2), 6),
        ((1, 1, 1), (3, 3, 3), 5),  # half of nine, rounded up
        ((2, 2, 2), (5, 5, 5), 5),
        ((1, 0), (4, 4), 2),  # 1.5, rounded up
        ((0, 3, 3), (1, 4, 4), 9),  # one dimension tells nothing
        ((0, 0, 1), (1, 1, 2), 9),
        ((0, 0, 1), (1, 1, 10), 1),
        ((0, 0, 0), (1, 1, 1), 4),
    ],
)
def test_other_numbers_of_clusters_are_mapped_onto_0_to_9(scores, k, expected):
    assert overall_score(scores, k) == expected


@st.composite
def sizes_and_scores(draw):
    k = draw(st.tuples(*[st.integers(1, 10)] * 3))
    return k, tuple(draw(st.integers(0, size - 1)) for size in k)


@given(sizes_and_scores())
def test_the_overall_score_is_within_0_and_9(given_scores):
    k, scores = given_scores
    assert 0 <= overall_score(scores, k) <= MAX_OVERALL


@given(sizes_and_scores())
def test_the_ends_of_the_scale_are_reached_by_the_ends_of_the_scores(given_scores):
    k, _ = given_scores
    if max(k) > 1:
        assert overall_score((0, 0, 0), k) == 0
        assert overall_score(tuple(size - 1 for size in k), k) == MAX_OVERALL


@given(sizes_and_scores(), st.integers(0, 2))
def test_one_step_up_in_one_dimension_never_lowers_the_overall_score(given_scores, dimension):
    k, scores = given_scores
    if scores[dimension] + 1 < k[dimension]:
        better = tuple(score + (i == dimension) for i, score in enumerate(scores))
        assert overall_score(better, k) >= overall_score(scores, k)


@given(sizes_and_scores(), st.permutations(range(3)))
def test_no_dimension_weighs_more_than_another(given_scores, order):
    k, scores = given_scores
    swapped = overall_score(tuple(scores[i] for i in order), tuple(k[i] for i in order))
    assert swapped == overall_score(scores, k)


@given(CUSTOMERS, st.tuples(KS, KS, KS), st.tuples(DAYS, ORDERS, MONEY), MONEY)
def test_a_bigger_spender_never_scores_lower(customers, ks, buyer, more):
    days, orders, money = buyer
    low, high = overall(scale_of(customers, ks=ks), buyer, (days, orders, money + more))
    assert low <= high


@given(CUSTOMERS, st.tuples(KS, KS, KS), st.tuples(DAYS, ORDERS, MONEY), ORDERS)
def test_a_more_frequent_buyer_never_scores_lower(customers, ks, buyer, more):
    days, orders, money = buyer
    low, high = overall(scale_of(customers, ks=ks), buyer, (days, orders + more, money))
    assert low <= high


@given(CUSTOMERS, st.tuples(KS, KS, KS), st.tuples(DAYS, ORDERS, MONEY), DAYS)
def test_a_more_recent_buyer_never_scores_lower(customers, ks, buyer, sooner):
    days, orders, money = buyer
    low, high = overall(scale_of(customers, ks=ks), buyer, (max(days - sooner, 0), orders, money))
    assert low <= high


@given(CUSTOMERS, st.tuples(KS, KS, KS), st.integers(1, 5))
def test_every_customer_has_a_tier_and_only_those_with_few_orders_are_new(customers, ks, least):
    scores = scale_of(customers, ks=ks, min_orders=least).score(*zip(*customers, strict=True))
    for (_, orders, _), overall_value, tier in zip(
        customers, scores.overall_score, scores.tier, strict=True
    ):
        expected = "low" if overall_value < 4 else "mid" if overall_value < 6 else "high"
        assert tier == (NEW if orders < least else expected)


@given(CUSTOMERS, st.integers(0, 5000))
def test_unchanged_orders_keep_their_tiers_on_a_later_day(customers, later):
    aged = [(days + later, orders, money) for days, orders, money in customers]
    now, then = (scale_of(group, ks=(None,) * 3) for group in (customers, aged))
    assert (
        now.score(*zip(*customers, strict=True)).tier.tolist()
        == then.score(*zip(*aged, strict=True)).tier.tolist()
    )


def test_customers_who_are_all_alike_stand_in_the_middle():
    alike = [(30, 2, 9.99)] * 5
    scores = scale_of(alike, ks=(None, None, None)).score(*zip(*alike, strict=True))
    assert scores.overall_score.tolist() == [4] * 5
    assert scores.tier.tolist() == ["mid"] * 5


def test_new_customers_have_their_scores_nevertheless():
    scores = scale_of(FOUR, min_orders=6).score([5, 5], [5, 6], [400, 400])
    assert scores.tier.tolist() == [NEW, "high"]
    assert scores.overall_score.tolist() == [6, 6]


def test_each_tier_begins_at_its_bound():
    tiers = tier_of(np.arange(10), TIERS).tolist()
    assert tiers == ["low"] * 4 + ["mid"] * 2 + ["high"] * 4


def test_the_bounds_of_tiers_are_a_setting_in_any_order():
    tiers = tier_of(np.arange(10), {"high": 9, "low": 0, "mid": 1}).tolist()
    assert tiers == ["low"] + ["mid"] * 8 + ["high"]


def test_no_customers_have_no_scores():
    assert scale_of(FOUR).score([], [], []).tier.tolist() == []


def test_the_table_of_overall_scores_holds_every_combination():
    scale = scale_of(FOUR, ks=(2, 3, 4))
    table = scale.overall_by_scores()
    assert set(table) == set(product(range(2), range(3), range(4)))
    assert table[1, 2, 3] == MAX_OVERALL


def test_one_cluster_in_a_dimension_leaves_the_others_the_whole_scale():
    scale = replace(scale_of(FOUR), recency=fit_clusters([7]))
    assert overall(scale, (400, 400, 400), (5, 5, 5)) == [9, 0]
