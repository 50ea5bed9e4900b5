"""A customer of whom everything is kept that can be, and one beside who stays."""

import numpy as np
import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType

from django_clvrec.core.recommenders.tifu_knn import TifuKnn
from django_clvrec.engines.base import Learnt
from django_clvrec.feedback import Subject, record, token_for
from django_clvrec.models import (
    CurrentTier,
    CustomerGroup,
    CustomerScore,
    SegmentChange,
    TierChange,
)
from django_clvrec.publish import save_learnt
from django_clvrec.serving import recommend
from tests.core.recommenders.made_up import histories_of
from tests.shelf import AS_OF, Shelf, person, product

SOURCE = "ShopPurchases"
STATES = ("ready", "running", "held", "failed")


def learnt(*customers, items=("1", "2", "3")):
    """What TIFU-kNN keeps of customers of whom each bought all items but one."""
    events = [
        [(item, 1.0) for item in range(len(items)) if item != place % len(items)]
        for place in range(len(customers))
    ]
    histories = histories_of(*events, size=len(items))
    object.__setattr__(histories, "customers", np.array(customers, dtype=object))
    fitted = TifuKnn(k=2, own=0.0).fit(histories)
    return Learnt(
        level="product",
        item_keys=items,
        fitted={"tifu_knn": fitted},
        served={"discover": {"mid": "tifu_knn"}},
    )


@pytest.fixture
def kept(db):
    """Puts all that can be kept of customers into a shop; their keys."""

    def kept(*names):
        # numbers that are no item's
        for place, name in enumerate(names):
            User.objects.create(pk=4711 + place, username=name)
        keys = [str(4711 + place) for place in range(len(names))]
        goods = [product(name) for name in ("Oats", "Rice", "Figs")]
        shelves = [Shelf(is_live=False, state=state) for state in STATES]
        shelves.append(Shelf())
        for shelf in shelves:
            save_learnt(shelf.snapshot, learnt(*keys))
            for key in keys:
                shelf.score(key)
                shelf.recommended(key, *goods)
                CurrentTier.objects.create(snapshot=shelf.snapshot, customer_key=key, tier="high")
        for key in keys:
            keep_history(key)
            answer = recommend(key, level="product")
            subject = Subject(key=key, is_customer=True)
            event = {"list": token_for(answer, subject=subject), "kind": "clicked"}
            record([event | {"item": answer.items[0].key}], [subject])
        return keys

    return kept


def keep_history(key):
    same = {"source": SOURCE, "customer_key": key, "changed_at": AS_OF, "snapshot_id": 1}
    TierChange.objects.create(**same, from_tier="mid", to_tier="high", cause="order")
    SegmentChange.objects.create(**same, from_segment="", to_segment="champions")
    CustomerGroup.objects.create(source=SOURCE, name=f"just {key}", conditions={"q": key})
    LogEntry.objects.create(
        user=person(f"staff of {key}"),
        content_type=ContentType.objects.get_for_model(CustomerScore),
        object_repr=key,
        action_flag=CHANGE,
    )
