"""A shop whose state the tests write by hand, and what is found there."""

import datetime as dt

import pytest
from django.utils import timezone

from django_clvrec.doctor import Severity, examine
from django_clvrec.models import Snapshot, SourceState
from tests.admin.test_broker_down import broker, closed_port, silent_port  # noqa: F401
from tests.shelf import REPORT, Shelf

CORNER = "corner"


class Past:
    """Refreshes of the corner shop as the database keeps them."""

    def add(self, days_ago=0, state="ready", *, is_live=False, is_running=False, **fields):
        """A refresh that began so many days ago; one that has ended took an hour."""
        began = timezone.now() - dt.timedelta(days=days_ago, hours=1)
        made = Snapshot.objects.create(
            source=CORNER, engine="by hand", as_of=began, state=state, **fields
        )
        ended = None if state == "running" else began + dt.timedelta(hours=1)
        Snapshot.objects.filter(pk=made.pk).update(started_at=began, finished_at=ended)
        if is_live or is_running:
            pointer = {"live": made} if is_live else {"running": made}
            SourceState.objects.update_or_create(source=CORNER, defaults=pointer)
        return made

    def live(self, days_ago=0, **report):
        return self.add(days_ago, is_live=True, report=REPORT | report)


@pytest.fixture
def past(db):
    return Past()


@pytest.fixture
def shelf(db):
    """A live snapshot of the corner shop, with customers to add."""
    return Shelf(source=CORNER, report=REPORT)


@pytest.fixture
def found(db):
    """The texts and hints of one topic, by their severity."""

    def found(topic, *, deep=True, source=CORNER):
        return [one for one in examine(source, deep=deep) if one.topic == topic]

    return found


def troubles(findings):
    return [one for one in findings if one.severity > Severity.OK]


def only(findings, begins):
    """The one finding whose text begins so."""
    [one] = [one for one in findings if one.text.startswith(begins)]
    return one
