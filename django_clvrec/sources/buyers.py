"""Who bought an item, as a subquery for statements in the same database; who bought lately."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connections, models
from django.db.models import Func, QuerySet, TextField
from django.db.models.functions import Cast

from django_clvrec.sources.base import PurchaseSource, after
from django_clvrec.sources.lookups import LARGEST, expression
from django_clvrec.sources.parquet import ParquetPurchaseSource

COMPARABLE = (models.IntegerField, models.CharField, models.TextField, models.UUIDField)
"""Keys whose text in the database is what `str` makes of them."""
PARTS = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
"""Where the digits between the hyphens of a UUID stand."""


class Hyphenated(Func):
    """A UUID that the database keeps as 32 digits, in its usual form."""

    output_field = TextField()

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> tuple[str, Any]:
        sql, parameters = compiler.compile(self.source_expressions[0])
        parts = [f"SUBSTR({sql}, {start}, {length})" for start, length in PARTS]
        if connection.vendor == "mysql":
            return f"CONCAT_WS('-', {', '.join(parts)})", [*parameters] * len(parts)
        return " || '-' || ".join(parts), [*parameters] * len(parts)


def has_comparable_keys(shop: PurchaseSource) -> bool:
    """Whether a statement can compare the customers' keys with texts."""
    return isinstance(_kind(shop._counting_rows(), "_clvrec_customer"), COMPARABLE)


def buyers_of(shop: PurchaseSource, level: str, item_key: str) -> QuerySet[Any, Any]:
    """Keys of customers who bought an item, as texts in one column, by the lines that count.

    Raises UnknownLevel.
    """
    rows: QuerySet[Any, Any] = shop._counting_rows().annotate(
        _clvrec_item=expression(shop.items[shop.check_level(level)]),
        _clvrec_order=expression(shop.order),
        _clvrec_at=expression(shop.purchased_at),
    )
    rows = rows.exclude(_clvrec_customer=None).exclude(_clvrec_order=None).exclude(_clvrec_at=None)
    try:
        item = _kind(rows, "_clvrec_item").to_python(item_key)
    except (ValidationError, ValueError, TypeError):
        item = None  # a key of another type is the key of nothing
    if item is None or (isinstance(item, int) and abs(item) >= LARGEST):
        rows, item = rows.none(), item_key
    else:
        rows = rows.filter(_clvrec_item=item)
    customer = expression(shop.customer)
    is_digits = (
        isinstance(_kind(rows, "_clvrec_customer"), models.UUIDField)
        and not connections[rows.db].features.has_native_uuid_field
    )
    text = Hyphenated(customer) if is_digits else Cast(customer, TextField())
    return rows.order_by().values_list(text, flat=True)


def bought_after(shop: PurchaseSource, moment: datetime) -> list[str]:
    """The shop's keys of customers with lines after `moment` that count. One query; none of a
    Parquet dataset, which is not looked through between refreshes."""
    if isinstance(shop, ParquetPurchaseSource):
        return []
    rows: QuerySet[Any, Any] = shop._counting_rows().exclude(_clvrec_customer=None)
    rows = rows.annotate(_clvrec_at=expression(shop.purchased_at))
    keys = rows.filter(after(rows, moment)).order_by().values_list("_clvrec_customer", flat=True)
    return [str(key) for key in keys.distinct()]


def _kind(rows: QuerySet[Any, Any], name: str) -> Any:
    """The field of an annotation; of a foreign key the field that it holds."""
    field: Any = rows.query.annotations[name].output_field
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return field
