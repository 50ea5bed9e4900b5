"""What the back office shows of a snapshot and of what happened since: pictures by key.

All of it is read from the snapshot's report and from a bounded number of rows, so a page costs the
same for a thousand customers and for ten million.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Any

from django_clvrec.models import Snapshot
from django_clvrec.office.dashboard import customers, lists, visits
from django_clvrec.office.pictures import Picture

__all__ = ["before", "board_pictures", "find", "now_pictures", "snapshot_page", "snapshot_pictures"]


def before(snapshot: Snapshot) -> Snapshot | None:
    """The finished snapshot that was made last before this one, if it is still kept."""
    ready = Snapshot.objects.filter(source=snapshot.source, state=Snapshot.State.READY)
    return ready.filter(pk__lt=snapshot.pk).defer("plan").order_by("-pk").first()


def snapshot_pictures(snapshot: Snapshot, past: Snapshot | None) -> Iterator[Picture]:
    """What one refresh found out about the customers."""
    yield customers.tiers(snapshot, past)
    yield customers.segments(snapshot, past)
    yield customers.scores(snapshot)
    yield from customers.elbows(snapshot)
    yield customers.cohorts(snapshot)
    yield lists.calibration(snapshot)


def board_pictures(snapshot: Snapshot) -> Iterator[Picture]:
    """How well its lists would have done."""
    yield from lists.boards(snapshot)


def now_pictures(snapshot: Snapshot) -> Iterator[Picture]:
    """What happened lately. Three queries each at most."""
    yield visits.moves(snapshot)
    yield visits.window()


def find(snapshot: Snapshot, key: str) -> Picture | None:
    """The picture of that key, with no more queries than it needs."""
    if key == "moves":
        return visits.moves(snapshot)
    if key == "window":
        return visits.window()
    found = chain(snapshot_pictures(snapshot, before(snapshot)), board_pictures(snapshot))
    return next((one for one in found if one.key == key), None)


def snapshot_page(snapshot: Snapshot) -> dict[str, Any]:
    """What the page of one snapshot shows besides its fields."""
    if not snapshot.report:
        return {}
    return {
        "report": snapshot.report,
        "pictures": list(snapshot_pictures(snapshot, before(snapshot))),
        "boards": list(board_pictures(snapshot)),
    }
