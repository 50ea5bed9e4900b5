"""What an Oscar shop sells now, by its own strategy, and what it costs."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Model, QuerySet
from oscar.core.loading import get_class, get_model
from oscar.templatetags.currency_filters import currency

from django_clvrec.policy import Policy
from django_clvrec.sources import PurchaseSource, objects_in_bulk


class OscarPolicy(Policy):
    """Public products that can be bought, and categories that can be browsed.

    Name it, or one of your own made from it, in `CLVREC["POLICY"]`.
    """

    def strategy(self) -> Any:
        """Oscar's strategy for nobody in particular, for what is sellable is the same for all.

        Tiles show prices by `request.strategy`, the visitor's own.
        """
        return get_class("partner.strategy", "Selector")().strategy()

    def products(self) -> QuerySet[Any, Any]:
        """Those that have a page in the catalogue, with all that a tile asks of them."""
        product = get_model("catalogue", "Product")
        children = product.objects.public().prefetch_related("stockrecords")
        browsable: QuerySet[Any, Any] = product.objects.browsable().base_queryset()
        return browsable.prefetch_browsable_categories().prefetch_public_children(children)  # type: ignore[attr-defined,no-any-return]  # Oscar's own

    def sellable(self, source: PurchaseSource, level: str, keys: Sequence[str]) -> dict[str, Any]:
        model: Any = source.item_model(level)
        if is_a(model, "Category"):
            return objects_in_bulk(model.objects.browsable(), keys)
        if not is_a(model, "Product"):
            return super().sellable(source, level, keys)
        strategy = self.strategy()
        found = objects_in_bulk(self.products(), keys)
        return {key: one for key, one in found.items() if _is_for_sale(strategy, one)}

    def catalogue(self, source: PurchaseSource, level: str) -> Iterable[str]:
        """As Oscar's own pages list what there is: by priority, then the newest first."""
        model: Any = source.item_model(level)
        if not is_a(model, "Product"):
            return super().catalogue(source, level)
        rows = model.objects.browsable().order_by("-priority", "-date_created", "-pk")
        return map(str, rows.values_list("pk", flat=True).iterator())

    def category_of(self, item: Any) -> str | None:
        """The one of Oscar's breadcrumb, as the source has it."""
        if not is_a(type(item), "Product"):
            return super().category_of(item)
        found = sorted(item.get_categories(), key=lambda one: str(one.path))
        return str(found[0].pk) if found else None

    def price_of(self, item: Any) -> Decimal | None:
        if not is_a(type(item), "Product"):
            return super().price_of(item)
        price = _info(self.strategy(), item).price
        if not price.exists:
            return None
        found: Decimal = price.incl_tax if price.is_tax_known else price.excl_tax
        return found

    def price_text(self, price: Any) -> str:
        return str(currency(price))

    def image_of(self, item: Any) -> str | None:
        if not is_a(type(item), "Product"):
            return super().image_of(item)
        address = getattr(getattr(item.primary_image(), "original", None), "url", None)
        return None if address is None else str(address)


def is_a(model: Any, name: str) -> bool:
    """Whether a model is that of Oscar's catalogue, forked or not."""
    return isinstance(model, type(Model)) and issubclass(model, get_model("catalogue", name))


def _info(strategy: Any, product: Any) -> Any:
    if product.is_parent:
        return strategy.fetch_for_parent(product)
    return strategy.fetch_for_product(product)


def _is_for_sale(strategy: Any, product: Any) -> bool:
    return bool(_info(strategy, product).availability.is_available_to_buy)
