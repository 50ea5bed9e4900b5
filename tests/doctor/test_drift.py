"""What the doctor says of drift, and what the dashboard does."""

import pytest

from tests.doctor.conftest import only, troubles
from tests.office.reports import FULL
from tests.shelf import Shelf, person

CALM = {"against": 7, "psi": {"frequency": 0.012, "tiers": 0.03}, "alarms": []}


def drift(index, of, value, bound):
    alarm = {"index": index, "of": of, "value": value, "bound": bound}
    return CALM | {"alarms": [alarm]}


def test_without_a_snapshot_before_nothing_is_said(past, found):
    past.live()
    assert not [one for one in found("customers", deep=False) if "snapshot #" in one.text]


def test_customers_who_are_much_as_they_were_are_well(past, found):
    past.live(drift=CALM)
    one = only(found("customers", deep=False), "Customers are much as they were")
    assert "snapshot #7: the stability index is at most 0.030" in one.text


@pytest.mark.parametrize(
    ("alarm", "words"),
    [
        (("psi", "recency_days", 0.3, 0.25), "in recency days: the stability index is 0.300, and"),
        (("coverage", "product", 0.2, 0.5), "the smaller number is 20 % of the larger"),
        (("overlap", "product", 0.2, 0.5), "Lists of product share 20 % of their first items"),
    ],
)
def test_each_alarm_is_a_warning_with_a_next_step(past, found, alarm, words):
    past.live(drift=drift(*alarm))
    [one] = [one for one in troubles(found("customers", deep=False)) if "DRIFT" in one.text]
    assert words in one.text
    assert "snapshot #7" in one.text
    assert "docs/how-to/monitoring.md" in one.hint


def test_the_dashboard_shows_the_index_and_the_alarm(db, client):
    Shelf(report=FULL | {"drift": drift("psi", "frequency", 0.4, 0.25)})
    client.force_login(person("boss", ["view_snapshot"], is_staff=True))
    page = client.get("/admin/clvrec/").text
    assert "Customers are unlike those of snapshot #7 in frequency" in page
    assert "stability index, since snapshot #7" in page
