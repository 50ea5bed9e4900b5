"""Households that bought much and have stayed away: whom an admin looks for first."""

import datetime as dt
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.db.models import Count, Max

from example_shop.shop.models import Order, OrderLine, Product

HOUSEHOLDS, DAYS_AWAY, SPENT = 3, 110, Decimal(12_000)


def add_lapsed() -> None:
    """As many orders as the keenest of the others, the last of them long ago."""
    last = Order.objects.aggregate(last=Max("placed_at"))["last"]
    keen = Order.objects.values("customer").annotate(orders=Count("pk")).order_by("-orders")
    orders = keen[2]["orders"]
    items = list(Product.objects.for_sale()[:40])
    for number in range(HOUSEHOLDS):
        user = get_user_model().objects.create_user(f"lapsed-{number}", password="demo")
        for place in range(orders):
            away = DAYS_AWAY + number + place * 200 / orders
            order = Order.objects.create(customer=user, placed_at=last - dt.timedelta(days=away))
            OrderLine.objects.create(
                order=order,
                product=items[(place * 7 + number) % len(items)],
                quantity=1,
                line_total=SPENT / orders,
            )
