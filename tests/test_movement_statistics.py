"""Transitions, flows and dwell times, held to histories that were counted by hand."""

import datetime as dt

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from numpy import mean, median

from django_clvrec.models import SegmentChange, TierChange
from django_clvrec.movement import dwell_times, flows, transitions
from django_clvrec.movement.statistics import _summary
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db


def at(day, hour=12, month=1):
    return dt.datetime(2026, month, day, hour, tzinfo=dt.UTC)


def change(customer, before, after, when, source="corner"):
    TierChange.objects.create(
        source=source,
        customer_key=customer,
        from_tier=before,
        to_tier=after,
        cause="order",
        changed_at=when,
        snapshot_id=1,
    )


def change_segment(customer, before, after, when):
    SegmentChange.objects.create(
        source="corner",
        customer_key=customer,
        from_segment=before,
        to_segment=after,
        changed_at=when,
        snapshot_id=1,
    )


def table(rows):
    return [tuple(row.values()) for row in rows]


# transitions


@pytest.fixture
def two(db):
    """Ann stays, bob and cid rise, dan leaves, eve comes."""
    first, second = Shelf("corner"), Shelf("corner", is_live=False)
    for customer, tier, segment in [
        ("ann", "low", "Lost"),
        ("bob", "low", "Lost"),
        ("cid", "low", "Recent"),
        ("dan", "high", "Champions"),
    ]:
        first.score(customer, tier=tier, segment=segment)
    for customer, tier, segment in [
        ("ann", "low", "Lost"),
        ("bob", "mid", "Loyal"),
        ("cid", "mid", "Loyal"),
        ("eve", "new", "Recent"),
    ]:
        second.score(customer, tier=tier, segment=segment)
    Shelf("ShopPurchases").score("ann", tier="high", segment="Champions")
    return first.snapshot, second.snapshot


def test_transitions_count_who_stayed_moved_came_and_left(two):
    assert table(transitions(*two)) == [
        ("", "new", 1),
        ("low", "low", 1),
        ("low", "mid", 2),
        ("high", "", 1),
    ]


def test_transitions_are_dicts_of_from_to_and_customers(two):
    assert transitions(*two)[0] == {"from": "", "to": "new", "customers": 1}


def test_transitions_by_segment(two):
    assert table(transitions(*two, by="segment")) == [
        ("", "Recent", 1),
        ("Champions", "", 1),
        ("Lost", "Lost", 1),
        ("Lost", "Loyal", 1),
        ("Recent", "Loyal", 1),
    ]


def test_the_other_way_round_the_matrix_is_transposed(two):
    forth, back = transitions(*two), transitions(*reversed(two))
    assert {(b, a, n) for a, b, n in table(forth)} == {*table(back)}


def test_a_snapshot_beside_itself_moves_nobody(two):
    first, _ = two
    assert table(transitions(first, first)) == [("low", "low", 3), ("high", "high", 1)]


def test_snapshots_without_segments_have_no_transitions_by_segment(db):
    first, second = Shelf("corner"), Shelf("corner")
    first.score("ann")
    second.score("ann")
    assert transitions(first.snapshot, second.snapshot, by="segment") == []


def test_snapshots_of_two_sources_cannot_be_compared(db):
    first, second = Shelf("corner").snapshot, Shelf("ShopPurchases").snapshot
    with pytest.raises(ValueError, match=f"{first.pk} is of corner and {second.pk} of ShopPurch"):
        transitions(first, second)


# flows


def test_flows_count_changes_by_month_and_way(db):
    for customer, before, after, when in [
        ("ann", "low", "mid", at(1, 0)),
        ("bob", "low", "mid", at(31, 23)),
        ("ann", "mid", "high", at(5)),
        ("ann", "high", "low", at(1, 0, month=2)),
        ("cid", "low", "mid", at(9, month=2)),
    ]:
        change(customer, before, after, when)
    change("ann", "low", "mid", at(5), source="ShopPurchases")
    assert table(flows("corner", at(1, 0), at(1, 0, month=3))) == [
        (dt.date(2026, 1, 1), "low", "mid", 2),
        (dt.date(2026, 1, 1), "mid", "high", 1),
        (dt.date(2026, 2, 1), "low", "mid", 1),
        (dt.date(2026, 2, 1), "high", "low", 1),
    ]


def test_flows_begin_with_since_and_end_before_until(db):
    for day in (1, 2, 3):
        change("ann", "low", "mid", at(day))
    assert flows("corner", at(1), at(3)) == [
        {"month": dt.date(2026, 1, 1), "from": "low", "to": "mid", "changes": 2}
    ]


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
def test_months_are_those_of_utc_wherever_the_shop_is(db, zone):
    change("ann", "low", "mid", at(31, 23))
    change("bob", "low", "mid", at(1, 1, month=2))
    with timezone.override(zone):
        months = [row["month"].month for row in flows("corner", at(1), at(1, month=3))]
    assert months == [1, 2]


def test_flows_by_segment_begin_with_who_came(db):
    change_segment("ann", "", "Recent", at(3))
    change_segment("bob", "Loyal", "At risk", at(3))
    assert table(flows("corner", at(1), at(1, month=2), by="segment")) == [
        (dt.date(2026, 1, 1), "", "Recent", 1),
        (dt.date(2026, 1, 1), "Loyal", "At risk", 1),
    ]


# dwell times


def test_a_stay_lasts_from_one_change_to_the_next_of_the_same_customer(db):
    change("ann", "new", "low", at(1))
    change("bob", "new", "low", at(2))
    change("ann", "low", "mid", at(4))  # 3 days in low
    change("bob", "low", "mid", at(12))  # 10 in low
    change("ann", "mid", "low", at(5))  # 1 in mid
    change("ann", "low", "high", at(10))  # 5 in low; bob is still in mid, ann in high
    change("ann", "high", "low", at(31), source="ShopPurchases")
    assert dwell_times("corner") == [
        {"tier": "low", "stays": 3, "mean_days": 6.0, "median_days": 5.0},
        {"tier": "mid", "stays": 1, "mean_days": 1.0, "median_days": 1.0},
    ]


def test_the_median_of_an_even_number_lies_between_the_two_in_the_middle(db):
    for customer, days in [("ann", 1), ("bob", 2), ("cid", 5), ("dan", 20)]:
        change(customer, "low", "mid", at(1))
        change(customer, "mid", "high", at(1 + days))
    assert dwell_times("corner") == [
        {"tier": "mid", "stays": 4, "mean_days": 7.0, "median_days": 3.5}
    ]


def test_days_are_counted_from_date_to_date(db):
    change("ann", "low", "mid", at(1, 23))
    change("ann", "mid", "high", at(2, 1))  # over midnight
    change("ann", "high", "mid", at(2, 22))  # on the same day
    assert [(row["tier"], row["mean_days"]) for row in dwell_times("corner")] == [
        ("mid", 1.0),
        ("high", 0.0),
    ]


def test_changes_at_the_same_moment_follow_in_the_order_in_which_they_were_noted(db):
    for before, after in [("low", "mid"), ("mid", "high"), ("high", "low")]:
        change("ann", before, after, at(1))
    assert [row["tier"] for row in dwell_times("corner")] == ["mid", "high"]


def test_who_was_missing_in_between_has_not_completed_a_stay(db):
    change("ann", "low", "high", at(1))
    change("ann", "new", "low", at(9))
    assert dwell_times("corner") == []


def test_a_first_change_completes_no_stay(db):
    change("ann", "low", "high", at(1))
    assert dwell_times("corner") == []


def test_dwell_times_by_segment(db):
    change_segment("ann", "", "Recent", at(1))
    change_segment("ann", "Recent", "Loyal", at(8))
    change_segment("ann", "Loyal", "At risk", at(20))
    assert dwell_times("corner", by="segment") == [
        {"segment": "Loyal", "stays": 1, "mean_days": 12.0, "median_days": 12.0},
        {"segment": "Recent", "stays": 1, "mean_days": 7.0, "median_days": 7.0},
    ]


@given(st.lists(st.integers(0, 9), min_size=1))
def test_a_histogram_tells_mean_and_median_of_what_it_counts(days):
    found = _summary({day: days.count(day) for day in set(days)})
    assert found["stays"] == len(days)
    assert found["mean_days"] == pytest.approx(mean(days))
    assert found["median_days"] == median(days)


# all of them


def test_each_takes_one_query(two, django_assert_num_queries):
    for ask in (
        lambda: transitions(*two),
        lambda: flows("corner", at(1), at(2)),
        lambda: dwell_times("corner"),
    ):
        with django_assert_num_queries(1):
            ask()


def test_what_customers_do_not_move_by_is_refused(two):
    for ask in (
        lambda: transitions(*two, by="colour"),
        lambda: flows("corner", at(1), at(2), by="colour"),
        lambda: dwell_times("corner", by="colour"),
    ):
        with pytest.raises(ValueError, match="Use 'tier' or 'segment'"):
            ask()
