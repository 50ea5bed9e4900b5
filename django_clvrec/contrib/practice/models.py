"""What nearly every shop has: products in categories, and orders with lines."""

from django.conf import settings
from django.db import models


class Category(models.Model):
    """A shelf of the shop."""

    name = models.CharField(max_length=60)

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """A thing on sale."""

    category = models.ForeignKey(Category, models.CASCADE)
    name = models.CharField(max_length=60)

    def __str__(self) -> str:
        return self.name


class Order(models.Model):
    """What somebody bought at one time."""

    customer = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    placed_at = models.DateTimeField()
    is_paid = models.BooleanField(default=True)


class OrderLine(models.Model):
    """One product of an order."""

    order = models.ForeignKey(Order, models.CASCADE)
    product = models.ForeignKey(Product, models.CASCADE)
    quantity = models.PositiveIntegerField(default=1)
    unit_price = models.DecimalField(max_digits=9, decimal_places=2)
