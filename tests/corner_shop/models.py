"""Customers who are not Django's users, times on the order, reviews beside the line."""

import uuid

from django.db import models


class Customer(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=100)


class Category(models.Model):
    name = models.CharField(max_length=100)

    def __str__(self):
        return self.name


class Product(models.Model):
    sku = models.CharField(primary_key=True, max_length=40)
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True)
    brand = models.CharField(max_length=40, blank=True)

    def __str__(self):
        return self.sku


class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True)
    placed_at = models.DateTimeField(null=True)
    is_paid = models.BooleanField(default=True)


class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    product = models.ForeignKey(Product, on_delete=models.CASCADE)
    quantity = models.IntegerField(default=1)
    unit_price = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    is_refunded = models.BooleanField(default=False)


class Review(models.Model):
    line = models.OneToOneField(Line, on_delete=models.CASCADE, related_name="review")
    stars = models.PositiveSmallIntegerField()
