"""Oscar's checkout, page by page, as a browser goes through it."""

from django.urls import reverse
from oscar.core.loading import get_model

ADDRESS = {
    "first_name": "Ann",
    "last_name": "Oat",
    "line1": "1 Barn Lane",
    "line4": "Oxford",
    "postcode": "OX1 1AA",
    "country": "GB",
}


def add_country():
    get_model("address", "Country").objects.get_or_create(
        iso_3166_1_a2="GB",
        defaults={"printable_name": "United Kingdom", "is_shipping_country": True},
    )


def put(client, product, quantity=1):
    address = reverse("basket:add", kwargs={"pk": product.pk})
    return client.post(
        address, {"quantity": quantity, "product_id": product.pk, "child_id": product.pk}
    )


def check_out(client, guest=None):
    """The order that the checkout's views made of what is in the basket."""
    add_country()
    client.get(reverse("checkout:index"))
    if guest:
        client.post(reverse("checkout:index"), {"username": guest, "options": "anonymous"})
    client.post(reverse("checkout:shipping-address"), ADDRESS)
    client.get(reverse("checkout:shipping-method"), follow=True)
    done = client.post(reverse("checkout:preview"), {"action": "place_order"}, follow=True)
    return done.context["order"]
