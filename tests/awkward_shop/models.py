"""Buyers who are no users, pence, currencies, refunds, tenants, and rows that are only hidden."""

import uuid

from django.conf import settings
from django.db import models


class Kept(models.Manager):
    """What is deleted is hidden."""

    def get_queryset(self):
        return super().get_queryset().filter(deleted_at=None)


class Site(models.Model):
    """A tenant."""

    domain = models.CharField(max_length=100, unique=True)


class Buyer(models.Model):
    """One person, with an account or without."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email = models.EmailField(unique=True)
    # users may be in another database
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, db_constraint=False
    )
    deleted_at = models.DateTimeField(null=True)

    objects = Kept()

    @classmethod
    def of(cls, email, account=None):
        """The buyer of an address, however it is written; made where there is none."""
        buyer, _ = cls.objects.get_or_create(email=email.strip().lower())
        if account is not None and buyer.account_id is None:
            buyer.account = account
            buyer.save(update_fields=["account"])
        return buyer


class Section(models.Model):
    name = models.CharField(max_length=100)


class Product(models.Model):
    name = models.CharField(max_length=100)
    site = models.ForeignKey(Site, models.CASCADE)
    sections = models.ManyToManyField(Section, through="Placing")
    deleted_at = models.DateTimeField(null=True)

    objects = Kept()


class Placing(models.Model):
    """That a product stands in a section; its main one has the lowest position."""

    product = models.ForeignKey(Product, models.CASCADE)
    section = models.ForeignKey(Section, models.CASCADE)
    position = models.PositiveSmallIntegerField()


class Rate(models.Model):
    """What one unit of a currency is worth in pounds, from a day on."""

    currency = models.CharField(max_length=3)
    day = models.DateField()
    pounds = models.DecimalField(max_digits=12, decimal_places=6)

    class Meta:
        unique_together = (("currency", "day"),)


class Order(models.Model):
    buyer = models.ForeignKey(Buyer, models.CASCADE, null=True)
    email = models.EmailField(blank=True)
    """As it was typed."""
    site = models.ForeignKey(Site, models.CASCADE)
    status = models.CharField(max_length=10, default="paid")
    placed_at = models.DateTimeField()
    placed_on = models.DateField(null=True)
    currency = models.CharField(max_length=3, default="GBP")
    total_pence = models.IntegerField(default=0)
    """Below zero where the whole order is a refund; such an order has no lines."""


class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
    product = models.ForeignKey(Product, models.CASCADE)
    pence = models.IntegerField()
    quantity = models.IntegerField(default=1)
    refunded = models.ForeignKey("self", models.CASCADE, null=True, related_name="refunds")
    """The line that this one pays back, whole or in part; its pence are below zero."""
    deleted_at = models.DateTimeField(null=True)

    objects = Kept()
