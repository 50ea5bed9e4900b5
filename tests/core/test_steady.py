"""Clusters that keep their identity: laws, and the demo's customers week after week."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.clusters import fit_clusters
from django_clvrec.core.dimensions import DIMENSIONS, VALUE_COLUMNS
from django_clvrec.core.steady import MOST_CROSSING, MOST_INERTIA, steady_clusters
from django_clvrec.core.tiers import Scale
from tests.logs import demo_frame

VALUES = st.lists(st.integers(0, 400), min_size=12, max_size=60)


def counted(values):
    found, counts = np.unique(np.asarray(values, dtype=float), return_counts=True)
    return found, counts


@given(first=VALUES, second=VALUES, days=st.integers(0, 60))
def test_where_nobody_bought_nobody_changes_cluster(first, second, days):
    """Also where the last refresh had not yet gone all the way to the best cuts."""
    before = steady_clusters(fit_clusters(*counted(first)), *counted(second))
    x, counts = counted(second)
    after = steady_clusters(before, x + days, counts, aged=days)
    assert after.assign(x + days).tolist() == before.assign(x).tolist()


@given(first=VALUES, second=VALUES, k=st.integers(2, 5))
def test_a_partition_is_never_much_worse_than_the_best(first, second, k):
    before = fit_clusters(*counted(first), k=k)
    after = steady_clusters(before, *counted(second), k=k)
    best = fit_clusters(*counted(second), k=k)
    assert after.k == best.k
    assert after.inertia <= MOST_INERTIA * best.inertia + 1e-9
    at = after.assign(second)
    assert {*at.tolist()} == {*range(after.k)}
    for number, centre in enumerate(after.centres):
        assert centre == pytest.approx(np.asarray(second, float)[at == number].mean())


def test_few_cross_a_cut_in_one_refresh():
    rng = np.random.default_rng(1)
    spent = rng.lognormal(4, 1, 4000).round()
    before = fit_clusters(*counted(spent), k=4)
    x, counts = counted(spent + rng.exponential(20, 4000).round() * (rng.random(4000) < 0.3))
    best = fit_clusters(x, counts, k=4)
    after = steady_clusters(before, x, counts, k=4)

    def crossing(clusters):
        return counts[clusters.assign(x) != before.assign(x)].sum() / counts.sum()

    assert crossing(after) <= MOST_CROSSING < crossing(best)


def test_cuts_arrive_at_the_best_ones_in_time():
    rng = np.random.default_rng(2)
    found = fit_clusters(*counted(rng.normal(100, 30, 1000)), k=3)
    for _ in range(80):
        values = rng.normal(110, 30, 1000)
        found = steady_clusters(found, *counted(values), k=3)
    assert found.cuts == pytest.approx(fit_clusters(*counted(values), k=3).cuts, abs=4)


def test_k_stays_where_two_elbows_are_nearly_equal_and_moves_where_they_are_not():
    rng = np.random.default_rng(3)
    groups = np.concatenate([rng.normal(centre, 3, 500) for centre in (0, 100, 200, 300)])
    x, counts = counted(groups.round())
    assert fit_clusters(x, counts).k == 4
    three = fit_clusters(x, counts, k=3)
    assert steady_clusters(three, x, counts).k == 4
    assert steady_clusters(three, x, counts, k=3).k == 3


def test_without_a_last_time_they_are_the_best():
    x, counts = counted([1, 2, 3, 50, 51, 52])
    assert steady_clusters(None, x, counts) == fit_clusters(x, counts)


@pytest.mark.slow
def test_a_week_of_orders_moves_few_who_did_not_order():
    """Other than by ageing past a cut that was stated."""
    lines = demo_frame()
    lines["day"] = pd.to_datetime(lines["transaction_timestamp"]).dt.normalize()
    orders = lines.groupby(["household_id", "basket_id"]).agg(
        day=("day", "min"), value=("sales_value", "sum")
    )
    end, before, moved = orders["day"].max(), None, []
    for week in range(12, -1, -1):
        today = end - pd.Timedelta(days=7 * week)
        known = orders[orders["day"] <= today].groupby("household_id")
        table = known.agg(
            last=("day", "max"), frequency=("day", "size"), monetary_value=("value", "sum")
        )
        table["recency_days"] = (today - table["last"]).dt.days
        scale = scale_of(table, before)
        table["tier"] = tiers(scale, table)
        if before is not None:
            idle = table[table["recency_days"] >= 7]
            was, stated = before[1].loc[idle.index, "tier"], tiers(before[0], idle)
            moved.append(float(((idle["tier"] != was) & (idle["tier"] != stated)).mean()))
        before = (scale, table)
    assert max(moved[-8:]) <= 0.02
    assert moved[-1] <= 0.02


def scale_of(table, before):
    clusters = {
        name: steady_clusters(
            getattr(before[0], name) if before else None,
            *counted(table[VALUE_COLUMNS[name]]),
            aged=7 if name == "recency" else 0,
        )
        for name in DIMENSIONS
    }
    return Scale(**clusters, tiers={"low": 0, "mid": 4, "high": 6}, min_orders=2)


def tiers(scale, table):
    columns = (table[VALUE_COLUMNS[name]] for name in DIMENSIONS)
    return pd.Series(scale.score(*columns).tier, index=table.index)
