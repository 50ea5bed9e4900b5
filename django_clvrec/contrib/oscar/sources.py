"""Oscar's order lines as purchases. Imported when Oscar's models are there, not before."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import (
    Case,
    DecimalField,
    ExpressionWrapper,
    F,
    Model,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from oscar.core.loading import get_model

from django_clvrec.contrib.oscar import conf
from django_clvrec.sources import Lookup, PurchaseSource

Line = get_model("order", "Line")
Product = get_model("catalogue", "Product")
Category = get_model("catalogue", "Category")

MONEY = DecimalField(max_digits=18, decimal_places=2)


def counted_lines() -> QuerySet[Any, Any]:
    """Lines of orders that are not cancelled, in currencies that can be added up."""
    lines: QuerySet[Any, Any] = Line._default_manager.filter(order__currency__in=list(conf.rates()))
    if none := conf.uncounted():
        lines = lines.exclude(order__status__in=none).exclude(status__in=none)
    return lines


def revenue() -> Lookup:
    """What a line brought in after discounts and before tax, in the shop's currency."""
    rates = {name: rate for name, rate in conf.rates().items() if name != conf.currency()}
    if not rates:
        return "line_price_excl_tax"
    whens = [When(order__currency=name, then=Value(rate)) for name, rate in rates.items()]
    rate = Case(*whens, default=Value(conf.rates()[conf.currency()]), output_field=MONEY)
    return ExpressionWrapper(F("line_price_excl_tax") * rate, output_field=MONEY)


def category() -> Lookup:
    """The category that Oscar's breadcrumb names: the first that is public, by its path.

    A product may have many. A join would make a line of each, so it is a subquery.
    """
    through = Product.categories.through._default_manager.filter(
        product=Coalesce(OuterRef("product__parent_id"), OuterRef("product_id")),
        category__is_public=True,
        category__ancestors_are_public=True,
    )
    return Subquery(through.order_by("category__path").values("category_id")[:1])


class OscarPurchases(PurchaseSource):
    """Every line of every order of a customer with an account; a variant counts as its parent."""

    name = "oscar"
    queryset = counted_lines()
    customer = "order__user_id"
    order = "order_id"
    purchased_at = "order__date_placed"
    revenue = revenue()
    items: ClassVar[Mapping[str, Lookup]] = {
        "product": Coalesce("product__parent_id", "product_id"),
        "category": category(),
    }
    item_models: ClassVar[Mapping[str, type[Model]]] = {"product": Product, "category": Category}

    def key_of(self, level: str, item: Any) -> str:
        parent = getattr(item, "parent_id", None) if level == "product" else None
        return str(parent) if parent is not None else super().key_of(level, item)
