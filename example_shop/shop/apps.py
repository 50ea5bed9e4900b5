"""The Django app."""

from django.apps import AppConfig


class ShopConfig(AppConfig):
    """The storefront."""

    name = "example_shop.shop"
    verbose_name = "Oat & Orchard"
