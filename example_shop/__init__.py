"""A small real storefront that shows django-clvrec at work."""

from example_shop.celery import app as celery_app

__all__ = ["celery_app"]
