"""Purchase sources: where a shop says what its purchases are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import BooleanField, Count, Max, Model, QuerySet, Value
from django.db.models.functions import Coalesce

from django_clvrec.exceptions import UnknownLevel
from django_clvrec.sources.lookups import Lookup, expression, objects_in_bulk, related_model


@dataclass(frozen=True, kw_only=True)
class PurchasedItem:
    """An item that a customer bought."""

    key: str
    orders: int
    last_at: datetime | date


@dataclass(frozen=True, kw_only=True)
class PurchasedLine:
    """One line of an order that counts."""

    order: str
    at: datetime | date
    revenue: Decimal
    items: Mapping[str, str | None]
    """Item keys by level."""


class PurchaseSource:
    """One queryset of order lines, and what each line means. Subclass it and `@register` it.

    ```python
    @register
    class ShopPurchases(PurchaseSource):
        queryset = OrderLine.objects.filter(order__status="paid")
        customer = "order__customer_id"
        order = "order_id"
        purchased_at = "order__placed_at"
        revenue = F("unit_price") * F("quantity")
        items = {"category": "product__category_id", "product": "product_id"}
    ```
    """

    name: ClassVar[str] = ""
    """What this source is called in commands and in the admin; default: the class's name."""
    queryset: ClassVar[QuerySet[Any, Any]]
    """One row per order line. Filter it to what counts as bought: paid, not paid back."""
    customer: ClassVar[Lookup]
    order: ClassVar[Lookup]
    purchased_at: ClassVar[Lookup]
    revenue: ClassVar[Lookup]
    """What the line brought in, in one currency."""
    items: ClassVar[Mapping[str, Lookup]]
    """What to recommend, by level: `{"category": …, "product": …}`."""
    rating: ClassVar[Lookup | None] = None
    """The customer's rating of the item, where the shop has one."""
    refund: ClassVar[Lookup | None] = None
    """True for lines that were paid back; they are dropped and counted."""
    line: ClassVar[Sequence[str]] = ("pk",)
    """Lookups that tell one line from another. Rows that agree in all of them are one line."""

    @property
    def levels(self) -> tuple[str, ...]:
        return tuple(self.items)

    @property
    def has_ratings(self) -> bool:
        return self.rating is not None

    @property
    def customer_model(self) -> type[Model] | None:
        """The model of the customers, or None where their keys are plain values."""
        return related_model(self.queryset.model, self.customer)

    def fields(self) -> dict[str, Lookup]:
        """Every lookup or expression of this source by the attribute that holds it."""
        named = {name: getattr(self, name) for name in ("customer", "order", "purchased_at")}
        named["revenue"] = self.revenue
        named |= {f"items[{level!r}]": lookup for level, lookup in self.items.items()}
        optional = {"rating": self.rating, "refund": self.refund}
        return named | {name: lookup for name, lookup in optional.items() if lookup is not None}

    def rows(self) -> QuerySet[Any, Any]:
        """The queryset afresh, so that a long-lived source never serves an old result."""
        return self.queryset.all()

    def purchases_of(self, customer_key: str, level: str) -> list["PurchasedItem"]:
        """The items at `level` that a customer bought, the last bought first. One query.

        Lines that the rules drop by what is in them do not count here either.
        """
        rows = self._rows_of(customer_key).annotate(
            _clvrec_item=expression(self.items[self.check_level(level)]),
            _clvrec_order=expression(self.order),
            _clvrec_at=expression(self.purchased_at),
        )
        bought = (
            rows.exclude(_clvrec_item=None)
            .exclude(_clvrec_at=None)
            .order_by()
            .values("_clvrec_item")
            .annotate(orders=Count("_clvrec_order", distinct=True), last_at=Max("_clvrec_at"))
            .order_by("-last_at", "_clvrec_item")
        )
        return [
            PurchasedItem(key=str(key), orders=orders, last_at=last_at)
            for key, orders, last_at in bought.values_list("_clvrec_item", "orders", "last_at")
            if str(key)
        ]

    def lines_since(self, customer_key: str, moment: datetime) -> list["PurchasedLine"]:
        """What a customer bought at `moment` or later, line by line, the first first. One query."""
        names = {f"_clvrec_item_{number}": one for number, one in enumerate(self.items.values())}
        rows = self._rows_of(customer_key).annotate(
            _clvrec_order=expression(self.order),
            _clvrec_at=expression(self.purchased_at),
            **{name: expression(lookup) for name, lookup in names.items()},
        )
        columns = ("_clvrec_order", "_clvrec_at", "_clvrec_revenue", *names, *self.line)
        known = rows.exclude(_clvrec_order=None).filter(_clvrec_at__gte=moment)
        # rows that agree in `line` are one line
        found = known.order_by("_clvrec_at", *self.line).values_list(*columns).distinct()
        return [
            PurchasedLine(
                order=str(order),
                at=at,
                revenue=Decimal(str(revenue)),
                items={
                    level: None if key is None else str(key)
                    for level, key in zip(self.items, keys, strict=False)
                },
            )
            for order, at, revenue, *keys in found
        ]

    def _rows_of(self, customer_key: str) -> QuerySet[Any, Any]:
        rows: QuerySet[Any, Any] = self.rows().annotate(
            _clvrec_customer=expression(self.customer), _clvrec_revenue=expression(self.revenue)
        )
        rows = rows.filter(_clvrec_revenue__gt=0)
        if self.refund is not None:
            paid_back = Coalesce(expression(self.refund), Value(False), output_field=BooleanField())
            rows = rows.alias(_clvrec_refund=paid_back).filter(_clvrec_refund=False)
        field = rows.query.annotations["_clvrec_customer"].output_field
        try:
            value = field.to_python(customer_key)
        except (ValidationError, ValueError, TypeError):
            return rows.none()  # a key of another type is the key of nobody
        return rows.filter(_clvrec_customer=value)

    def check_level(self, level: str) -> str:
        """`level`, if the source has it. Raises UnknownLevel."""
        if level not in self.levels:
            raise UnknownLevel(
                f"{self.name} has no level {level!r}; it has {', '.join(self.levels) or 'none'}."
            )
        return level

    def items_in_bulk(self, level: str, keys: Iterable[str]) -> dict[str, Any]:
        """Objects by key, in one query: of the model that the level's lookup leads to.

        Where it leads to plain values the key stands for itself. Keys without an object are
        left out. Override it to add `select_related` or to hide what must not be seen.
        """
        model = related_model(self.queryset.model, self.items[self.check_level(level)])
        if model is None:
            return {key: key for key in keys}
        return objects_in_bulk(model, keys)

    def customers_in_bulk(self, keys: Iterable[str]) -> dict[str, Any]:
        """Customers by key, in one query; like `items_in_bulk`."""
        model = self.customer_model
        return {key: key for key in keys} if model is None else objects_in_bulk(model, keys)
