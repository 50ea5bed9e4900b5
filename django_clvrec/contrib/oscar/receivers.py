"""Oscar tells of orders, django-clvrec of what went live."""

from functools import partial
from typing import Any

from django.db import router, transaction
from oscar.apps.order.signals import (
    order_line_status_changed,
    order_placed,
    order_status_changed,
)

from django_clvrec import orders
from django_clvrec.contrib.oscar import recommended
from django_clvrec.models import Snapshot
from django_clvrec.published import snapshot_published
from django_clvrec.sources import get_source


def connect() -> None:
    """Listen to Oscar's signals and to that of a publication."""
    order_placed.connect(placed, dispatch_uid="clvrec_oscar.placed")
    order_status_changed.connect(placed, dispatch_uid="clvrec_oscar.order_status")
    order_line_status_changed.connect(line_changed, dispatch_uid="clvrec_oscar.line_status")
    snapshot_published.connect(published, dispatch_uid="clvrec_oscar.published")


def placed(order: Any, **_: Any) -> None:
    """An order was placed, or its status changed: the next page knows. Guests have no lists."""
    if order.user_id is None:
        return
    told = partial(orders.order_placed, str(order.user_id))
    # robust, for nothing here is a reason to fail a checkout
    transaction.on_commit(told, using=router.db_for_write(type(order)), robust=True)


def line_changed(line: Any, **_: Any) -> None:
    placed(line.order)


def published(snapshot: Snapshot, **_: Any) -> None:
    """Fill Oscar's recommended products from what went live, if it is of Oscar's orders."""
    if snapshot.source == get_source().name:
        recommended.fill()
