"""A shop with three tastes, filled through Oscar's own basket, offers and order creator."""

import datetime as dt

from django.contrib.auth import get_user_model
from django.utils import timezone
from oscar.apps.catalogue.categories import create_from_breadcrumbs
from oscar.apps.shipping.methods import Free
from oscar.core.loading import get_class, get_model

Basket = get_model("basket", "Basket")
Product = get_model("catalogue", "Product")
ProductClass = get_model("catalogue", "ProductClass")
Partner = get_model("partner", "Partner")
StockRecord = get_model("partner", "StockRecord")

PASSWORD = "oats-and-apples-7"
TASTES = {
    "tea": ["Assam", "Darjeeling", "Sencha", "Oolong", "Teapot", "Strainer"],
    "coffee": ["Espresso", "Filter", "Decaf", "Grinder", "Kettle", "Mug"],
    "baking": ["Flour", "Yeast", "Sugar", "Whisk", "Tin", "Apron"],
}
CUSTOMERS = 8
"""Of each taste."""
ORDERS = 3
"""Of each customer; the last one leaves the taste's last product out for the first customer."""


def fill():
    """Categories, products with stock, customers and their orders: the same each time."""
    goods, _ = ProductClass.objects.get_or_create(name="Goods")
    for taste, names in TASTES.items():
        category = create_from_breadcrumbs(taste.title())
        for name in names:
            add_product(name, goods, category, taste=taste)
    for taste, names in TASTES.items():
        for number in range(CUSTOMERS):
            person = add_person(f"{taste}{number}@example.com")
            for nth in range(ORDERS):
                # everybody leaves another product out; customer 0 the last one, ever
                kept = [name for at, name in enumerate(names) if at % ORDERS == nth]
                left = len(names) - 1 if number == 0 else (number - 1) % len(names)
                buy(
                    person,
                    *(one for one in kept if one != names[left]),
                    days_ago=3 + 5 * nth + number,
                )


def add_person(email):
    return get_user_model().objects.create_user(email=email, password=PASSWORD)


def add_product(name, product_class=None, category=None, stock=1000, price=5, **more):
    product_class = product_class or ProductClass.objects.get(name="Goods")
    is_child = more.get("parent") is not None
    product = Product.objects.create(
        title=name, product_class=None if is_child else product_class, **more
    )
    if category is not None:
        product.categories.add(category)
    if product.structure != Product.PARENT:
        partner, _ = Partner.objects.get_or_create(name="The barn")
        StockRecord.objects.create(
            product=product, partner=partner, partner_sku=name, price=price, num_in_stock=stock
        )
    return product


def product(name):
    return Product.objects.get(title=name)


def buy(person, *names, days_ago=0, voucher=None, **more):
    """An order, as Oscar's checkout makes it; products by title, or themselves."""
    basket = Basket.objects.create(owner=person)
    basket.strategy = get_class("partner.strategy", "Selector")().strategy()
    for name in names:
        basket.add_product(product(name) if isinstance(name, str) else name)
    if voucher is not None:
        basket.vouchers.add(voucher)
    get_class("offer.applicator", "Applicator")().apply(basket, person)
    method = Free()
    charge = method.calculate(basket)
    total = get_class("checkout.calculators", "OrderTotalCalculator")().calculate(basket, charge)
    order = get_class("order.utils", "OrderCreator")().place_order(
        basket=basket,
        total=total,
        shipping_method=method,
        shipping_charge=charge,
        user=person,
        date_placed=timezone.now() - dt.timedelta(days=days_ago),
        **more,
    )
    basket.submit()
    return order
