import os

from django.db.models import F

from django_clvrec.sources import PurchaseSource, register
from tests.corner_shop.models import Line

LEVELS = {"category": "product__category_id", "product": "product_id", "brand": "product__brand"}
"""A process of its own may want to do with fewer."""
WANTED = os.environ.get("CLVREC_TEST_LEVELS", " ".join(LEVELS)).split()


@register
class CornerShop(PurchaseSource):
    name = "corner"
    queryset = Line.objects.filter(order__is_paid=True)
    customer = "order__customer_id"
    order = "order_id"
    purchased_at = "order__placed_at"
    revenue = F("unit_price") * F("quantity")
    items = {level: LEVELS[level] for level in WANTED}
    rating = "review__stars"
    refund = "is_refunded"
