"""The page of customers: find them by conditions, keep a group, export it, compare two."""

from django_clvrec.admin.explorer.views import Explorer

__all__ = ["Explorer"]
