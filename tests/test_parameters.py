"""From words and settings to the parameters of a run."""

import datetime as dt

import pytest

from django_clvrec.parameters import end_of_observation

UTC = dt.UTC


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-01", dt.datetime(2026, 7, 1, 23, 59, 59, 999_999, UTC)),
        ("2026-07-01T00:00", dt.datetime(2026, 7, 1)),  # noqa: DTZ001 - made aware by the refresh
        ("2026-07-01T12:00+02:00", dt.datetime(2026, 7, 1, 10, tzinfo=UTC)),
    ],
)
def test_of_a_date_the_whole_day_counts(text, expected):
    assert end_of_observation(text) == expected


def test_the_day_ends_in_the_current_time_zone(settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    assert end_of_observation("2026-07-01").astimezone(UTC).hour == 14


def test_what_is_no_time_is_refused():
    with pytest.raises(ValueError, match="Invalid isoformat"):
        end_of_observation("yesterday")
