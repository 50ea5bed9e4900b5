"""One-dimensional k-means: laws, and agreement with the exact solver kmeans1d."""

import time
from itertools import pairwise

import kmeans1d
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from kneed import KneeLocator

from django_clvrec.core.clusters import MAX_K, elbow, fit_clusters

DAYS = st.lists(st.integers(0, 800), min_size=1, max_size=60)
AMOUNTS = st.lists(st.integers(1, 10**7).map(lambda cents: cents / 100), min_size=1, max_size=60)
VALUES = st.one_of(DAYS, AMOUNTS)
K = st.integers(1, 12)


def spread(values):
    """Sum of squared distances to the mean: the inertia of one cluster; 0 for equal values."""
    moved = np.asarray(values, dtype=float) - values[0]
    return float(np.sum((moved - moved.mean()) ** 2))


def best_labels(values, k):
    """The exact solver's partition. It sums squares, so large values are moved to zero first."""
    moved = np.array(values, dtype=float) - min(values)
    return kmeans1d.cluster(moved.tolist(), k).clusters


def inertia_of(values, labels):
    """Inertia of a partition, from its definition."""
    values, labels = np.asarray(values, dtype=float), np.asarray(labels)
    return sum(spread(values[labels == label]) for label in set(labels.tolist()))


def nearly(inertia, values):
    """Equal, but for what is lost in squaring and summing these values."""
    lost = 1e-12 * spread(values) + 1e-24 * max(values) ** 2
    return pytest.approx(inertia, rel=1e-9, abs=lost)


@given(VALUES, K)
def test_no_partition_is_better(values, k):
    ours = fit_clusters(values, k=k)
    best = best_labels(values, min(k, len(set(values))))
    exact = nearly(inertia_of(values, best), values)
    assert ours.inertia == exact
    assert inertia_of(values, ours.assign(values)) == exact


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), K)
def test_values_are_assigned_like_the_exact_solver_does(values, k):
    distinct = sorted(set(values))
    # values so close that their squares are lost in the sum have no single best partition
    assume(all(b - a > 1e-3 * distinct[-1] for a, b in pairwise(distinct)))
    ours = fit_clusters(values, k=k)
    best = best_labels(values, min(k, len(distinct)))
    labels = ours.assign(values)
    if labels.tolist() != best:  # then both must be equally good
        assert inertia_of(values, labels) == pytest.approx(inertia_of(values, best), rel=1e-9)


@given(VALUES)
def test_every_point_of_the_curve_is_the_optimum_for_its_k(values):
    curve = fit_clusters(values).curve
    assert len(curve) == min(MAX_K, len(set(values)))
    for k, inertia in enumerate(curve, start=1):
        assert inertia == nearly(inertia_of(values, best_labels(values, k)), values)


@given(VALUES, K)
def test_the_curve_never_rises_and_never_falls_below_zero(values, k):
    curve = np.array(fit_clusters(values, k=k).curve)
    assert (np.diff(curve) <= 0).all()
    assert (curve >= 0).all()


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 9)), min_size=1, max_size=30), K)
def test_counts_mean_the_same_as_repeated_values(pairs, k):
    values, counts = zip(*pairs, strict=True)
    assert fit_clusters(values, counts, k) == fit_clusters(np.repeat(values, counts), k=k)


@given(VALUES, K, st.randoms(use_true_random=False))
def test_the_order_of_values_changes_nothing(values, k, random):
    assert fit_clusters(values, k=k) == fit_clusters(random.sample(values, len(values)), k=k)


@given(DAYS, st.one_of(st.none(), K), st.integers(0, 100_000))
def test_a_shift_by_whole_days_changes_no_partition(days, k, later):
    now, then = fit_clusters(days, k=k), fit_clusters(np.array(days) + later, k=k)
    assert now.assign(days).tolist() == then.assign(np.array(days) + later).tolist()
    assert now.curve == then.curve


@given(VALUES, st.one_of(st.none(), K))
def test_every_cluster_has_values_and_its_centre_is_their_mean(values, k):
    clusters = fit_clusters(values, k=k)
    labels = clusters.assign(values)
    assert set(labels.tolist()) == set(range(clusters.k))
    for label, centre in enumerate(clusters.centres):
        assert centre == pytest.approx(np.mean(np.array(values, float)[labels == label]), rel=1e-12)


@given(VALUES, K)
def test_every_value_is_nearest_to_the_centre_of_its_own_cluster(values, k):
    clusters = fit_clusters(values, k=k)
    distances = np.abs(np.subtract.outer(np.array(values, float), np.array(clusters.centres)))
    own = distances[np.arange(len(values)), clusters.assign(values)]
    assert (own <= distances.min(axis=1) + 1e-9 * max(values)).all()


@given(VALUES, st.one_of(st.none(), K))
def test_centres_and_cuts_rise_in_turn(values, k):
    clusters = fit_clusters(values, k=k)
    assert len(clusters.centres) == clusters.k
    assert len(clusters.cuts) == clusters.k - 1
    turns = [0.0] * (2 * clusters.k - 1)
    turns[::2], turns[1::2] = clusters.centres, clusters.cuts
    assert turns == sorted(turns)


@given(VALUES, K, st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_a_larger_value_is_never_in_a_lower_cluster(values, k, one, other):
    clusters = fit_clusters(values, k=k)
    low, high = clusters.assign([min(one, other), max(one, other)])
    assert 0 <= low <= high < clusters.k


@given(VALUES)
def test_the_elbow_is_within_2_and_10(values):
    assume(len(set(values)) > 1)
    assert 2 <= fit_clusters(values).k <= MAX_K


@given(VALUES)
def test_one_cluster_holds_all(values):
    clusters = fit_clusters(values, k=1)
    assert (clusters.k, clusters.cuts) == (1, ())
    assert clusters.centres[0] == pytest.approx(np.mean(values))
    assert clusters.inertia == pytest.approx(spread(values))
    assert not clusters.assign(values).any()


@given(st.sets(st.integers(0, 1000), min_size=1, max_size=8), st.integers(0, 5))
def test_with_fewer_distinct_values_than_k_each_is_a_cluster(distinct, more):
    clusters = fit_clusters(sorted(distinct) * 3, k=len(distinct) + more)
    assert clusters.centres == tuple(map(float, sorted(distinct)))
    assert clusters.inertia == 0


@pytest.mark.parametrize("k", [None, 1, 4])
@pytest.mark.parametrize("values", [[7], [7, 7, 7], [0.1] * 9])
def test_values_that_are_all_equal_are_one_cluster(values, k):
    clusters = fit_clusters(values, k=k)
    assert (clusters.k, clusters.cuts, clusters.inertia) == (1, (), 0.0)
    assert clusters.centres == pytest.approx((values[0],))


def test_two_values_are_two_clusters():
    clusters = fit_clusters([1, 1, 9])
    assert (clusters.k, clusters.centres, clusters.cuts) == (2, (1.0, 9.0), (5.0,))


def test_a_value_on_a_cut_belongs_below_it():
    clusters = fit_clusters([1, 9], k=2)
    assert clusters.assign([1, 5, 5.0001, 9]).tolist() == [0, 0, 1, 1]


def test_of_two_equally_good_partitions_the_one_with_the_lower_cut_is_taken():
    assert fit_clusters([0, 1, 2], k=2).assign([0, 1, 2]).tolist() == [0, 1, 1]


def test_neighbouring_floats_are_told_apart_even_if_nothing_lies_between_them():
    first = 1.0
    second = np.nextafter(first, 2)
    third = np.nextafter(second, 2)
    for values in ([first, second], [second, third]):
        assert fit_clusters(values).assign(values).tolist() == [0, 1]


def test_large_amounts_lose_no_digits():
    values = np.array([0, 1, 2, 10, 11, 12]) + 1e12
    assert fit_clusters(values, k=2).assign(values).tolist() == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("values", [[], np.array([])])
def test_no_values_are_an_error(values):
    with pytest.raises(ValueError, match="There are no values to cluster"):
        fit_clusters(values)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_finite_numbers_are_an_error(value):
    with pytest.raises(ValueError, match="must be finite numbers"):
        fit_clusters([1, 2, value])


@pytest.mark.parametrize("k", [0, -1])
def test_less_than_one_cluster_is_an_error(k):
    with pytest.raises(ValueError, match=f"k must be at least 1, not {k}"):
        fit_clusters([1, 2], k=k)


def test_a_hundred_thousand_distinct_values_take_seconds():
    values = np.random.default_rng(1).lognormal(5, 1, 100_000)
    started = time.monotonic()
    assert len(fit_clusters(values).curve) == MAX_K
    assert time.monotonic() - started < 20


def knee(curve):
    """What kneed says of an inertia curve for k = 1, 2, …, looking from k = 2 on."""
    ks = range(2, len(curve) + 1)
    return KneeLocator(ks, curve[1:], curve="convex", direction="decreasing").knee


def depths(curve):
    """How far each point from k = 2 on lies below the chord, both axes scaled to 0..1."""
    tail = np.array(curve[1:])
    return 1 - np.linspace(0, 1, len(tail)) - (tail - tail[-1]) / (tail[0] - tail[-1])


@st.composite
def convex_curves(draw):
    """Ten values whose steps downwards get smaller and smaller."""
    drops = sorted(draw(st.lists(st.integers(1, 10**6), min_size=9, max_size=9)))
    return np.cumsum([draw(st.integers(1, 10**6)), *drops])[::-1].astype(float)


@given(convex_curves())
def test_the_elbow_of_a_convex_curve_is_the_one_that_kneed_finds(curve):
    """On convex curves the two differ in two cases only, which the next two tests state."""
    flattest, deepest = np.sort(depths(curve))[-2:]
    assume(deepest - flattest > 1e-9)
    assume(deepest > 1 / 8 + 1e-9)
    assert elbow(curve) == knee(curve)


def test_where_the_curve_hardly_bends_kneed_finds_nothing_and_the_deepest_point_is_taken():
    """kneed wants the bend to be deeper than one step of k; a k is needed here in any case."""
    curve = np.cumsum([5, 10, 11, 12, 13, 14, 15, 16, 17, 18])[::-1].astype(float)
    assert knee(curve) is None
    assert elbow(curve) == 2 + np.argmax(depths(curve))


def test_of_two_points_equally_deep_the_smaller_k_is_taken_and_by_kneed_the_larger():
    """Fewer clusters say the same."""
    curve = np.cumsum([1.0, 1, 1, 1, 1, 1, 2, 3, 6, 20])[::-1]
    assert np.flatnonzero(depths(curve) == max(depths(curve))).tolist() == [2, 3]
    assert (elbow(curve), knee(curve)) == (4, 5)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("planted", [3, 4, 5, 6])
def test_planted_clusters_are_found(planted, seed):
    """Like the spending in a shop: each group spends three times as much and is far smaller."""
    noise = np.random.default_rng(seed).normal(1, 0.01, (planted, 30))
    values = 100 * 3.0 ** np.arange(planted)[:, None] * noise
    counts = np.repeat(9 ** np.arange(planted)[::-1], 30)
    clusters = fit_clusters(values, counts)
    assert clusters.k == planted == knee(clusters.curve)
    assert clusters.assign(values).tolist() == [[label] * 30 for label in range(planted)]


@pytest.mark.parametrize(
    ("curve", "k"),
    [
        ([0.0], 1),
        ([9.0, 0.0], 2),
        ([9.0, 4.0, 0.0], 3),
        ([9.0, 4.0, 0.0, 0.0, 0.0], 3),
        ([9.0], 1),
        ([9.0, 4.0], 2),
        ([9.0, 4.0, 1.0], 2),
        ([9.0, 4.0, 4.0, 4.0, 4.0], 2),
    ],
)
def test_short_and_flat_curves_have_an_elbow_too(curve, k):
    assert elbow(curve) == k


def test_one_value_far_from_the_rest_costs_the_rest_no_precision():
    rest = 1e9 + np.array([0.0, 1.0, 2.0, 10.0, 11.0, 12.0, 30.0, 31.0, 32.0])
    found = fit_clusters(np.concatenate([[0.0], rest]), k=4)
    assert found.assign(rest).tolist() == [1, 1, 1, 2, 2, 2, 3, 3, 3]


@pytest.mark.parametrize("absurd", [1e8, 1e10, 1e12, 1e15])
def test_one_absurd_value_hides_no_difference_among_the_others(absurd):
    groups = [np.linspace(centre, centre + 10, 50) for centre in (10, 200, 1_000)]
    found = fit_clusters(np.append(np.concatenate(groups), absurd), k=4)
    assert found.assign([15, 205, 1_005, absurd]).tolist() == [0, 1, 2, 3]
    mild = fit_clusters(np.append(np.concatenate(groups), 1e6))
    assert fit_clusters(np.append(np.concatenate(groups), absurd)).cuts[:-1] == mild.cuts[:-1]
