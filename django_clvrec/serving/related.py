"""Items that go with others: on the page of a product, or beside a basket."""

from collections.abc import Collection, Sequence
from functools import partial

import numpy as np

from django_clvrec.conf import get_config
from django_clvrec.core.ranking import MIXED, positions
from django_clvrec.core.recommenders.relations import ALSO, RELATIONS, TOGETHER
from django_clvrec.core.tiers import NEW
from django_clvrec.serving.answers import (
    DEFAULT_N,
    Answer,
    AnswerSource,
    RecommendedItem,
    checked_n,
)
from django_clvrec.serving.objects import sellable
from django_clvrec.serving.observing import observed
from django_clvrec.serving.room import related_of
from django_clvrec.serving.rules import window_for
from django_clvrec.serving.shelf import Ranked, Shelf
from django_clvrec.serving.standby import nothing_standby, standing_by
from django_clvrec.serving.stored import NO_SNAPSHOT, live_of
from django_clvrec.serving.visit import now
from django_clvrec.sources import get_source


@observed
@standing_by(nothing_standby)
def related(
    items: Sequence[str],
    level: str | None = None,
    n: int = DEFAULT_N,
    relation: str = TOGETHER,
    *,
    exclude: Collection[str] = (),
    source: str | None = None,
    with_objects: bool = False,
) -> Answer:
    """What goes with `items`: one on its page, or all of a basket. The same for every visitor.

    `together` asks for what is bought in the same order, `also` for what the same customers buy;
    where there is too little of the first, the second follows. For several `items`, each item of
    the answer says which of them it goes with most. What nothing is known of has no relatives, so
    the answer may be short or empty.

    Raises UnknownLevel, and ValueError for an unknown relation or for `n` below 1.
    """
    shop = get_source(source)
    level = shop.check_level(level or shop.levels[0])
    if relation not in RELATIONS:
        raise ValueError(f"There is no relation {relation!r}; use {' or '.join(RELATIONS)}.")
    count, live = checked_n(n), live_of(shop.name)
    kinds = _kinds(relation) if live.snapshot_id != NO_SNAPSHOT else ()
    room = related_of(live, level) if kinds else None
    because: dict[str, str] = {}

    def ranked(kind: str) -> Ranked:
        places = positions(room.keys, items) if room else np.array([], dtype=np.int64)
        near = room.by_relation.get(kind) if room else None
        found = near.of(places, get_config()["LIST_LENGTH"]) if near and len(places) else []
        pairs = []
        for place, score, owner in found:
            key = str(room.keys[place])  # type: ignore[union-attr]  # there are places
            because.setdefault(key, str(room.keys[owner]))  # type: ignore[union-attr]
            pairs.append((key, score))
        return Ranked(source=AnswerSource.RELATED, pairs=pairs)

    window = window_for(shop.name, live, level, NEW, now())
    shelf = Shelf(
        shop=shop, level=level, n=count, window=window, hidden=frozenset({*items, *exclude})
    )
    first, *more = [partial(ranked, kind) for kind in kinds or (relation,)]
    found, pairs, objects = shelf.filled(first(), more, from_catalogue=False)
    # on the page of one item the reason is plain to see
    owners = sorted({because[key] for key, _ in pairs if key in because}) if len(items) > 1 else []
    # only what may be shown: the keys came from the visitor
    named = sellable(shop, level, owners) if owners else {}
    return Answer(
        items=tuple(
            RecommendedItem(
                key=key,
                rank=rank,
                score=score,
                object=objects[key] if with_objects else None,
                because=because[key] if because.get(key) in named else None,
                because_object=named.get(because.get(key, "")) if with_objects else None,
            )
            for rank, (key, score) in enumerate(pairs, 1)
        ),
        source=found if pairs else AnswerSource.NONE,
        level=level,
        intent=MIXED,
        reason="" if pairs else "Nothing is known of these items, or nothing goes with them.",
        snapshot_id=live.snapshot_id,
    )


def _kinds(relation: str) -> tuple[str, ...]:
    return (TOGETHER, ALSO) if relation == TOGETHER else (ALSO,)
