"""What the shop's orders mean to django-clvrec: the one file that plugs the shop in."""

from django_clvrec.sources import PurchaseSource, register
from example_shop.shop.models import Order, OrderLine


@register
class ShopPurchases(PurchaseSource):
    """Every line of every paid order."""

    queryset = OrderLine.objects.filter(order__status=Order.Status.PAID)
    customer = "order__customer_id"
    order = "order_id"
    purchased_at = "order__placed_at"
    revenue = "line_total"
    items = {"category": "product__product_type__category_id", "product": "product_id"}
