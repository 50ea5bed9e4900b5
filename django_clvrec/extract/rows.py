"""The rows of a source's queryset as columns of the purchase log, ordered by line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from django.db.models import BigAutoField, IntegerField, QuerySet, UUIDField

from django_clvrec.core.purchases import (
    CUSTOMER,
    ITEM_PREFIX,
    LINE,
    ORDER,
    RATING,
    REFUND,
    REVENUE,
    TIME,
)
from django_clvrec.sources import Lookup, PurchaseSource, expression

BATCH_ROWS = 50_000
ALIAS = "_clvrec_"
NUMBER, UUID, OTHER = "number", "uuid", "other"
"""What `line` holds: whole numbers, UUIDs, or a text made of whatever else tells lines apart."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Blocks as a database or file gives them, and what makes raw lines of a block.

    `convert` may run in another thread than the one that iterates over `blocks`.
    """

    blocks: Iterator[Any]
    convert: Callable[[Any], pa.Table]


def columns(source: PurchaseSource) -> dict[str, Lookup]:
    """The source's lookups by column of the purchase log."""
    named: dict[str, Lookup] = {
        CUSTOMER: source.customer,
        ORDER: source.order,
        TIME: source.purchased_at,
        REVENUE: source.revenue,
    }
    named |= {ITEM_PREFIX + level: lookup for level, lookup in source.items.items()}
    optional = {RATING: source.rating, REFUND: source.refund}
    return named | {name: lookup for name, lookup in optional.items() if lookup is not None}


def annotated(source: PurchaseSource) -> QuerySet[Any, Any]:
    """The source's rows with a column of the log in each annotation."""
    named = columns(source)
    rows: QuerySet[Any, Any] = source.rows().annotate(
        **{ALIAS + name: expression(e) for name, e in named.items()}
    )
    return rows


def ordered_values(source: PurchaseSource, rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    """Rows of `annotated` as tuples: the lookups of `line` first, then `columns`.

    Equal lines must come one after another, and of these always the same one first.
    """
    names = [*source.line, *(ALIAS + name for name in columns(source))]
    values: QuerySet[Any, Any] = rows.order_by(*names).values_list(*names)
    return values


def line_kind(source: PurchaseSource) -> str:
    """NUMBER or UUID for a primary key of that type, else OTHER."""
    pk: Any = source.queryset.model._meta.pk
    if tuple(source.line) not in {("pk",), (pk.name,)}:
        return OTHER
    while pk.remote_field is not None:
        pk = pk.target_field
    if hasattr(pk, "from_db_value"):
        return OTHER
    if isinstance(pk, (IntegerField, BigAutoField)):
        return NUMBER
    return UUID if isinstance(pk, UUIDField) else OTHER


def with_optional(batch: dict[str, Any], length: int) -> pa.Table:
    """A raw batch in which a source's missing rating and refund are null."""
    for name, kind in ((LINE, pa.string()), (RATING, pa.float64()), (REFUND, pa.bool_())):
        if name not in batch:
            batch[name] = pa.nulls(length, kind)
    return pa.table(batch)
