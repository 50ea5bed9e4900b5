"""Writes orders into the awkward shop in few words, and reads figures back."""

import datetime as dt
import re
from pathlib import Path
from types import ModuleType

from django.apps import apps

from django_clvrec import pipeline
from django_clvrec.models import CustomerScore
from tests.awkward_shop import models
from tests.awkward_shop.models import Buyer, Line, Order, Placing, Product, Section, Site

PAGE = (Path(__file__).parents[2] / "docs/how-to/awkward-shops.md").read_text()
AS_OF = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)


def snippet(word):
    """The page's block of Python that holds a word."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    [found] = [block for block in blocks if word in block]
    return found


def run(word):
    """What that block defines. To it, the awkward shop is `shop`."""
    names = {"__name__": "shop.clvrec"}
    exec(snippet(word), names)  # noqa: S102
    return names


def as_shop(monkeypatch):
    """Modules by the names that the page has for them."""
    modules = {name: ModuleType(name) for name in ("shop", "shop.clvrec", "shop.policies")}
    for name, module in (modules | {"shop.models": models}).items():
        monkeypatch.setitem(__import__("sys").modules, name, module)
    vars(modules["shop.clvrec"]).update(run("class ShopPurchases"))
    vars(modules["shop.policies"]).update(run("class BuyerPolicy"))
    return modules


class Desk:
    """Orders of one site, at noon (UTC) so many days before `AS_OF`."""

    def __init__(self, domain="testserver"):
        self.site = Site.objects.get_or_create(domain=domain)[0]

    def product(self, name, *sections):
        product = Product.objects.get_or_create(name=name, site=self.site)[0]
        for position, section in enumerate(sections, 1):
            shelf = Section.objects.get_or_create(name=section)[0]
            Placing.objects.get_or_create(product=product, section=shelf, position=position)
        return product

    def order(self, who, days_ago=1, *, at=None, **fields):
        """Of a known buyer; with an empty address, of nobody."""
        buyer = Buyer.of(who) if who else None
        at = at or AS_OF - dt.timedelta(days=days_ago)
        return Order.objects.create(buyer=buyer, site=self.site, placed_at=at, **fields)

    def line(self, order, name, pence, quantity=1, **fields):
        product = self.product(name)
        return Line.objects.create(
            order=order, product=product, pence=pence, quantity=quantity, **fields
        )

    def bought(self, who, *names, days_ago=1, pence=100, **fields):
        order = self.order(who, days_ago, total_pence=pence * len(names), **fields)
        for name in names:
            self.line(order, name, pence)
        return order

    def crowd(self, *names, buyers=6):
        """Others, so that something is popular: each buys all of these, the first one twice."""
        for number in range(buyers):
            self.bought(f"crowd{number}@example.com", *names, days_ago=20 + number)
            self.bought(f"crowd{number}@example.com", names[0], days_ago=10 + number)


def key(email):
    return str(Buyer.objects.get(email=email).pk)


def refresh(source=None):
    return pipeline.refresh(source, engine="local", as_of=AS_OF)


def figures(source=None, customer_key=None):
    """Days since the last order, number of orders and revenue, by customer, as they are live."""
    rows = CustomerScore.objects.live(source)
    values = rows.values_list(
        "customer_key", "recency_days", "frequency", "monetary_value", "age_days"
    )
    found = {name: (*whole, str(round(money, 4)), age) for name, *whole, money, age in values}
    return found if customer_key is None else found.get(customer_key)


def everything():
    """All that the tables of this app hold, as one text."""
    models = apps.get_app_config("clvrec").get_models()
    return repr([[*model.objects.values()] for model in models])
