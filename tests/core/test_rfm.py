"""RFM: definitions by hand, and laws."""

import datetime as dt
from decimal import Decimal

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from django_clvrec.core.dimensions import DIMENSIONS, VALUE_COLUMNS
from django_clvrec.core.rfm import rfm

AS_OF = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
COLUMNS = ["customer_key", "order_key", "purchased_at", "revenue"]


def log(*lines):
    """A purchase log from tuples of customer, order, time and revenue."""
    frame = pd.DataFrame([(c, o, t, Decimal(r)) for c, o, t, r in lines], columns=COLUMNS)
    return frame.astype({"purchased_at": "datetime64[us, UTC]"})


def rows(frame, as_of=AS_OF):
    return rfm(frame, as_of).to_dict("records")


LINES = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", "cid"]),
        st.sampled_from(["1", "2", "3", "4"]),
        st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2026, 7, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001 - Hypothesis wants naive bounds
        st.decimals("0.0001", 10**9, places=4).map(str),
    ),
    min_size=1,
    max_size=30,
)


def test_values_are_those_that_a_person_counts():
    table = rows(
        log(
            ("ann", "1", AS_OF - dt.timedelta(days=30), "10.00"),
            ("ann", "1", AS_OF - dt.timedelta(days=30), "2.50"),
            ("ann", "2", AS_OF - dt.timedelta(days=3), "7.25"),
            ("bob", "3", AS_OF, "1.00"),
        )
    )
    assert table == [
        {
            "customer_key": "ann",
            "recency_days": 3,
            "frequency": 2,
            "monetary_value": Decimal("19.75"),
            "age_days": 30,
            "order_days": 2,
        },
        {
            "customer_key": "bob",
            "recency_days": 0,
            "frequency": 1,
            "monetary_value": Decimal("1.00"),
            "age_days": 0,
            "order_days": 1,
        },
    ]


def test_every_dimension_names_its_column():
    table = rfm(log(("ann", "1", START, "1")), AS_OF)
    assert tuple(VALUE_COLUMNS) == DIMENSIONS
    assert set(VALUE_COLUMNS.values()) < set(table.columns)


def test_days_are_calendar_days_in_utc():
    evening = dt.datetime(2026, 6, 30, 23, 59, 59, tzinfo=dt.UTC)
    morning = dt.datetime(2026, 7, 1, 0, 0, 0, tzinfo=dt.UTC)
    assert rows(log(("ann", "1", evening, "1")), morning)[0]["recency_days"] == 1
    assert rows(log(("ann", "1", morning, "1")), morning)[0]["recency_days"] == 0


def test_as_of_may_be_given_in_any_time_zone():
    lines = log(("ann", "1", START, "1"))
    assert rows(lines, AS_OF) == rows(lines, AS_OF.astimezone(dt.timezone(dt.timedelta(hours=13))))


def test_money_is_exact():
    table = rows(log(*[("ann", "1", START, "0.1000")] * 10))
    assert table[0]["monetary_value"] == Decimal(1)


def test_revenue_may_be_given_as_floats():
    lines = log(("ann", "1", START, "1.5"), ("ann", "1", START, "2")).astype({"revenue": float})
    assert rows(lines)[0]["monetary_value"] == 3.5


def test_an_empty_log_has_no_customers():
    assert rows(log()) == []


@given(LINES)
def test_values_equal_a_count_with_explicit_loops(lines):
    expected = []
    for customer in sorted({line[0] for line in lines}):
        own = [line for line in lines if line[0] == customer]
        days = [(AS_OF.date() - at.date()).days for _, _, at, _ in own]
        expected.append(
            {
                "customer_key": customer,
                "recency_days": min(days),
                "frequency": len({order for _, order, _, _ in own}),
                "monetary_value": sum(Decimal(revenue) for *_, revenue in own),
                "age_days": max(days),
                "order_days": len(set(days)),
            }
        )
    assert rows(log(*lines)) == expected


@given(LINES, st.integers(0, 4000), st.integers(0, 11))
def test_a_later_as_of_ages_everyone_by_the_same_days(lines, days, hours):
    now = rfm(log(*lines), AS_OF)
    later = rfm(log(*lines), AS_OF + dt.timedelta(days=days, hours=hours))
    for column in ("recency_days", "age_days"):
        assert (later[column] - now[column] == days).all()
    pd.testing.assert_frame_equal(
        now[["customer_key", "frequency", "monetary_value"]],
        later[["customer_key", "frequency", "monetary_value"]],
    )


@given(LINES, st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_nothing(lines, random):
    shuffled = random.sample(lines, len(lines))
    assert rows(log(*lines)) == rows(log(*shuffled))


@given(LINES)
def test_nobody_is_older_than_their_first_order_or_younger_than_their_last(lines):
    table = rfm(log(*lines), AS_OF)
    assert (table["recency_days"] >= 0).all()
    assert (table["age_days"] >= table["recency_days"]).all()


@given(LINES)
def test_all_revenue_belongs_to_somebody(lines):
    assert rfm(log(*lines), AS_OF)["monetary_value"].sum() == sum(Decimal(r) for *_, r in lines)


@given(LINES)
def test_one_more_order_raises_frequency_by_one_and_nobody_elses(lines):
    before = rfm(log(*lines), AS_OF).set_index("customer_key")["frequency"]
    after = rfm(log(*lines, (lines[0][0], "new", AS_OF, "1")), AS_OF)
    more = after.set_index("customer_key")["frequency"] - before
    assert more.to_dict() == {name: int(name == lines[0][0]) for name in before.index}
