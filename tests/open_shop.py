"""The corner shop at this moment: refreshed a moment ago, and customers who buy right now."""

from django.utils import timezone

from django_clvrec import pipeline
from django_clvrec.core.ranking import INTENTS
from django_clvrec.serving import recommend
from tests.corner_shop.models import Order, Product
from tests.stock import Stock

OFTEN, TWICE, ONCE = 7, 2, 0
"""Of the customers: one with 13 orders, one with 2, one with 1."""


class OpenShop:
    def __init__(self):
        self.stock = Stock(timezone.now())
        self.customers = self.stock.fill()

    def refresh(self):
        self.snapshot = pipeline.refresh("corner", engine="local", as_of=self.stock.as_of)
        return self

    def key(self, number):
        return str(self.customers[number].pk)

    def buy(self, number, *skus, price="5.00"):
        """One order, paid this moment."""
        order = Order.objects.create(customer=self.customers[number], placed_at=timezone.now())
        for sku in skus:
            self.stock.line(order, sku, price)
        return order

    def ask(self, number=None, n=10, intent="discover", **more):
        key = None if number is None else self.key(number)
        return recommend(key, "product", n, intent, source="corner", **more)

    def shown(self, number=None, **more):
        return [item.key for item in self.ask(number, **more)]

    def shown_by_intent(self, number, **more):
        return {intent: self.shown(number, intent=intent, **more) for intent in INTENTS}

    def bought(self, number):
        orders = Order.objects.filter(customer=self.customers[number])
        return {*Product.objects.filter(line__order__in=orders).values_list("pk", flat=True)}
