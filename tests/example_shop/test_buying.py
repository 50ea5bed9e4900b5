"""From the cart to a real order."""

import pytest
from django.contrib.auth import get_user_model

from django_clvrec.feedback import Subject, record, token_for
from django_clvrec.models import Feedback
from django_clvrec.serving import Answer, RecommendedItem
from example_shop.shop.models import Order, Product


@pytest.fixture
def product(shop):
    return Product.objects.for_sale().first()


def add(client, product, quantity=1, **more):
    return client.post("/cart/add/", {"product": product.pk, "quantity": quantity, **more})


def in_cart(client):
    return {line.product: line.quantity for line in client.get("/cart/").context["lines"]}


def test_a_product_added_twice_is_in_the_cart_twice(client, product):
    add(client, product)
    add(client, product, 2)
    assert in_cart(client) == {product: 3}


def test_adding_leads_back_to_the_page_it_was_done_on(client, product):
    assert add(client, product, next="/search/?q=milk").url == "/search/?q=milk"


def test_adding_leads_to_no_other_site(client, product):
    assert add(client, product, next="https://elsewhere.example/").url == "/cart/"


@pytest.mark.parametrize("quantity", ["-1", "100", "many", ""])
def test_nonsense_is_not_put_into_the_cart(client, product, quantity):
    add(client, product, quantity)
    assert in_cart(client) == {}


def test_a_quantity_can_be_changed_and_set_to_none(client, product):
    add(client, product)
    client.post("/cart/change/", {"product": product.pk, "quantity": 5})
    assert in_cart(client) == {product: 5}
    client.post("/cart/change/", {"product": product.pk, "quantity": 0})
    client.post("/cart/change/", {"product": product.pk, "quantity": 0})
    assert in_cart(client) == {}


def test_what_is_not_sold_any_more_leaves_the_cart(client, product):
    add(client, product)
    Product.objects.filter(pk=product.pk).update(is_sellable=False)
    assert in_cart(client) == {}


def test_the_checkout_asks_who_buys(client, product):
    add(client, product)
    assert client.get("/checkout/").url == "/login/?next=/checkout/"


def test_the_checkout_places_a_paid_order_and_empties_the_cart(client, household, product):
    add(client, product, 3)
    response = client.post("/checkout/")
    order = Order.objects.latest("pk")
    assert response.url == order.get_absolute_url()
    assert (order.customer, order.status) == (household, Order.Status.PAID)
    line = order.lines.get()
    assert (line.product, line.quantity, line.line_total) == (product, 3, 3 * product.price)
    assert in_cart(client) == {}


def test_an_order_makes_a_product_sell_better(client, household, product):
    add(client, product, 3)
    client.post("/checkout/")
    assert Product.objects.get(pk=product.pk).times_bought == product.times_bought + 1


def test_nothing_is_ordered_with_an_empty_cart(client, household):
    before = Order.objects.count()
    assert client.post("/checkout/").url == "/cart/"
    assert Order.objects.count() == before


def test_the_account_shows_own_orders_the_newest_first(
    client, household, django_assert_max_num_queries
):
    with django_assert_max_num_queries(8):
        page = client.get("/account/").context["page"]
    own = Order.objects.filter(customer=household)
    assert list(page) == list(own.order_by("-placed_at", "-pk")[:10])
    assert page[0].total == sum(line.line_total for line in page[0].lines.all())


def test_orders_of_others_are_not_found(client, household):
    other = Order.objects.exclude(customer=household).first()
    assert client.get(other.get_absolute_url()).status_code == 404


def test_a_newcomer_can_join_and_is_signed_in(client, db):
    password = "oats-and-apples-7"
    fields = {"username": "newcomer", "password1": password, "password2": password}
    assert client.post("/join/", fields).url == "/"
    assert client.get("/account/").status_code == 200
    assert get_user_model().objects.get().username == "newcomer"


def test_the_checkout_shows_what_is_bought_and_what_it_costs(client, household, product):
    add(client, product, 2)
    page = client.get("/checkout/").content.decode()
    assert str(product) in page
    assert f"${product.price * 2}" in page


def test_an_order_is_put_down_to_the_list_that_was_clicked(
    client, household, product, django_capture_on_commit_callbacks
):
    subject = Subject(key=str(household.pk), is_customer=True)
    items = (RecommendedItem(key=str(product.pk), rank=1, score=0.5),)
    answer = Answer(items=items, source="stored", level="product", intent="discover")
    token = token_for(answer, subject=subject)
    record([{"list": token, "kind": "clicked", "item": str(product.pk)}], [subject])
    add(client, product)
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/checkout/")
    sale = Feedback.objects.get(kind="bought")
    assert (sale.item_key, sale.value) == (str(product.pk), product.price)
