"""What every page of the shop shows: its departments and how full the cart is."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from example_shop.shop.cart import Cart
from example_shop.shop.models import Department
from example_shop.shop.policy import ShopPolicy


def shop(request: HttpRequest) -> dict[str, Any]:
    return {
        "shop_name": "Oat & Orchard",
        "departments": Department.objects.all(),
        "cart_count": Cart(request.session).count,
        "is_demo": settings.DEBUG,
        "is_personalised": ShopPolicy().is_personalised(request),
    }
