"""Nobody rolls back to a snapshot that knows customers by keys of another time."""

import pytest

from django_clvrec.exceptions import NotPublishable
from django_clvrec.models import Snapshot, SourceState
from django_clvrec.pipeline import activate
from django_clvrec.pseudonyms import REPORTED, fingerprint
from tests.shelf import Shelf

pytestmark = pytest.mark.django_db


def test_a_snapshot_of_another_secret_is_not_made_live(pseudonyms):
    shelf = Shelf("corner")
    other = Shelf("corner", is_live=False).snapshot
    other.report[REPORTED] = fingerprint()
    other.save()
    pseudonyms("another secret of the tests, long enough")
    with pytest.raises(NotPublishable, match="PSEUDONYM_KEY"):
        activate(other)
    assert SourceState.objects.get(source="corner").live_id == shelf.snapshot.pk


def test_one_of_the_secret_of_now_is(pseudonyms):
    Shelf("corner")
    other = Shelf("corner", is_live=False).snapshot
    other.report[REPORTED] = fingerprint()
    other.save()
    activate(Snapshot.objects.get(pk=other.pk))
    assert SourceState.objects.get(source="corner").live_id == other.pk
