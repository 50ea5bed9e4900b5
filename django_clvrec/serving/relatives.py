"""What goes with every item, for a shop that keeps such lists in tables of its own."""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from django_clvrec.conf import get_config
from django_clvrec.core.merchandising import UNKNOWN, Traits, Window
from django_clvrec.core.recommenders.relations import ALSO, TOGETHER
from django_clvrec.core.tiers import NEW
from django_clvrec.serving.objects import sellable, traits_of
from django_clvrec.serving.room import Related, related_of
from django_clvrec.serving.rules import window_for
from django_clvrec.serving.stored import NO_SNAPSHOT, live_of
from django_clvrec.serving.visit import now
from django_clvrec.sources import PurchaseSource, get_source

AT_ONCE = 200
"""Items that are looked at, and that the policy is asked for, together."""


def every_related(
    level: str | None = None, n: int = 10, *, source: str | None = None
) -> Iterator[tuple[str, list[str]]]:
    """Each item of the live snapshot with the keys of what goes with it, best first.

    As `related` answers for one item: what may be shown now, by the rules of the shop window. The
    policy is asked once for each item, for 200 at once. Nothing where nothing was published.
    Raises UnknownLevel.
    """
    shop = get_source(source)
    level = shop.check_level(level or shop.levels[0])
    live = live_of(shop.name)
    if live.snapshot_id == NO_SNAPSHOT:
        return
    room = related_of(live, level)
    window = window_for(shop.name, live, level, NEW, now())
    allowed: dict[str, Traits | None] = {}
    items = iter(range(len(room.keys)))
    while few := list(islice(items, AT_ONCE)):
        near = {str(room.keys[item]): _near(room, item) for item in few}
        asked = (key for keys in near.values() for key in keys if key not in allowed)
        _ask(shop, window, level, list(dict.fromkeys(asked)), allowed)
        for key, keys in near.items():
            traits = {one: found for one in keys if (found := allowed[one]) is not None}
            yield key, window.arranged([*traits], n, traits)[:n]


def _ask(
    shop: PurchaseSource,
    window: Window,
    level: str,
    keys: list[str],
    allowed: dict[str, Traits | None],
) -> None:
    """Note of each item what rules have to know of it, and None of what may not be shown."""
    for at in range(0, len(keys), AT_ONCE):
        asked = keys[at : at + AT_ONCE]
        objects = sellable(shop, level, asked)
        traits = traits_of(objects) if window.needs_traits else dict.fromkeys(objects, UNKNOWN)
        allowed.update({key: traits.get(key) for key in asked})


def _near(room: Related, item: int) -> list[str]:
    """Bought together first, then what the same customers buy."""
    found: dict[str, None] = {}
    for kind in (TOGETHER, ALSO):
        if (near := room.by_relation.get(kind)) is not None:
            pairs = near.of(np.array([item], dtype=np.int64), get_config()["LIST_LENGTH"])
            found |= {str(room.keys[place]): None for place, _, _ in pairs}
    return list(found)
