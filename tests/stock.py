"""Writes orders into the corner shop in few words."""

import datetime as dt
import random
from decimal import Decimal

from tests.corner_shop.models import Category, Customer, Line, Order, Product, Review


class Stock:
    def __init__(self, as_of):
        self.as_of = as_of

    def customer(self, name="someone"):
        return Customer.objects.create(name=name)

    def product(self, sku, category="things", brand=""):
        shelf = Category.objects.get_or_create(name=category)[0] if category else None
        return Product.objects.get_or_create(sku=sku, defaults={"category": shelf, "brand": brand})[
            0
        ]

    def order(self, customer, days_ago=1, is_paid=True):
        placed_at = self.as_of - dt.timedelta(days=days_ago)
        return Order.objects.create(customer=customer, placed_at=placed_at, is_paid=is_paid)

    def line(self, order, sku="apple", price="1.00", quantity=1, stars=None, **fields):
        line = Line.objects.create(
            order=order,
            product=self.product(sku),
            unit_price=None if price is None else Decimal(price),
            quantity=quantity,
            **fields,
        )
        if stars is not None:
            Review.objects.create(line=line, stars=stars)
        return line

    def bought(self, customer, *skus, days_ago=1, price="1.00", stars=None):
        """One order with one line for each sku."""
        order = self.order(customer, days_ago)
        for sku in skus:
            self.line(order, sku, price, stars=stars)
        return order

    def fill(self, customers=40, products=24, seed=1):
        """A small shop with regulars, passers-by and two tastes; the same for the same seed."""
        rng = random.Random(seed)
        goods = [
            self.product(f"p{i:02}", f"category {i % 6}", f"brand {i % 3}") for i in range(products)
        ]
        half = products // 2
        found = []
        for number in range(customers):
            customer = self.customer(f"customer {number}")
            found.append(customer)
            taste = goods[:half] if number % 2 else goods[half:]
            for _ in range(1 + (number % 8) ** 2 // 4):
                order = self.order(customer, rng.randrange(1, 300))
                for product in rng.sample(taste, 3):
                    self.line(order, product.sku, f"{rng.randrange(1, 90)}.50", stars=None)
        return found
