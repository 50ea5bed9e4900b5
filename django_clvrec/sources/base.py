"""Purchase sources: where a shop says what its purchases are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, Count, DateTimeField, Max, Model, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import cached_property

from django_clvrec.exceptions import UnknownLevel
from django_clvrec.sources.lately import Lately, lately_of
from django_clvrec.sources.lookups import Lookup, expression, objects_in_bulk, related_model

KEYS_AT_ONCE = 200


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
    item_models: ClassVar[Mapping[str, type[Model]]] = {}
    """The model of a level's items, where its lookup is an expression and does not lead there:
    `{"product": Product}` beside `{"product": Coalesce("product__parent_id", "product_id")}`."""
    rating: ClassVar[Lookup | None] = None
    """The customer's rating of the item, where the shop has one."""
    refund: ClassVar[Lookup | None] = None
    """True for lines that were paid back; they are dropped and counted."""
    unfiltered: ClassVar[bool] = False
    """Say True where every row of the model is paid for, so that there is nothing to filter."""
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

    def lines_of(self, customer_key: str, since: datetime | None = None) -> list["PurchasedLine"]:
        """The lines of a customer, or those bought after `since`, the last bought first. One query.

        They are those that a refresh would count. Where times are dates, the whole day of `since`
        is part of the answer, for nobody knows what was bought later on it.
        """
        is_fixed = type(self).rows is PurchaseSource.rows
        every, levels = self._kept_line_rows if is_fixed else self._line_rows()
        rows = self._of_customer(every, customer_key)
        found = rows if since is None else rows.filter(after(rows, since))
        return [
            PurchasedLine(
                order=str(order),
                at=at,
                revenue=revenue if isinstance(revenue, Decimal) else Decimal(str(revenue)),
                items={
                    level: None if key is None or not str(key) else str(key)
                    for level, key in zip(levels, keys, strict=False)
                },
            )
            for order, at, revenue, *keys in found
        ]

    @cached_property
    def lately(self) -> Lately | None:
        """For a statement that also asks whether a customer has bought since a moment.

        None where that has to be asked apart: `lines_of` or `rows` are a source's own, or times are
        dates.
        """
        own = type(self)
        if own.lines_of is not PurchaseSource.lines_of or own.rows is not PurchaseSource.rows:
            return None
        return lately_of(self._counting_rows().annotate(_clvrec_at=expression(self.purchased_at)))

    def _counting_rows(self) -> QuerySet[Any, Any]:
        """The lines that a refresh would count, by what is in them."""
        rows: QuerySet[Any, Any] = self.rows().annotate(
            _clvrec_customer=expression(self.customer), _clvrec_revenue=expression(self.revenue)
        )
        rows = rows.filter(_clvrec_revenue__gt=0)
        if self.refund is not None:
            paid_back = Coalesce(expression(self.refund), Value(False), output_field=BooleanField())
            rows = rows.alias(_clvrec_refund=paid_back).filter(_clvrec_refund=False)
        return rows

    @cached_property
    def _kept_line_rows(self) -> tuple[QuerySet[Any, Any], tuple[str, ...]]:
        """Made once, for building it takes longest."""
        return self._line_rows()

    def _line_rows(self) -> tuple[QuerySet[Any, Any], tuple[str, ...]]:
        """What `lines_of` reads, of all customers.

        With the levels whose items its last columns hold.
        """
        named = {f"_clvrec_item_{number}": one for number, one in enumerate(self.items.values())}
        rows = self._counting_rows().annotate(
            _clvrec_order=expression(self.order),
            _clvrec_at=expression(self.purchased_at),
            **{name: expression(lookup) for name, lookup in named.items()},
        )
        rows = rows.exclude(_clvrec_order=None).exclude(_clvrec_at=None)
        # rows that agree in `line` are one line
        columns = ("_clvrec_order", "_clvrec_at", "_clvrec_revenue", *named, *self.line)
        found: QuerySet[Any, Any] = rows.order_by("-_clvrec_at", *self.line).values_list(*columns)
        return found.distinct(), tuple(self.items)

    def _rows_of(self, customer_key: str) -> QuerySet[Any, Any]:
        return self._of_customer(self._counting_rows(), customer_key)

    def _of_customer(self, rows: QuerySet[Any, Any], customer_key: str) -> QuerySet[Any, Any]:
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

    def item_rows(self, level: str) -> QuerySet[Any, Any] | None:
        """What there is at `level`: all of the model that the level's lookup leads to, by its
        default manager; None where it leads to plain values.

        Override it to hide what must not be seen, or to add `select_related`:

        ```python
        def item_rows(self, level):
            rows = super().item_rows(level)
            return rows.filter(site=self.site) if level == "product" else rows
        ```
        """
        model = self.item_model(level)
        return None if model is None else model._default_manager.all()

    def item_model(self, level: str) -> type[Model] | None:
        """The model of the items at `level`, or None where their keys are plain values.

        Raises UnknownLevel.
        """
        lookup = self.items[self.check_level(level)]
        return self.item_models.get(level) or related_model(self.queryset.model, lookup)

    def items_in_bulk(self, level: str, keys: Iterable[str]) -> dict[str, Any]:
        """Objects by key among `item_rows`, in one query.

        Where these are plain values the key stands for itself. Keys without an object are left out.
        """
        rows = self.item_rows(level)
        return {key: key for key in keys} if rows is None else objects_in_bulk(rows, keys)

    def key_of(self, level: str, item: Any) -> str:
        """The key at `level` of one of the shop's objects, or of what is a key already.

        By default the primary key. Override it where an item counts as another, such as a size of
        a shirt as the shirt: templates then name either.
        """
        return str(getattr(item, "pk", item))

    def item_keys(self, level: str) -> Iterable[str]:
        """Keys of `item_rows` by primary key, a few at a time; none where they are plain values."""
        found = self.item_rows(level)
        if found is None:
            return
        rows = found.order_by("pk").values_list("pk", flat=True)
        last: Any = None
        while few := list((rows if last is None else rows.filter(pk__gt=last))[:KEYS_AT_ONCE]):
            yield from map(str, few)
            last = few[-1]

    def customers_in_bulk(self, keys: Iterable[str]) -> dict[str, Any]:
        """Customers by key, in one query; like `items_in_bulk`."""
        model = self.customer_model
        if model is None:
            return {key: key for key in keys}
        return objects_in_bulk(model._default_manager.all(), keys)


def shop_day(moment: datetime) -> date:
    """The day of an aware time where the shop is."""
    return moment.astimezone(timezone.get_default_timezone()).date()


def after(rows: QuerySet[Any, Any], moment: datetime) -> Q:
    """Bought after `moment`, as the field of times can be asked."""
    field = rows.query.annotations["_clvrec_at"].output_field
    if not isinstance(field, DateTimeField):
        return Q(_clvrec_at__gte=shop_day(moment))
    if not settings.USE_TZ and timezone.is_aware(moment):
        moment = timezone.make_naive(moment, timezone.get_default_timezone())
    return Q(_clvrec_at__gt=moment)
