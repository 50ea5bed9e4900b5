from django.db.models import F

from django_clvrec.sources import PurchaseSource, register
from tests.corner_shop.models import Line


@register
class CornerShop(PurchaseSource):
    name = "corner"
    queryset = Line.objects.filter(order__is_paid=True)
    customer = "order__customer_id"
    order = "order_id"
    purchased_at = "order__placed_at"
    revenue = F("unit_price") * F("quantity")
    items = {"category": "product__category_id", "product": "product_id", "brand": "product__brand"}
    rating = "review__stars"
    refund = "is_refunded"
