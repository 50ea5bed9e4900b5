"""The cart: product ids and quantities in the visitor's session."""

from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import F

from django_clvrec.orders import order_placed
from example_shop.shop.models import Order, OrderLine, Product

KEY = "cart"
MOST = 99
"""Of one product in one order."""


@dataclass(frozen=True)
class CartLine:
    """One product in the cart."""

    product: Product
    quantity: int

    @property
    def line_total(self) -> Decimal:
        return self.product.price * self.quantity


class Cart:
    """What one visitor is about to buy."""

    def __init__(self, session: SessionBase) -> None:
        self._session = session
        self._quantities: dict[str, int] = session.get(KEY, {})

    @property
    def count(self) -> int:
        return sum(self._quantities.values())

    def quantity(self, product: Product) -> int:
        return self._quantities.get(str(product.pk), 0)

    def put(self, product: Product, quantity: int) -> None:
        """Have so many of a product in the cart, and no product where that is none."""
        self._quantities[str(product.pk)] = min(quantity, MOST)
        if quantity < 1:
            del self._quantities[str(product.pk)]
        self._session[KEY] = self._quantities

    def lines(self) -> list[CartLine]:
        """What is in the cart and can still be bought."""
        products = Product.objects.for_sale().in_bulk(list(map(int, self._quantities)))
        return [
            CartLine(products[int(key)], quantity)
            for key, quantity in self._quantities.items()
            if int(key) in products
        ]

    def clear(self) -> None:
        self._session.pop(KEY, None)


def total(lines: list[CartLine]) -> Decimal:
    return sum((line.line_total for line in lines), Decimal())


@transaction.atomic
def place_order(customer: AbstractBaseUser, lines: list[CartLine]) -> Order:
    """A paid order of what is in the cart."""
    order = Order.objects.create(customer_id=customer.pk)
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order, product=line.product, quantity=line.quantity, line_total=line.line_total
        )
        for line in lines
    )
    bought = Product.objects.filter(pk__in=[line.product.pk for line in lines])
    bought.update(times_bought=F("times_bought") + 1)
    # the next page knows of it, and it is put down to the list that led there; robust, for
    # neither is a reason to fail a checkout
    transaction.on_commit(partial(order_placed, str(customer.pk)), robust=True)
    return order
