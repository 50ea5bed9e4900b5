"""What only this shop can say: what is for sale, and who wants no personal recommendations."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from django_clvrec.policy import Policy
from django_clvrec.sources import PurchaseSource
from example_shop.shop.models import Product

PERSONAL = "is_personalised"
"""Where the visitor's own switch is kept in the session; missing: on."""


class ShopPolicy(Policy):
    """Products that are not sold any more are on no shelf."""

    def is_personalised(self, request: HttpRequest) -> bool:
        session = getattr(request, "session", {})
        return bool(session.get(PERSONAL, True))

    def sellable(self, source: PurchaseSource, level: str, keys: Sequence[str]) -> dict[str, Any]:
        found = super().sellable(source, level, keys)
        return {key: one for key, one in found.items() if getattr(one, "is_sellable", True)}

    def category_of(self, item: Any) -> str | None:
        return str(item.product_type.category_id) if isinstance(item, Product) else None
