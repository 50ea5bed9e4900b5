"""`manage.py practice_orders`: fills the practice shop."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from django_clvrec.contrib.practice import making
from django_clvrec.contrib.practice.models import Category, Order, OrderLine, Product

PASSWORD = "practice"  # noqa: S105 - printed for who practises; refused outside of DEBUG


class Command(BaseCommand):
    """Makes up products, customers and a year of orders; does nothing where there are some."""

    help = "Fill the practice shop with made-up customers and orders. Needs DEBUG = True."

    def handle(self, *_: Any, **__: Any) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "practice_orders makes accounts with a password that everybody knows, so it runs "
                "with DEBUG = True only. A shop in the open has orders of its own."
            )
        if Order.objects.exists():
            self.stdout.write("The practice orders are there.")
            return
        names = [f"customer-{number}" for number in range(1, making.CUSTOMERS + 1)]
        _refuse_taken([*names, "admin"])
        with transaction.atomic():
            count = _fill(names, timezone.now())
        self.stdout.write(
            f"{count} orders of {making.CUSTOMERS} customers. Sign in as customer-1, who buys most "
            f"often, or any up to customer-{making.CUSTOMERS}, who never bought, with the password "
            f"{PASSWORD}; admin has the same."
        )


def _refuse_taken(names: list[str]) -> None:
    users = get_user_model()
    field = users.USERNAME_FIELD
    taken = users._default_manager.filter(**{f"{field}__in": names}).values_list(field, flat=True)
    if taken:
        raise CommandError(
            f"There is an account {min(taken)} already, which is not of the practice shop. Use an "
            "empty database, or rename it."
        )


def _fill(names: list[str], now: datetime) -> int:
    users = get_user_model()
    password = make_password(PASSWORD)  # once: it is slow on purpose
    accounts = [users(**{users.USERNAME_FIELD: name, "password": password}) for name in names]
    admin = users(
        **{users.USERNAME_FIELD: "admin", "password": password},
        is_staff=True,
        is_superuser=True,
    )
    for account in (*accounts, admin):  # one by one: not every database tells keys of many
        account.save()
    shelves = {name: Category.objects.create(name=name) for name in making.SHOP}
    products = {
        name: Product.objects.create(name=name, category=shelves[category])
        for name, category in making.products().items()
    }
    lines, count = [], 0
    for made in making.orders(now):
        order = Order.objects.create(customer=accounts[made.customer], placed_at=made.placed_at)
        count += 1
        lines += [
            OrderLine(order=order, product=products[name], quantity=quantity, unit_price=price)
            for name, quantity, price in made.lines
        ]
    OrderLine.objects.bulk_create(lines, batch_size=500)
    return count
