"""Purchase sources: where a shop says what its purchases are, and the registry of them."""

from django_clvrec.sources.base import PurchasedItem, PurchasedLine, PurchaseSource, shop_day
from django_clvrec.sources.lookups import Lookup, expression, objects_in_bulk, related_model
from django_clvrec.sources.parquet import ParquetPurchaseSource
from django_clvrec.sources.registry import get_source, register, registered

__all__ = [
    "Lookup",
    "ParquetPurchaseSource",
    "PurchaseSource",
    "PurchasedItem",
    "PurchasedLine",
    "expression",
    "get_source",
    "objects_in_bulk",
    "register",
    "registered",
    "related_model",
    "shop_day",
]
